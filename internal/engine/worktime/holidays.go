package worktime

import (
	"slices"
	"time"

	"lienthong/internal/kit/civil"
)

// NationalHolidays returns the public holidays of Vietnam as rules with the years they are in force:
// Labour Code 2019 art. 112 (2021 on), Labour Code 2012 art. 115 (2014 to 2020), and from 2026 the
// 24th of November. Where a yearly notice chooses the days (Tết, National Day), Before holds for each
// weekday what the notices of 2018 to 2026 chose when the date fell on it, and on weekdays not yet met
// the choice that keeps the holiday in one piece with a weekend; a Choice states the notice itself.
func NationalHolidays() []HolidayRule {
	const (
		c2019 = "Bộ luật Lao động 2019, Điều 112"
		c2012 = "Bộ luật Lao động 2012, Điều 115"
	)
	tet := HolidayRule{Key: "tet", Name: "Tết Nguyên đán", NameEN: "Lunar New Year", Lunar: true, Month: 1, Day: 1,
		Days: 5, Before: []int{2, 1, 1, 2, 2, 2, 2}, FromYear: 2021, Source: c2019}
	tet2012 := tet
	tet2012.FromYear, tet2012.ToYear, tet2012.Source = 2014, 2020, c2012
	single := func(key, name, en string, month time.Month, day int) [2]HolidayRule {
		now := HolidayRule{Key: key, Name: name, NameEN: en, Month: int(month), Day: day, Days: 1, FromYear: 2021, Source: c2019}
		old := now
		old.FromYear, old.ToYear, old.Source = 2014, 2020, c2012
		return [2]HolidayRule{now, old}
	}
	newYear := single("new_year", "Tết Dương lịch", "New Year's Day", time.January, 1)
	hung := single("hung_kings", "Giỗ Tổ Hùng Vương", "Hùng Kings' Commemoration Day", time.March, 10)
	hung[0].Lunar, hung[1].Lunar = true, true
	victory := single("victory", "Ngày Chiến thắng", "Victory Day", time.April, 30)
	labour := single("labour", "Ngày Quốc tế lao động", "International Labour Day", time.May, 1)
	national := single("national", "Quốc khánh", "National Day", time.September, 2)
	national[0].Days, national[0].Before = 2, []int{0, 0, 1, 1, 0, 1, 1}
	culture := HolidayRule{Key: "culture", Name: "Ngày Văn hóa Việt Nam", NameEN: "Vietnamese Culture Day",
		Month: 11, Day: 24, Days: 1, FromYear: 2026, Source: "Nghị quyết 28/2026/QH16"}
	return []HolidayRule{
		newYear[0], newYear[1], tet, tet2012, hung[0], hung[1], victory[0], victory[1],
		labour[0], labour[1], national[0], national[1], culture,
	}
}

// before returns how many of the rule's days precede its date d in the rule year y.
func (c *Calendar) before(r *HolidayRule, y int, d civil.Date) int {
	if n, ok := c.choices[choiceKey{r.Key, y}]; ok {
		return n
	}
	switch len(r.Before) {
	case 1:
		return r.Before[0]
	case 7:
		return r.Before[d.Weekday()]
	}
	return 0
}

// ruleDate returns the date a rule names in the year y; false when there is none.
func ruleDate(r *HolidayRule, y int, lunar map[int]lunarYear) (civil.Date, bool) {
	if r.FromYear != 0 && y < r.FromYear || r.ToYear != 0 && y > r.ToYear {
		return 0, false
	}
	if !r.Lunar {
		d := civil.Of(y, time.Month(r.Month), r.Day)
		_, _, day := d.YMD()
		return d, day == r.Day // the 29th of February exists in leap years only
	}
	if y < LunarFirstYear || y > LunarLastYear {
		return 0, false
	}
	ly, ok := lunar[y]
	if !ok {
		ly = newLunarYear(y)
		lunar[y] = ly
	}
	return ly.date(r.Month, r.Day, false)
}

// ruleMarks returns the holidays by this calendar's own rules that fall into the year y, and the days
// off that make up for those that meet weekly rest (Labour Code 2019 art. 111.3). The years on either
// side are looked at too, because Tết and compensation cross New Year.
func (c *Calendar) ruleMarks(y int, lunar map[int]lunarYear) map[civil.Date]*mark {
	if len(c.rules) == 0 {
		return nil
	}
	marks := make(map[civil.Date]*mark)
	var dates []civil.Date
	for yy := y - 1; yy <= y+1; yy++ {
		for i := range c.rules {
			r := &c.rules[i]
			d, ok := ruleDate(r, yy, lunar)
			if !ok {
				continue
			}
			d -= civil.Date(c.before(r, yy, d))
			for range r.Days {
				if m := marks[d]; m != nil {
					// Two holidays on one day: the law grants nothing extra for it.
					if m.name != r.Name {
						m.name, m.nameEN = m.name+", "+r.Name, m.nameEN+", "+r.NameEN
					}
				} else {
					marks[d] = &mark{kind: Holiday, name: r.Name, nameEN: r.NameEN, source: r.Source, owner: c.name}
					dates = append(dates, d)
				}
				d++
			}
		}
	}
	slices.Sort(dates)
	for _, d := range dates {
		if total(c.weekAt(d)[d.Weekday()]) > 0 {
			continue
		}
		if own := c.days[d]; own != nil && own.kind.working() {
			continue // the notice says this is no holiday
		}
		for off := d + 1; off < d+30; off++ {
			own := c.days[off]
			if marks[off] != nil || own != nil && !own.kind.working() || total(c.weekAt(off)[off.Weekday()]) == 0 {
				continue
			}
			h := marks[d]
			// The name carries the date of the holiday; swap is kept for days exchanged.
			marks[off] = &mark{kind: CompensatoryOff, name: h.name + " " + d.VN(), nameEN: h.nameEN + " " + d.VN(),
				source: h.source, owner: c.name}
			break
		}
	}
	for d := range marks {
		if d.Year() != y {
			delete(marks, d)
		}
	}
	return marks
}
