package worktime

import (
	"fmt"
	"unicode/utf8"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
)

// Kind says what a day is.
type Kind string

// The kinds of day. Workday and Weekend follow from the week and are never data; the others are.
const (
	Workday         Kind = "workday"          // an ordinary day with office hours
	Weekend         Kind = "weekend"          // weekly rest
	Holiday         Kind = "holiday"          // a public holiday, by rule or by notice
	CompensatoryOff Kind = "compensatory_off" // off for a holiday that met weekly rest, or swapped for a worked day
	MakeupWorkday   Kind = "makeup_workday"   // a day of rest worked in exchange for a day off
	HalfDay         Kind = "half_day"         // open for part of the day
	Closed          Kind = "closed"           // shut by decision: storm, flood, removal of the office
	Open            Kind = "open"             // open by decision, whatever the rules say; also: other hours on this day
)

func (k Kind) data() bool {
	switch k {
	case Holiday, CompensatoryOff, MakeupWorkday, HalfDay, Closed, Open:
		return true
	}
	return false
}

func (k Kind) working() bool {
	return k == Workday || k == MakeupWorkday || k == HalfDay || k == Open
}

// Day is one dated exception, entered by an administrator, usually from the government's yearly
// notice. It outranks every rule and the superior agency's calendar.
//
// Swap names the other day of an exchange: the worked Saturday of a CompensatoryOff, the day off of a
// MakeupWorkday. Either entry alone sets both days, unless the other day has an entry of its own or is
// a holiday, which a CompensatoryOff then makes up for. Spans are the office hours of the day; without them a MakeupWorkday has those of the
// weekday it replaces, Open those of its own weekday, HalfDay the first span of its weekday.
type Day struct {
	Date   civil.Date  `json:"date"`
	Kind   Kind        `json:"kind"`
	Name   string      `json:"name,omitempty"`
	NameEN string      `json:"name_en,omitempty"`
	Swap   *civil.Date `json:"swap,omitempty"`
	Source string      `json:"source,omitempty"` // number and date of the notice
	Spans  []Span      `json:"spans,omitempty"`
}

// HolidayRule is a public holiday that returns every year. When a law changes it, a second rule with
// the same Key and other years takes over.
type HolidayRule struct {
	Key    string `json:"key"`
	Name   string `json:"name"`
	NameEN string `json:"name_en,omitempty"`
	Lunar  bool   `json:"lunar,omitempty"` // Month and Day are of the Vietnamese lunar calendar
	Month  int    `json:"month"`
	Day    int    `json:"day"`
	// Days is the length in days, 1 to 30.
	Days int `json:"days"`
	// Before says how many of the days precede the date itself: empty for none, one number, or
	// seven, indexed by the weekday (Sunday first) on which the date falls. A Choice outranks it.
	Before []int `json:"before,omitempty"`
	// FromYear and ToYear bound the years of the rule; 0 leaves that side open. For a lunar rule
	// they are lunar years.
	FromYear int    `json:"from_year,omitempty"`
	ToYear   int    `json:"to_year,omitempty"`
	Source   string `json:"source,omitempty"` // the clause
}

// Choice is what a yearly notice decides where the law leaves a choice: how many days of the holiday
// precede its date in that year.
type Choice struct {
	Year    int    `json:"year"`
	Holiday string `json:"holiday"` // Key of the rule
	Before  int    `json:"before"`
	Source  string `json:"source,omitempty"`
}

// Config is everything that makes a calendar, as it is stored and edited. All parts are optional:
// what is absent is inherited from the parent calendar or, without one, taken from DefaultWeek and
// NationalHolidays.
type Config struct {
	Name  string      `json:"name,omitempty"`
	Week  Week        `json:"week,omitzero"`
	Weeks []DatedWeek `json:"weeks,omitempty"`
	// Holidays are added to the parent's. Without a parent they replace NationalHolidays; an empty
	// list that is present ([]) means none.
	Holidays []HolidayRule `json:"holidays,omitzero"`
	Choices  []Choice      `json:"choices,omitempty"` // for holidays of this calendar, not of its parent
	Days     []Day         `json:"days,omitempty"`
	// FromYear and ToYear are the years New computes at once; when 0, 2015 to 2045 for a calendar
	// without parent and none for others. The rest of FirstYear to LastYear is computed when first
	// asked for.
	FromYear int `json:"from_year,omitempty"`
	ToYear   int `json:"to_year,omitempty"`
}

// Limits of a Config; beyond them it is refused, not cut.
const (
	MaxConfigBytes = 1 << 20
	MaxDays        = 5000
	maxWeeks       = 500
	maxRules       = 100
	maxText        = 500 // characters of a name or source
)

// FirstYear and LastYear bound the calendar: instants outside are counted as its first or last.
const (
	FirstYear = 1900
	LastYear  = 2199
)

