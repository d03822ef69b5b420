package dossier

import (
	"context"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
)

// addOpen adds what was open before the period and at its end. It belongs to the agency that held
// a dossier, which need not be the one that decides.
func (s *Service) addOpen(ctx context.Context, t *table, f FigureFilter, closed closing) error {
	carried := &table{by: t.by, at: map[Figures]int{}}
	if err := s.openAt(ctx, carried, f, f.From-1, closed); err != nil {
		return err
	}
	for _, x := range carried.rows {
		n := x.Open
		x.Open, x.Overdue, x.Paused = 0, 0, 0
		t.row(x).Carried += n
	}
	return s.openAt(ctx, t, f, f.To, closed)
}

// openAt adds what was open at the end of the day, or is open now if the day is not over. That is
// the balance of the last closed month before it and the moves since then.
func (s *Service) openAt(ctx context.Context, t *table, f FigureFilter, day civil.Date, closed closing) error {
	now := s.Now()
	key, _ := t.by.column()
	add := func(from string, due int64, when func(a *db.Args) string) error {
		var a db.Args
		end := a.Add(due)
		where := when(&a) + " AND " + f.where(&a)
		rows, err := s.DB.Read(ctx).Query(`SELECT `+key+`, sum(n), sum(CASE WHEN due_at > 0 AND due_at < `+end+` THEN n ELSE 0 END),
			sum(CASE WHEN due_at = 0 THEN n ELSE 0 END) FROM `+from+` WHERE `+where+groupBy(t.by, key), a...)
		return t.scan(rows, err, func(x *Figures) []*int64 { return []*int64{&x.Open, &x.Overdue, &x.Paused} })
	}
	if day >= civil.From(now) {
		return add("dossier_open", db.Micros(now), func(*db.Args) string { return "n <> 0" })
	}
	end := db.Micros((day + 1).At(0))
	since := civil.Date(0)
	if base, ok := closed.before(day); ok {
		since = base
		if err := add("dossier_balance", end, func(a *db.Args) string { return "day = " + a.Add(base) }); err != nil || base == day {
			return err
		}
	}
	return add("dossier_move", end, func(a *db.Args) string { return "day > " + a.Add(since) + " AND day <= " + a.Add(day) })
}

// before returns the last closed end of a month that is not after the day.
func (c closing) before(day civil.Date) (civil.Date, bool) {
	if !c.ok {
		return 0, false
	}
	y, m, _ := (min(day, c.day) + 1).YMD()
	return civil.Of(y, m, 1) - 1, true
}
