package feel

import (
	"testing"
	"time"
)

func evalText(t *testing.T, text string, vars map[string]Value) string {
	t.Helper()
	names := NewNames()
	for n := range vars {
		names.Add(n)
	}
	e, err := Parse(text, names, nil)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	r := NewRun(time.Date(2026, 11, 24, 8, 0, 0, 0, time.FixedZone("", 7*3600)), time.LoadLocation)
	return r.Text(e.Eval(r, NewScope(nil, vars)))
}

// TestExpressions holds what the public cases leave out: names, precedence, bounds of values.
func TestExpressions(t *testing.T) {
	vars := map[string]Value{"Số bản sao": NewNumber(3), "rate-1": NewNumber(7), "rate": NewNumber(5), "phí": NewNumber(20000), "in nhiều bản": true,
		"người nộp": mustFrom(t, map[string]any{"hộ nghèo": true, "tuổi": 61})}
	for text, want := range map[string]string{
		`Số bản sao * phí`:              "60000",
		`rate-1`:                        "7",
		`rate - 1`:                      "7", // the longest known name wins, blanks or not
		`rate -2`:                       "3",
		`if in nhiều bản then 1 else 2`: "1",
		`người nộp.tuổi >= 60`:          "true",
		`người nộp.hộ nghèo and phí > 1`:          "true",
		`[{giá trị: 1}, {giá trị: 5}][giá trị>2]`: "[{giá trị: 5}]",
		`0.1 + 0.2 = 0.3`:                      "true",
		`10 / 3`:                               "3.333333333333333333333333333333333",
		`1e6144 * 100`:                         "null",
		`2 ** 0.5`:                             "1.414213562373095048801688724209698",
		`date("2024-01-31") + duration("P1M")`: "2024-02-29",
		`date("2024-02-30")`:                   "null",
		`today()`:                              "2026-11-24",
		`now()`:                                "2026-11-24T08:00:00+07:00",
		`@"2026-11-24T23:30:00@Asia/Ho_Chi_Minh" = @"2026-11-24T16:30:00Z"`: "true",
		`string length("Đắk Lắk")`:                                          "7",
		`upper case("đường")`:                                               "ĐƯỜNG",
		`(function(n) n * 2)(4)`:                                            "8",
		`for x in 3..1 return x`:                                            "[3, 2, 1]",
		`null + 1`:                                                          "null",
		`false and null`:                                                    "false",
		`true and null`:                                                     "null",
		`"a" < 1`:                                                           "null",
		`day of week(@"2026-11-24")`:                                        "Tuesday",
		`count([1, 2][item > 5])`:                                           "0",
		`number("1.234.567,5", ".", ",")`:                                   "1234567.5",
		`-999999999 in [-1000000000 .. 0]`:                                  "true",
		`date("-999999999-01-01") < date(2020, 1, 1)`:                       "true",
	} {
		if got := evalText(t, text, vars); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

func mustFrom(t *testing.T, v any) Value {
	t.Helper()
	out, ok := From(v)
	if !ok {
		t.Fatalf("%v", v)
	}
	return out
}

// TestBounds tries to make an evaluation long or deep.
func TestBounds(t *testing.T) {
	for _, text := range []string{
		`for i in 1..1000000000 return i`,
		`count(for i in 1..100000, j in 1..100000 return 1)`,
		`{f: function(x) f(x + 1), r: f(1)}.r`,
		`{f: function(x) [f(x), f(x)], r: f(1)}.r`,
		`{d: function(s) s + s, a: d("aaaaaaaaaaaaaaaa"), r: for i in 1..100 return if i = 1 then a else d(partial[-1])}.r`,
	} {
		e, err := Parse(text, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		r := NewRun(time.Unix(0, 0), nil)
		r.Steps = 200_000
		v := e.Eval(r, nil)
		if !r.Spent() && r.Notes == nil {
			t.Errorf("%s came to %s", text, r.Text(v))
		}
	}
	deep := ""
	for range 5000 {
		deep += "("
	}
	if _, err := Parse(deep, nil, nil); err == nil {
		t.Error("parentheses nest without end")
	}
}

// TestErrorsNameThePlace checks line, column and sentence of texts that are no FEEL.
func TestErrorsNameThePlace(t *testing.T) {
	for text, want := range map[string]string{
		"1 +":           "Line 1, column 4: the expression ends too early.",
		"1\n+ )":        "Line 2, column 3: “)” was not expected.",
		`"abc`:          "Line 1, column 5: the string is not closed.",
		"if a then b":   "Line 1, column 12: “” was not expected.",
		"/* x":          "Line 1, column 1: the comment is not closed with */.",
		"x instance of": "Line 1, column 14: a name is needed where “” stands.",
	} {
		_, err := Parse(text, NewNames("a", "b", "x"), nil)
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	e, err := Parse("phí + lệ phí", NewNames("phí"), nil)
	if err != nil || len(e.Unknown) != 1 || e.Unknown[0].Name != "lệ phí" {
		t.Errorf("%+v %v", e, err)
	}
}

// TestDearCalculations checks that what takes long for one step is priced: each of these would run
// for a minute if it were not.
func TestDearCalculations(t *testing.T) {
	for _, text := range []string{`exp(14000.5)`, `string(1e-6000)`, `modulo(9e6000, 7e-6000)`, `9e6000 + 1e-6000`, `2 ** 0.1234`, `matches("aaaaaaaaaaaaaaaaaaaa", "(a|aa)+b")`} {
		e, err := Parse(`for i in 1..10000000 return `+text, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		r := NewRun(time.Unix(0, 0), nil)
		r.Steps /= 10
		at := time.Now()
		if e.Eval(r, nil); !r.Spent() {
			t.Errorf("%s was not cut short", text)
		}
		if d := time.Since(at); d > 10*time.Second {
			t.Errorf("%s took %v", text, d)
		}
	}
}
