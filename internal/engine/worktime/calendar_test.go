package worktime

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
)

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, civil.Zone())
	if err != nil {
		panic(err)
	}
	return t
}

func day(s string) *civil.Date {
	d := civil.Must(s)
	return &d
}

func newCalendar(t testing.TB, cfg Config, parent *Calendar) *Calendar {
	t.Helper()
	c, err := New(cfg, parent)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// swaps are the exchanged days of the yearly notices.
func swaps() []Day {
	var out []Day
	for _, s := range [][2]string{
		{"2018-12-31", "2019-01-05"}, {"2019-04-29", "2019-05-04"}, {"2024-04-29", "2024-05-04"},
		{"2025-05-02", "2025-04-26"}, {"2026-01-02", "2026-01-10"}, {"2026-08-31", "2026-08-22"},
	} {
		out = append(out, Day{Date: *day(s[0]), Kind: CompensatoryOff, Swap: day(s[1])})
	}
	return out
}

// TestOfficialYears compares the days off on weekdays, and the weekend days worked, with what was
// announced for officials.
func TestOfficialYears(t *testing.T) {
	c := newCalendar(t, Config{Days: swaps()}, nil)
	for year, want := range map[int][]string{
		2019: {"01/01", "04/02", "05/02", "06/02", "07/02", "08/02", "15/04", "29/04", "30/04", "01/05", "02/09", "+05/01", "+04/05"},
		2020: {"01/01", "23/01", "24/01", "27/01", "28/01", "29/01", "02/04", "30/04", "01/05", "02/09"},
		2021: {"01/01", "10/02", "11/02", "12/02", "15/02", "16/02", "21/04", "30/04", "03/05", "02/09", "03/09"},
		2022: {"03/01", "31/01", "01/02", "02/02", "03/02", "04/02", "11/04", "02/05", "03/05", "01/09", "02/09"},
		2023: {"02/01", "20/01", "23/01", "24/01", "25/01", "26/01", "01/05", "02/05", "03/05", "01/09", "04/09"},
		2024: {"01/01", "08/02", "09/02", "12/02", "13/02", "14/02", "18/04", "29/04", "30/04", "01/05", "02/09", "03/09", "+04/05"},
		2025: {"01/01", "27/01", "28/01", "29/01", "30/01", "31/01", "07/04", "30/04", "01/05", "02/05", "01/09", "02/09", "+26/04"},
		2026: {"01/01", "02/01", "16/02", "17/02", "18/02", "19/02", "20/02", "27/04", "30/04", "01/05", "31/08", "01/09", "02/09", "24/11", "+10/01", "+22/08"},
	} {
		off, worked := []string{}, []string{}
		for d := civil.Of(year, 1, 1); d.Year() == year; d++ {
			weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
			switch info := c.Day(d); {
			case info.Minutes == 0 && !weekend:
				off = append(off, d.VN()[:5])
			case info.Minutes > 0 && weekend:
				worked = append(worked, "+"+d.VN()[:5])
			}
		}
		if diff := cmp.Diff(want, append(off, worked...)); diff != "" {
			t.Errorf("%d: %s", year, diff)
		}
	}
}

func TestDayTellsTheRule(t *testing.T) {
	c := newCalendar(t, Config{Name: "tỉnh", Days: swaps()}, nil)
	for _, tc := range []struct {
		date string
		kind Kind
		name string
		min  int
	}{
		{"2026-11-23", Workday, "", 480}, {"2026-11-22", Weekend, "", 0},
		{"2026-11-24", Holiday, "Ngày Văn hóa Việt Nam", 0}, {"2025-11-24", Workday, "", 480},
		{"2026-04-26", Holiday, "Giỗ Tổ Hùng Vương", 0}, {"2026-04-27", CompensatoryOff, "Giỗ Tổ Hùng Vương 26/04/2026", 0},
		{"2026-08-22", MakeupWorkday, "", 480}, {"2026-08-31", CompensatoryOff, "", 0},
		{"2020-09-03", Workday, "", 480}, {"2021-09-03", Holiday, "Quốc khánh", 0},
		{"2300-01-01", Workday, "", 480},
	} {
		got := c.Day(civil.Must(tc.date))
		if got.Kind != tc.kind || got.Name != tc.name || got.Minutes != tc.min {
			t.Errorf("%s = %s %q %d, want %s %q %d", tc.date, got.Kind, got.Name, got.Minutes, tc.kind, tc.name, tc.min)
		}
	}
	if got := c.Day(civil.Must("2026-08-22")); got.Swap == nil || *got.Swap != civil.Must("2026-08-31") || got.Owner != "tỉnh" {
		t.Errorf("the worked Saturday does not name its day off: %+v", got)
	}
}

func TestChoiceOfTheNotice(t *testing.T) {
	c := newCalendar(t, Config{Holidays: NationalHolidays(), Choices: []Choice{{Year: 2026, Holiday: "tet", Before: 2}}}, nil)
	// Two days before Tết on Tuesday 17/02: Sunday 15 to Thursday 19, Friday makes up for Sunday.
	if got := c.Day(civil.Must("2026-02-15")); got.Kind != Holiday {
		t.Errorf("15/02 is %s", got.Kind)
	}
	if got := c.Day(civil.Must("2026-02-20")); got.Kind != CompensatoryOff {
		t.Errorf("20/02 is %s", got.Kind)
	}
	if _, err := New(Config{Choices: []Choice{{Year: 2026, Holiday: "teet", Before: 2}}}, nil); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a choice for no holiday was accepted: %v", err)
	}
}

