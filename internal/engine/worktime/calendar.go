package worktime

import (
	"slices"
	"sync/atomic"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
)

// Calendar answers which minutes are office time. It never changes after New and is safe for use by
// several goroutines; years not computed yet are computed once and kept.
type Calendar struct {
	name    string
	cfg     Config // as given to New; it and what it holds are never changed
	parent  *Calendar
	week    Week        // zero: the parent's
	weeks   []DatedWeek // by From, ascending
	rules   []HolidayRule
	choices map[choiceKey]int
	days    map[civil.Date]*mark
	// years is shared with the parent when the calendar adds nothing of its own: a province has
	// hundreds of agencies and few calendars that differ.
	years *[LastYear - FirstYear + 1]atomic.Pointer[year]
}

type choiceKey struct {
	holiday string
	year    int
}

// mark is what rules or data say about one day, before the week is applied.
type mark struct {
	kind         Kind
	name, nameEN string
	source       string
	owner        string // name of the calendar that says so
	swap         *civil.Date
	spans        []Span // explicit hours, or nil
}

// year is the office time of one Gregorian year, ready for counting.
type year struct {
	first civil.Date
	n     int
	// worked[i] is the office minutes and halves[i] the half working days before day i.
	worked [367]int32
	halves [367]int16
	day    [366]uint16 // index into patterns
	marks  [366]*mark
	// patterns are the distinct office days of the year; few, so they stay in cache.
	patterns []pattern
}

type pattern struct {
	spans  []Span
	total  int32
	halves int16 // 0 closed, 1 half day, 2 full day
	mid    int32 // minutes worked at the middle of the day, where half a working day ends
}

// New returns the calendar of cfg. parent is the superior agency's calendar, or nil for the topmost.
//
// A child takes over its parent's weeks, holidays, compensation and dated days, and states only what
// differs. Holidays and the days off that make up for them are decided by the calendar that holds the
// rule, with that calendar's week: an office that also opens on Saturdays has the same days off as the
// province. An error is a fault of kind Invalid.
func New(cfg Config, parent *Calendar) (*Calendar, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	c := &Calendar{name: cfg.Name, cfg: cfg, parent: parent, week: cfg.Week, weeks: slices.Clone(cfg.Weeks), rules: cfg.Holidays}
	if parent == nil {
		if c.week.IsZero() {
			c.week = DefaultWeek()
		}
		if c.rules == nil {
			c.rules = NationalHolidays()
		}
	} else if cfg.Week.IsZero() && len(cfg.Weeks) == 0 && len(cfg.Holidays) == 0 && len(cfg.Days) == 0 && len(cfg.Choices) == 0 {
		c.years = parent.years
		return c, nil
	}
	slices.SortStableFunc(c.weeks, func(a, b DatedWeek) int { return int(a.From) - int(b.From) })
	c.choices = make(map[choiceKey]int, len(cfg.Choices))
	for _, ch := range cfg.Choices {
		if !slices.ContainsFunc(c.rules, func(r HolidayRule) bool { return r.Key == ch.Holiday && ch.Before < r.Days }) {
			return nil, fault.Input("worktime.config.invalid", fault.Field{Path: "/choices", Key: "worktime.choice.holiday",
				Args: fault.Args("holiday", ch.Holiday, "year", ch.Year)})
		}
		c.choices[choiceKey{ch.Holiday, ch.Year}] = ch.Before
	}
	c.setDays(cfg.Days)
	c.years = new([LastYear - FirstYear + 1]atomic.Pointer[year])
	if parent != nil && cfg.FromYear == 0 && cfg.ToYear == 0 {
		// There are many children and each is asked about few years; they fill up as they go.
		return c, nil
	}
	from, to := cfg.years()
	lunar := make(map[int]lunarYear)
	for y := from; y <= to; y++ {
		c.years[y-FirstYear].Store(c.build(y, lunar))
	}
	return c, nil
}

// Rebase returns c as it would be if before, which is c itself or above it, were after. A calendar
// that is not below before is returned unchanged. An error is a fault of kind Invalid.
func (c *Calendar) Rebase(before, after *Calendar) (*Calendar, error) {
	if c == before {
		return after, nil
	}
	if c.parent == nil {
		return c, nil
	}
	up, err := c.parent.Rebase(before, after)
	if err != nil || up == c.parent {
		return c, err
	}
	return New(c.cfg, up)
}