// ParseConfig reads a Config from JSON and checks it. Unknown names are refused, so that a misspelt
// one is not silently without effect. Errors are faults of kind Invalid or TooLarge.
func ParseConfig(data []byte) (Config, error) {
	var cfg Config
	if len(data) > MaxConfigBytes {
		return cfg, fault.New(fault.TooLarge, "worktime.config.size", "max", MaxConfigBytes)
	}
	if err := strict(data, &cfg); err != nil {
		return Config{}, fault.Wrap(err, fault.Invalid, "worktime.config.syntax")
	}
	if err := cfg.Check(); err != nil {
		return Config{}, err
	}
	return cfg, nil
}

// Check returns nil or an Invalid fault with one field for each mistake, at most 50.
func (cfg *Config) Check() error {
	var f []fault.Field
	add := func(path, key string, args ...any) {
		f = append(f, fault.Field{Path: path, Key: key, Args: fault.Args(args...)})
	}
	text := func(path string, values ...string) {
		for _, v := range values {
			if utf8.RuneCountInString(v) > maxText || !utf8.ValidString(v) {
				add(path, "worktime.config.text", "max", maxText)
			}
		}
	}
	if len(cfg.Days) > MaxDays || len(cfg.Weeks) > maxWeeks || len(cfg.Holidays) > maxRules || len(cfg.Choices) > maxRules*10 {
		return fault.New(fault.TooLarge, "worktime.config.entries", "max", MaxDays)
	}
	text("/name", cfg.Name)
	f = append(f, checkWeek("/week", cfg.Week)...)
	from, to := cfg.years()
	if from < FirstYear || to > LastYear || from > to {
		add("/from_year", "worktime.config.years", "min", FirstYear, "max", LastYear)
	}
	for i, w := range cfg.Weeks {
		p := fmt.Sprintf("/weeks/%d", i)
		f = append(f, checkWeek(p+"/week", w.Week)...)
		text(p, w.Name, w.Source)
		if w.Week.IsZero() {
			add(p+"/week", "worktime.week.empty")
		}
		if !inRange(w.From) || w.To != nil && (!inRange(*w.To) || *w.To < w.From) {
			add(p+"/from", "worktime.config.dates")
		}
	}
	type rule struct {
		key  string
		from int
	}
	keys := map[rule]bool{}
	for i, r := range cfg.Holidays {
		p := fmt.Sprintf("/holidays/%d", i)
		text(p, r.Key, r.Name, r.NameEN, r.Source)
		if k := (rule{r.Key, r.FromYear}); r.Key == "" || keys[k] {
			add(p+"/key", "worktime.holiday.key")
		}
		keys[rule{r.Key, r.FromYear}] = true
		if r.Name == "" {
			add(p+"/name", "worktime.holiday.name")
		}
		if r.Month < 1 || r.Month > 12 || r.Day < 1 || r.Day > 31 || r.Days < 1 || r.Days > 30 {
			add(p+"/day", "worktime.holiday.date")
		}
		if len(r.Before) > 1 && len(r.Before) != 7 {
			add(p+"/before", "worktime.holiday.before")
		}
		for _, b := range r.Before {
			if b < 0 || b >= r.Days {
				add(p+"/before", "worktime.holiday.before")
				break
			}
		}
	}
	for i, c := range cfg.Choices {
		p := fmt.Sprintf("/choices/%d", i)
		text(p, c.Holiday, c.Source)
		if c.Year < FirstYear || c.Year > LastYear || c.Before < 0 || c.Before >= 30 {
			add(p, "worktime.choice.range")
		}
	}
	seen := make(map[civil.Date]bool, len(cfg.Days))
	for i, d := range cfg.Days {
		p := fmt.Sprintf("/days/%d", i)
		text(p, d.Name, d.NameEN, d.Source)
		if !inRange(d.Date) || d.Swap != nil && !inRange(*d.Swap) {
			add(p+"/date", "worktime.config.dates")
		}
		if seen[d.Date] {
			add(p+"/date", "worktime.day.twice", "date", d.Date.String())
		}
		seen[d.Date] = true
		if !d.Kind.data() {
			add(p+"/kind", "worktime.day.kind", "kind", string(d.Kind))
		}
		if d.Swap != nil && (*d.Swap == d.Date || d.Kind != CompensatoryOff && d.Kind != MakeupWorkday) {
			add(p+"/swap", "worktime.day.swap")
		}
		if len(d.Spans) > 0 && d.Kind.data() && !d.Kind.working() {
			add(p+"/spans", "worktime.day.spans")
		}
		f = append(f, checkSpans(p+"/spans", d.Spans)...)
		if len(f) > 50 {
			break
		}
	}
	if len(f) == 0 {
		return nil
	}
	return fault.Input("worktime.config.invalid", f[:min(len(f), 50)]...)
}

func (cfg *Config) years() (from, to int) {
	from, to = cfg.FromYear, cfg.ToYear
	if from == 0 {
		from = 2015
		if to != 0 {
			from = min(from, to)
		}
	}
	if to == 0 {
		to = max(2045, from)
	}
	return from, to
}

func inRange(d civil.Date) bool { return d >= firstDay() && d <= lastDay() }

func firstDay() civil.Date { return -25567 } // 1900-01-01
func lastDay() civil.Date  { return 84005 }  // 2199-12-31
