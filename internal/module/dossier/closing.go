package dossier

import (
	"context"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
)

// closeAfter is how many days after its end a month is closed. Acts of its last evening that are
// still on their way, and clocks of replicas that differ, have come in by then.
const closeAfter = 2

// returningClosed ends the statements that write figures. It asks for the last closed month in the
// same statement, so that knowing it costs no other; on PostgreSQL a statement that waited for a
// closing sees that closing.
const returningClosed = ` RETURNING (SELECT through FROM dossier_closing)`

// sums are the columns that months add up of days.
const sums = `sum(submitted), sum(received), sum(refused), sum(withdrawn), sum(stopped), sum(on_time), sum(late), sum(returned)`

const sumColumns = `submitted, received, refused, withdrawn, stopped, on_time, late, returned`

// monthOf returns the month of a day as YYYY-MM.
func monthOf(day civil.Date) string { return day.String()[:7] }

// firstOf returns the first day of the month YYYY-MM.
func firstOf(month string) (civil.Date, error) { return civil.Parse(month + "-01") }

// CloseMonths sums up every month that ended two days ago or earlier and is not closed yet, the
// oldest first, each in a transaction of its own. Reports read closed months from these sums. Doing
// it again, after a crash or on another replica at the same time, adds nothing.
func (s *Service) CloseMonths(ctx context.Context) error {
	for {
		more, err := s.closeNext(ctx)
		if err != nil {
			return err
		}
		if !more {
			return s.prune(ctx)
		}
	}
}

// pruned is how many empty rows of dossier_open go at a time, so that acts need not wait long.
const pruned = 1000

// prune takes the due instants at which nothing is open any more out of dossier_open; what is open
// now is a sum over that table.
func (s *Service) prune(ctx context.Context) error {
	for {
		var n int64
		err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
			n, err = tx.Exec(`DELETE FROM dossier_open WHERE n = 0 AND (agency_id, procedure_code, channel, due_at) IN
				(SELECT agency_id, procedure_code, channel, due_at FROM dossier_open WHERE n = 0 LIMIT $1)`, pruned)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

// closeNext closes the first month that can be; more is false when there was none.
func (s *Service) closeNext(ctx context.Context) (more bool, err error) {
	today := civil.From(s.Now())
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		more = false
		// Acts that are being stored come in first, and new ones wait until the month is closed:
		// each row is either in the sums or finds the month closed and takes the closing back.
		if tx.Engine() == db.Postgres {
			for _, t := range []string{"dossier_day", "dossier_move"} {
				if _, err := tx.Exec(`LOCK TABLE ` + t + ` IN SHARE MODE`); err != nil {
					return err
				}
			}
		}
		var through, oldest string
		if err := tx.QueryRow(`SELECT through FROM dossier_closing` + db.ForUpdate(tx, false)).Scan(&through); err != nil {
			return err
		}
		if through == "" {
			if err := tx.QueryRow(`SELECT coalesce(min(d), '') FROM (SELECT min(day) AS d FROM dossier_day
				UNION ALL SELECT min(day) FROM dossier_move) AS x`).Scan(&oldest); err != nil || oldest == "" {
				return err
			}
			through = oldest[:7]
		} else {
			first, err := firstOf(through)
			if err != nil {
				return err
			}
			through = monthOf(first.AddMonths(1))
		}
		first, err := firstOf(through)
		if err != nil {
			return err
		}
		last := first.AddMonths(1) - 1
		if today < last+closeAfter {
			return nil
		}
		more = true
		return closeMonth(tx, first, last)
	})
	return more, err
}

// closeMonth writes the sums of the month between the days, and what is open at its end.
func closeMonth(tx *db.Tx, first, last civil.Date) error {
	month := monthOf(first)
	for _, x := range []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO dossier_month (agency_id, procedure_code, channel, month, ` + sumColumns + `)
			SELECT agency_id, procedure_code, channel, $1, ` + sums + ` FROM dossier_day WHERE day >= $2 AND day <= $3
			GROUP BY agency_id, procedure_code, channel`, []any{month, first, last}},
		{`INSERT INTO dossier_month_agency (agency_id, channel, month, ` + sumColumns + `)
			SELECT agency_id, channel, month, ` + sums + ` FROM dossier_month WHERE month = $1 GROUP BY agency_id, channel, month`, []any{month}},
		{`INSERT INTO dossier_month_procedure (procedure_code, channel, month, ` + sumColumns + `)
			SELECT procedure_code, channel, month, ` + sums + ` FROM dossier_month WHERE month = $1 GROUP BY procedure_code, channel, month`, []any{month}},
		{`INSERT INTO dossier_balance (day, agency_id, procedure_code, channel, due_at, n)
			SELECT $1, agency_id, procedure_code, channel, due_at, sum(n) FROM (
				SELECT agency_id, procedure_code, channel, due_at, n FROM dossier_balance WHERE day = $2
				UNION ALL SELECT agency_id, procedure_code, channel, due_at, n FROM dossier_move WHERE day >= $3 AND day <= $4) AS x
			GROUP BY agency_id, procedure_code, channel, due_at HAVING sum(n) <> 0`, []any{last, first - 1, first, last}},
		{`UPDATE dossier_closing SET through = $1`, []any{month}},
	} {
		if _, err := tx.Exec(x.sql, x.args...); err != nil {
			return err
		}
	}
	return nil
}

// reopen takes back the closing of the day's month and of all later ones: what is open at their
// ends follows from it. Whoever writes figures of a day in a closed month calls it in the same
// transaction, after its rows.
func reopen(tx *db.Tx, day civil.Date) error {
	y, m, _ := day.YMD()
	first, month := civil.Of(y, m, 1), monthOf(day)
	// Of two at once the second waits here and then finds it done.
	n, err := tx.Exec(`UPDATE dossier_closing SET through = $1 WHERE through >= $2`, monthOf(first-1), month)
	if err != nil || n == 0 {
		return err
	}
	for _, t := range []string{"dossier_month", "dossier_month_agency", "dossier_month_procedure"} {
		if _, err := tx.Exec(`DELETE FROM `+t+` WHERE month >= $1`, month); err != nil {
			return err
		}
	}
	_, err = tx.Exec(`DELETE FROM dossier_balance WHERE day >= $1`, first)
	return err
}

// ClosedThrough returns the last day of the last closed month; ok is false while none is closed.
func (s *Service) ClosedThrough(ctx context.Context) (day civil.Date, ok bool, err error) {
	return closedThrough(s.DB.Read(ctx))
}

func closedThrough(q db.Q) (day civil.Date, ok bool, err error) {
	var month string
	if err := q.QueryRow(`SELECT through FROM dossier_closing`).Scan(&month); err != nil || month == "" {
		return 0, false, err
	}
	first, err := firstOf(month)
	return first.AddMonths(1) - 1, err == nil, err
}