// setDays takes in the dated days and the other halves of exchanges.
func (c *Calendar) setDays(days []Day) {
	c.days = make(map[civil.Date]*mark, len(days))
	for _, d := range days {
		c.days[d.Date] = &mark{kind: d.Kind, name: d.Name, nameEN: d.NameEN, source: d.Source, owner: c.name,
			swap: d.Swap, spans: d.Spans}
	}
	lunar := make(map[int]lunarYear)
	byYear := make(map[int]map[civil.Date]*mark)
	holiday := func(d civil.Date) bool {
		if c.parent != nil {
			if m := c.parent.markAt(d); m != nil && m.kind == Holiday {
				return true
			}
		}
		y := d.Year()
		if _, ok := byYear[y]; !ok {
			byYear[y] = c.ruleMarks(y, lunar)
		}
		m := byYear[y][d]
		return m != nil && m.kind == Holiday
	}
	for i := range days {
		d := &days[i]
		if d.Swap == nil || c.days[*d.Swap] != nil {
			continue
		}
		if holiday(*d.Swap) {
			// Not an exchange: the entry names the holiday it makes up for, which stays one.
			m := c.days[d.Date]
			m.swap = nil
			if m.name != "" {
				m.name += " " + d.Swap.VN()
			}
			continue
		}
		kind := MakeupWorkday
		if d.Kind == MakeupWorkday {
			kind = CompensatoryOff
		}
		back := d.Date
		c.days[*d.Swap] = &mark{kind: kind, name: d.Name, nameEN: d.NameEN, source: d.Source, owner: c.name, swap: &back}
	}
}

// weekAt returns the week in force on d: the calendar's own, else the parent's.
func (c *Calendar) weekAt(d civil.Date) *Week {
	for i := len(c.weeks) - 1; i >= 0; i-- {
		if w := &c.weeks[i]; w.From <= d && (w.To == nil || d <= *w.To) {
			return &w.Week
		}
	}
	if c.parent != nil && c.week.IsZero() {
		return c.parent.weekAt(d)
	}
	return &c.week
}

// year returns the table of a year from FirstYear to LastYear.
func (c *Calendar) year(y int) *year {
	p := &c.years[y-FirstYear]
	if t := p.Load(); t != nil {
		return t
	}
	// Two goroutines may both build it; the first one's stays, so that a year has one table.
	p.CompareAndSwap(nil, c.build(y, make(map[int]lunarYear)))
	return p.Load()
}

func (c *Calendar) build(y int, lunar map[int]lunarYear) *year {
	t := &year{first: civil.Of(y, 1, 1)}
	t.n = int(civil.Of(y+1, 1, 1) - t.first)
	if c.parent != nil {
		t.marks = c.parent.year(y).marks
	}
	for d, m := range c.ruleMarks(y, lunar) {
		i := d - t.first
		if old := t.marks[i]; old == nil || m.kind == Holiday {
			t.marks[i] = m
		}
	}
	for i := range t.n {
		d := t.first + civil.Date(i)
		if m := c.days[d]; m != nil {
			t.marks[i] = m
		}
		w := c.weekAt(d)
		spans := spansOn(w, d, t.marks[i])
		t.day[i] = t.pattern(spans, w, t.marks[i])
		p := &t.patterns[t.day[i]]
		t.worked[i+1] = t.worked[i] + p.total
		t.halves[i+1] = t.halves[i] + p.halves
	}
	return t
}

// pattern returns the index of the office day with these spans, adding it if it is new.
func (t *year) pattern(spans []Span, w *Week, m *mark) uint16 {
	p := pattern{spans: spans, total: int32(total(spans))}
	if p.total > 0 {
		p.halves = 2
		p.mid = (p.total + 1) / 2
		if len(spans) > 1 {
			p.mid = int32(spans[0].To - spans[0].From) // the lunch break
		}
		// A day counts as half when it is declared so, or when its hours are at most 5/8 of the
		// longest day of the week in force: a morning is more than half of a 7½-hour day.
		if m != nil && m.kind == HalfDay || int(p.total)*8 <= total(w.longest())*5 {
			p.halves = 1
		}
	}
	for i := range t.patterns {
		q := &t.patterns[i]
		if q.halves == p.halves && slices.Equal(q.spans, spans) {
			return uint16(i)
		}
	}
	t.patterns = append(t.patterns, p)
	return uint16(len(t.patterns) - 1)
}

