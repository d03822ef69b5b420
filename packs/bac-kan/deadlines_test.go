package backan_test

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
)

// docTables reads the tables of the document on deadlines by their head.
func docTables(t *testing.T) map[string][][]string {
	t.Helper()
	raw, err := os.ReadFile("../../docs/deadlines.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][][]string{}
	head := ""
	for _, line := range strings.Split(string(raw), "\n") {
		switch {
		case !strings.HasPrefix(line, "|"):
			head = ""
		case head == "":
			head = line
		case !strings.HasPrefix(line, "|---"):
			cells := strings.Split(strings.Trim(line, "|"), "|")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			out[head] = append(out[head], cells)
		}
	}
	return out
}

// packCalendar is the pack's calendar as it is taken over.
func packCalendar(t *testing.T) *worktime.Calendar {
	t.Helper()
	raw, err := os.ReadFile("calendar.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	delete(all, "source")
	delete(all, "status")
	for _, d := range all["days"].([]any) {
		delete(d.(map[string]any), "status")
	}
	clean, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := worktime.ParseConfig(clean)
	if err != nil {
		t.Fatal(err)
	}
	c, err := worktime.New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func packRules(t *testing.T) []worktime.Rules {
	t.Helper()
	raw, err := os.ReadFile("pack.json")
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		Rules json.RawMessage `json:"rules"`
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		t.Fatal(err)
	}
	sets, err := worktime.ParseRules(p.Rules)
	if err != nil {
		t.Fatal(err)
	}
	return worktime.Complete(sets)
}

func instantOf(t *testing.T, s string) time.Time {
	t.Helper()
	x, err := time.ParseInLocation("2006-01-02 15:04", s, civil.Zone())
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func termOf(t *testing.T, s string) worktime.Term {
	t.Helper()
	n, unit, _ := strings.Cut(s, " ")
	count, err := strconv.Atoi(n)
	if err != nil {
		t.Fatal(err)
	}
	return worktime.Term{N: count, Unit: worktime.Unit(unit)}
}

// ledgerOf reads what happened: "pause supplement 2026-11-23 10:00; extend 2 working_day 2026-11-25 08:00".
func ledgerOf(t *testing.T, received, what string) []worktime.Entry {
	t.Helper()
	out := []worktime.Entry{{Kind: worktime.Receive, At: instantOf(t, received)}}
	for _, s := range strings.Split(what, ";") {
		f := strings.Fields(s)
		if len(f) == 0 {
			continue
		}
		e := worktime.Entry{Kind: worktime.EntryKind(f[0]), At: instantOf(t, strings.Join(f[len(f)-2:], " "))}
		if middle := strings.Join(f[1:len(f)-2], " "); e.Kind == worktime.Extend {
			term := termOf(t, middle)
			e.Term = &term
		} else {
			e.Reason = middle
		}
		out = append(out, e)
	}
	return out
}

// Every example of the document on deadlines is computed with the pack's calendar and rules.
func TestDeadlinesOfTheDocument(t *testing.T) {
	tables, cal, sets := docTables(t), packCalendar(t), packRules(t)
	const days, dates, words, left, rules = "| day | is | office minutes |", "| received | term | what happened | due |",
		"| received | term | what happened | sentence |", "| now | due | remaining |", "| rule set | from | to | unknown |"
	for head, least := range map[string]int{days: 8, dates: 19, words: 2, left: 3, rules: 3} {
		if len(tables[head]) < least {
			t.Errorf("%d rows under %q", len(tables[head]), head)
		}
	}
	for _, row := range tables[days] {
		info := cal.Day(civil.Must(row[0]))
		if string(info.Kind) != row[1] || strconv.Itoa(info.Minutes) != row[2] {
			t.Errorf("%s is %s of %d minutes, the document says %v", row[0], info.Kind, info.Minutes, row[1:])
		}
	}
	compute := func(row []string) worktime.Result {
		t.Helper()
		ledger := ledgerOf(t, row[0], row[2])
		r, err := worktime.RulesOn(sets, civil.From(ledger[0].At))
		if err != nil {
			t.Fatal(err)
		}
		res, err := worktime.Compute(cal, termOf(t, row[1]), r, ledger)
		if err != nil {
			t.Fatalf("%v: %v", row, err)
		}
		return res
	}
	for _, row := range tables[dates] {
		got := "paused"
		if res := compute(row); res.State != worktime.Paused || !res.Due.IsZero() {
			got = res.Due.In(civil.Zone()).Format("2006-01-02 15:04")
		}
		if got != row[3] {
			t.Errorf("%v: due %s", row, got)
		}
	}
	for _, row := range tables[words] {
		if short, _ := worktime.Explain(compute(row), "vi"); short != row[3] {
			t.Errorf("%v:\n%s", row, short)
		}
	}
	for _, row := range tables[left] {
		if got := worktime.Phrase(cal.Left(instantOf(t, row[0]), instantOf(t, row[1])), "vi"); got != row[2] {
			t.Errorf("%v: %s", row, got)
		}
	}
	if len(tables[rules]) != len(sets) {
		t.Errorf("%d rule sets in the document, %d in the pack", len(tables[rules]), len(sets))
	}
	for i, row := range tables[rules] {
		s, to := sets[i], ""
		if s.To != nil {
			to = s.To.String()
		}
		if s.Key != row[0] || s.From.String() != row[1] || to != row[2] || strings.Join(s.Unknown, ", ") != row[3] {
			t.Errorf("rule set %v, in the pack %s from %s to %s, unknown %v", row, s.Key, s.From, to, s.Unknown)
		}
		if slices.Contains(s.Unknown, "restart_reasons") && len(s.RestartReasons) > 0 {
			t.Errorf("%s has a value for what is not known", s.Key)
		}
	}
}
