package worktime

import (
	"encoding/json"
	"testing"
	"time"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
)

func FuzzConfig(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"week":{"mon":["07:30-11:30","13:00-17:00"],"sat":["00:00-24:00"]}}`,
		`{"holidays":[],"days":[{"date":"2026-08-31","kind":"compensatory_off","swap":"2026-08-22"}]}`,
		`{"holidays":[{"key":"a","name":"A","lunar":true,"month":12,"day":30,"days":30,"before":[0,1,2,3,4,5,29]}],"choices":[{"year":2026,"holiday":"a","before":3}]}`,
		`{"weeks":[{"from":"2026-04-15","to":"2026-10-14","week":{"sun":[{"From":0,"To":1440}]}}],"from_year":2026,"to_year":2026}`,
		`{"days":[{"date":"2199-12-31","kind":"makeup_workday","swap":"1900-01-01"},{"date":"2026-02-01","kind":"half_day"}]}`,
	} {
		f.Add([]byte(s))
	}
	parent, err := New(Config{}, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := ParseConfig(data)
		if err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.TooLarge {
				t.Fatalf("%v is no fault of the input", err)
			}
			return
		}
		b, err := json.Marshal(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseConfig(b); err != nil {
			t.Fatalf("%s, written back as %s: %v", data, b, err)
		}
		cfg.FromYear, cfg.ToYear = 2026, 2026
		for _, p := range []*Calendar{nil, parent} {
			c, err := New(cfg, p)
			if err != nil {
				return
			}
			from := at("2026-02-13 10:00")
			if n := c.Between(from, c.Add(from, 1000)); n != 1000 && c.Between(from, instant(lastMinute())) >= 1000 {
				t.Fatalf("1000 minutes on are %d", n)
			}
			for d := civil.Must("2025-12-25"); d < civil.Must("2026-01-10"); d++ {
				if info := c.Day(d); info.Minutes != total(info.Spans) || info.Minutes > minutesPerDay {
					t.Fatalf("%+v", info)
				}
			}
			_, _ = Compute(c, Term{5, WorkingDay}, DefaultRules(), []Entry{{Kind: Receive, At: from}})
		}
	})
}

func FuzzLedger(f *testing.F) {
	f.Add([]byte(`[{"kind":"receive","at":"2026-11-20T10:00:00+07:00"}]`), 3, "working_day", uint8(0))
	f.Add([]byte(`[{"kind":"receive","at":"2026-11-20T10:00:00+07:00"},{"kind":"pause","at":"2026-11-21T10:00:00Z","reason":"payment"},
		{"kind":"resume","at":"2026-11-25T10:00:00Z"},{"kind":"extend","at":"2026-11-26T10:00:00Z","term":{"n":2,"unit":"day"}},
		{"kind":"stop","at":"2026-12-26T10:00:00Z"}]`), 10, "day", uint8(3))
	f.Add([]byte(`[{"kind":"receive","at":"2026-11-20T15:01:00+07:00"},{"kind":"restart","at":"2027-11-21T10:00:00Z","term":{"n":1,"unit":"month"}}]`), 1, "same_day", uint8(15))
	f.Add([]byte(`[{"kind":"receive","at":"1900-01-01T00:00:00Z"},{"kind":"stop","at":"2199-01-01T00:00:00Z"}]`), 20000, "working_hour", uint8(31))
	c, err := New(Config{Days: swaps()}, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte, n int, unit string, flags uint8) {
		l, err := ParseLedger(data)
		if err != nil {
			return
		}
		r := Rules{SameDayCutoff: 900, MaxExtensions: 3, CountReceiptDay: flags&1 > 0, AfterHoursNext: flags&2 > 0,
			EndAtClose: flags&4 > 0, MoveEnd: flags&8 > 0}
		if flags&16 > 0 {
			r.RestartReasons = []string{Supplement}
		}
		begin := time.Now()
		got, err := Compute(c, Term{n, Unit(unit)}, r, l)
		if err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.TooLarge {
				t.Fatalf("%v is no fault of the input", err)
			}
			return
		}
		if got.State == Running && got.Due.IsZero() {
			t.Fatal("running without an end")
		}
		if got.Used < 0 || got.Budget < 0 || got.LateMinutes < 0 {
			t.Fatalf("%+v", got)
		}
		again, _ := Compute(c, Term{n, Unit(unit)}, r, l)
		if !again.Due.Equal(got.Due) || len(again.Steps) != len(got.Steps) {
			t.Fatal("computed twice, two results")
		}
		if short, _ := Explain(got, "vi"); short == "" {
			t.Fatal("no explanation")
		}
		if d := time.Since(begin); d > 5*time.Second {
			t.Fatalf("took %s", d)
		}
	})
}