func TestInheritance(t *testing.T) {
	province := newCalendar(t, Config{Name: "tỉnh", Days: swaps()}, nil)
	same := newCalendar(t, Config{Name: "sở"}, province)
	if same.years != province.years {
		t.Error("a calendar that adds nothing does not share its parent's tables")
	}
	week := DefaultWeek()
	week[time.Saturday] = []Span{{450, 690}}
	summer := DefaultWeek()
	for d := range summer {
		if len(summer[d]) > 0 {
			summer[d] = []Span{{420, 690}, {810, 990}} // 07:00–11:30, 13:30–16:30
		}
	}
	commune := newCalendar(t, Config{
		Name: "xã", Week: week,
		Weeks: []DatedWeek{{From: *day("2026-04-15"), To: day("2026-10-14"), Week: summer, Name: "giờ mùa hè"}},
		Days: []Day{
			{Date: *day("2026-09-10"), Kind: Closed, Name: "bão"},
			{Date: *day("2026-11-24"), Kind: Open, Name: "trực"},
			{Date: *day("2026-12-31"), Kind: HalfDay},
			{Date: *day("2026-12-30"), Kind: Open, Spans: []Span{{480, 600}}},
		},
	}, province)
	for _, tc := range []struct {
		date  string
		kind  Kind
		spans string
		half  bool
	}{
		{"2026-03-07", Workday, "[07:30-11:30]", true},                    // own Saturday
		{"2026-06-06", Weekend, "[]", false},                              // no Saturdays in summer
		{"2026-06-05", Workday, "[07:00-11:30 13:30-16:30]", false},       // 450 minutes are a full day in summer
		{"2026-08-22", MakeupWorkday, "[07:00-11:30 13:30-16:30]", false}, // parent's swap at own hours
		{"2026-08-31", CompensatoryOff, "[]", false},
		{"2026-01-10", MakeupWorkday, "[07:30-11:30 13:00-17:00]", false}, // a full day although Saturdays are half
		{"2026-09-10", Closed, "[]", false},
		{"2026-11-24", Open, "[07:30-11:30 13:00-17:00]", false},
		{"2026-12-31", HalfDay, "[07:30-11:30]", true},
		{"2026-12-30", Open, "[08:00-10:00]", true},
		{"2026-04-27", CompensatoryOff, "[]", false}, // decided by the province's week
	} {
		got := commune.Day(civil.Must(tc.date))
		if got.Kind != tc.kind || fmt.Sprint(got.Spans) != tc.spans || got.Half != tc.half {
			t.Errorf("%s = %s %v half %v, want %s %s half %v", tc.date, got.Kind, got.Spans, got.Half, tc.kind, tc.spans, tc.half)
		}
	}
	changed := Changed(province, newCalendar(t, Config{Days: []Day{{Date: *day("2026-09-10"), Kind: Closed}}}, province),
		civil.Must("2026-01-01"), civil.Must("2026-12-31"), 10)
	if diff := cmp.Diff([]civil.Date{*day("2026-09-10")}, changed); diff != "" {
		t.Error(diff)
	}
}

