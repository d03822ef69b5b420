package feel

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func seeds() []string {
	return []string{
		`1 + 2 * 3 ** 2 / -4`, `"a" + "b"`, `if x > 1 then "yes" else null`, `for i in 1..3, j in [i, 2] return partial[-1]`,
		`some x in [1, 2] satisfies x > 1`, `every a b in {c: 1}.c satisfies a b = 1`, `[1..3)`, `]1..3[`, `x in (< 5, [7..9], "a")`,
		`date and time("2020-02-29T23:59:59@Asia/Ho_Chi_Minh") + duration("P1Y2M")`, `@"2020-01-01" - @"PT1H"`, `{a: 1, b: a + 1}.b`,
		`function(a: number, b: list<string>) a + count(b)`, `sort([3, 1, 2], function(x, y) x < y)`, `substring(string: "abc", start position: -2)`,
		`[{p q: 1}, {p q: 2}][p q > 1].p q`, `x instance of context<a: number>`, `replace("abc", "(b)", "[$1]")`, `"\uD83D\uDC0E\u00e9"`,
		`(((((((1)))))))`, `/* c */ 1 // d`, `-1.5e-3`, `not(x)`, `1e6144 * 10`, `range("[1..2]")`, `years and months duration(@"2020-01-31", @"2021-01-30")`,
	}
}

// FuzzFEEL reads any text as an expression and evaluates it with few steps: nothing may panic, take
// long or leave a result behind after it was cut short.
func FuzzFEEL(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse(text, NewNames("x", "a b", "rate-1"), nil)
		if err != nil {
			var bad *Error
			if !errors.As(err, &bad) || bad.Text("vi") == bad.Key || bad.Text("en") == bad.Key || strings.Contains(bad.Text("vi"), "{") && !strings.Contains(bad.Near, "{") {
				t.Fatalf("%v", err)
			}
			return
		}
		r := NewRun(time.Unix(1e9, 0).UTC(), nil)
		r.Steps = 20_000
		v := e.Eval(r, NewScope(nil, map[string]Value{"x": NewNumber(3), "a b": List{"s", nil}, "rate-1": true}))
		if r.Spent() && v != nil {
			t.Fatalf("%q is cut short and says %v", text, v)
		}
		for _, n := range r.Notes {
			if n.Text("vi") == n.Key || n.Text("en") == n.Key {
				t.Fatalf("no sentence for %s", n.Key)
			}
		}
		if eq, ok := Equal(v, v); v != nil && ok && !eq {
			t.Fatalf("%q differs from itself", text)
		}
	})
}

// FuzzUnaryTests reads any text as the entry of a table.
func FuzzUnaryTests(f *testing.F) {
	for _, s := range append(seeds(), `-`, `< 5`, `not(1, [2..3])`, `"a", "b"`, `? > 3 and ? < x`, `not(x) and true`, `>= date("2020-01-01")`, `null`) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tests, err := ParseTests(text, NewNames("x"), nil)
		if err != nil {
			return
		}
		for _, v := range []Value{nil, NewNumber(3), "a", true, Date{2020, 1, 1}, List{NewNumber(1)}} {
			r := NewRun(time.Unix(1e9, 0).UTC(), nil)
			r.Steps = 20_000
			if tests.Match(r, NewScope(nil, map[string]Value{"x": NewNumber(3)}), v) && r.Spent() {
				t.Fatalf("%q is cut short and matches", text)
			}
		}
	})
}