// spansOn returns the office hours of d under the week w and the mark m.
func spansOn(w *Week, d civil.Date, m *mark) []Span {
	ordinary := w[d.Weekday()]
	if m == nil {
		return ordinary
	}
	if !m.kind.working() {
		return nil
	}
	if len(m.spans) > 0 {
		return m.spans
	}
	if m.kind == MakeupWorkday {
		// The day works the hours of the day it replaces, even if it is a half day otherwise.
		ordinary = nil
		if m.swap != nil {
			ordinary = w[m.swap.Weekday()]
		}
	}
	if len(ordinary) == 0 {
		ordinary = w.longest()
	}
	if m.kind == HalfDay && len(ordinary) > 1 {
		return ordinary[:1]
	}
	return ordinary
}

func (c *Calendar) markAt(d civil.Date) *mark {
	if !inRange(d) {
		return nil
	}
	t, i := c.at(d)
	return t.marks[i]
}

// at returns the table of the year that holds d, which must be in range, and the index of d in it.
func (c *Calendar) at(d civil.Date) (*year, int) {
	// 146097 days are 400 years; the guess is off by at most one.
	y := 1970 + int(d)*400/146097
	y = min(max(y, FirstYear), LastYear)
	t := c.year(y)
	for d < t.first {
		y--
		t = c.year(y)
	}
	for int(d-t.first) >= t.n {
		y++
		t = c.year(y)
	}
	return t, int(d - t.first)
}

// DayInfo is what a calendar says about one day and which rule decides.
type DayInfo struct {
	Date    civil.Date  `json:"date"`
	Kind    Kind        `json:"kind"`
	Name    string      `json:"name,omitempty"`
	NameEN  string      `json:"name_en,omitempty"`
	Source  string      `json:"source,omitempty"`
	Swap    *civil.Date `json:"swap,omitempty"`  // the other day of an exchange
	Owner   string      `json:"owner,omitempty"` // name of the calendar that holds the rule
	Spans   []Span      `json:"spans,omitempty"`
	Minutes int         `json:"minutes"` // office minutes
	Half    bool        `json:"half,omitempty"`
}

// Day returns what d is. The caller must not change the spans. Outside FirstYear to LastYear only the
// week is known.
func (c *Calendar) Day(d civil.Date) DayInfo {
	info := DayInfo{Date: d, Kind: Workday}
	if !inRange(d) {
		info.Spans = c.weekAt(d)[d.Weekday()]
		info.Minutes = total(info.Spans)
		if info.Minutes == 0 {
			info.Kind = Weekend
		}
		return info
	}
	t, i := c.at(d)
	p := &t.patterns[t.day[i]]
	info.Spans, info.Minutes, info.Half = p.spans, int(p.total), p.halves == 1
	info.Kind = t.kind(i)
	if m := t.marks[i]; m != nil {
		info.Name, info.NameEN, info.Source, info.Owner, info.Swap = m.name, m.nameEN, m.source, m.owner, m.swap
	}
	return info
}

func (t *year) kind(i int) Kind {
	switch {
	case t.marks[i] != nil:
		return t.marks[i].kind
	case t.patterns[t.day[i]].total == 0:
		return Weekend
	}
	return Workday
}

// Name returns the calendar's name.
func (c *Calendar) Name() string { return c.name }

// Changed returns the days from first to last on which the two calendars have different office hours
// or a different reason for them, at most limit of them; whoever edits a calendar sees what it does
// before it is applied.
func Changed(a, b *Calendar, first, last civil.Date, limit int) []civil.Date {
	var out []civil.Date
	for d := max(first, firstDay()); d <= min(last, lastDay()) && len(out) < limit; d++ {
		x, y := a.Day(d), b.Day(d)
		if x.Kind != y.Kind || x.Name != y.Name || !slices.Equal(x.Spans, y.Spans) {
			out = append(out, d)
		}
	}
	return out
}