func TestSwapEitherWay(t *testing.T) {
	a := newCalendar(t, Config{Days: []Day{{Date: *day("2026-08-31"), Kind: CompensatoryOff, Swap: day("2026-08-22")}}}, nil)
	b := newCalendar(t, Config{Days: []Day{{Date: *day("2026-08-22"), Kind: MakeupWorkday, Swap: day("2026-08-31")}}}, nil)
	if got := Changed(a, b, civil.Must("2026-01-01"), civil.Must("2026-12-31"), 10); got != nil {
		t.Errorf("the two ways to enter a swap differ on %v", got)
	}
	// A day off for a holiday does not turn the holiday into a working day.
	c := newCalendar(t, Config{Days: []Day{{Date: *day("2026-04-28"), Kind: CompensatoryOff, Name: "Giỗ Tổ", Swap: day("2026-04-26")}}}, nil)
	if got := c.Day(civil.Must("2026-04-26")); got.Kind != Holiday {
		t.Errorf("Giỗ Tổ became %s", got.Kind)
	}
	if got := c.Day(civil.Must("2026-04-28")); got.Name != "Giỗ Tổ 26/04/2026" || got.Swap != nil {
		t.Errorf("the day off reads %+v", got)
	}
}

func TestConfigJSON(t *testing.T) {
	cfg := Config{
		Name: "xã", Week: DefaultWeek(), Holidays: []HolidayRule{}, Choices: nil, Days: swaps(), FromYear: 2020, ToYear: 2030,
		Weeks: []DatedWeek{{From: *day("2026-04-15"), Week: DefaultWeek()}},
	}
	b, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseConfig(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(cfg, got); diff != "" {
		t.Error(diff)
	}
	if got.Holidays == nil {
		t.Error("no holidays at all became the national ones")
	}
	if _, err := ParseConfig([]byte(`{"week":{"mon":["07:30-11:30",{"from":780,"to":1020}]}}`)); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{
		`{`, `[]`, `{} {}`, `{"wek":{}}`, `{"week":{"mo":[]}}`, `{"week":{"mon":["11:30-07:30"]}}`, `{"week":{"mon":["07:30-25:00"]}}`,
		`{"week":{"mon":["07:30-11:30","11:00-17:00"]}}`, `{"week":{"mon":["07:30-11:30","11:30-17:00"]}}`, `{"week":{"mon":[{"from":1,"until":2}]}}`,
		`{"days":[{"date":"2026-02-30","kind":"holiday"}]}`, `{"days":[{"date":"2026-02-03","kind":"weekend"}]}`,
		`{"days":[{"date":"2026-02-03","kind":"holiday"},{"date":"2026-02-03","kind":"closed"}]}`,
		`{"days":[{"date":"2026-02-03","kind":"holiday","swap":"2026-02-04"}]}`,
		`{"days":[{"date":"2026-02-03","kind":"closed","spans":["07:00-08:00"]}]}`,
		`{"holidays":[{"key":"x","name":"X","month":13,"day":1,"days":1}]}`, `{"holidays":[{"key":"x","name":"X","month":1,"day":1,"days":1,"before":[1]}]}`,
		`{"from_year":1800}`, `{"from_year":2030,"to_year":2020}`, `{"weeks":[{"from":"2026-01-01","week":{}}]}`,
	} {
		if _, err := ParseConfig([]byte(bad)); fault.KindOf(err) != fault.Invalid {
			t.Errorf("ParseConfig(%s) = %v, want an Invalid fault", bad, err)
		}
	}
	if _, err := ParseConfig(make([]byte, MaxConfigBytes+1)); fault.KindOf(err) != fault.TooLarge {
		t.Errorf("a config too large gives %v", err)
	}
}

// TestYearsOnDemand reads years that New did not compute from several goroutines; run with -race.
func TestYearsOnDemand(t *testing.T) {
	wide := newCalendar(t, Config{FromYear: 1900, ToYear: 2199}, nil)
	narrow := newCalendar(t, Config{FromYear: 2026, ToYear: 2026}, nil)
	child := newCalendar(t, Config{Days: []Day{{Date: *day("2050-03-03"), Kind: Closed}}}, narrow)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if a, b := wide.Between(at("1900-01-01 00:00"), at("2199-12-31 23:59")), narrow.Between(at("1900-01-01 00:00"), at("2199-12-31 23:59")); a != b {
				t.Errorf("%d minutes computed at once, %d on demand", a, b)
			}
			if a, b := wide.Between(at("2040-01-01 00:00"), at("2060-01-01 00:00")), child.Between(at("2040-01-01 00:00"), at("2060-01-01 00:00")); a != b+480 {
				t.Errorf("child counts %d, parent %d", b, a)
			}
		})
	}
	wg.Wait()
}
