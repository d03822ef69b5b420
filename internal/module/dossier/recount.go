package dossier

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"hash/fnv"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
)

// maxTrouble is how many cells that differ Recount names.
const maxTrouble = 20

// recount gathers what differs; names of cells are kept once.
type recount struct {
	q        db.Q
	bad      []string
	more     int
	agencies map[id.ID]uint16
	agency   []id.ID
	codes    map[string]uint32
	code     []string
}

// cell is a key of the rollups. At is the day, as a date, or the due instant.
type cell struct {
	at      int64
	code    uint32
	agency  uint16
	channel uint8
}

func (r *recount) cell(agency id.ID, code string, channel int, at int64) cell {
	a, ok := r.agencies[agency]
	if !ok {
		a = uint16(len(r.agency))
		r.agencies[agency], r.agency = a, append(r.agency, agency)
	}
	c, ok := r.codes[code]
	if !ok {
		c = uint32(len(r.code))
		r.codes[code], r.code = c, append(r.code, code)
	}
	return cell{at, c, a, uint8(channel)}
}

func (r *recount) differs(c cell, at, what string, rollup, records int64) {
	if len(r.bad) == maxTrouble {
		r.more++
		return
	}
	r.bad = append(r.bad, fmt.Sprintf("dossier figures: %s of %s at agency %s, channel %d, %s: %d in the rollups, %d in the records",
		what, r.code[c.code], r.agency[c.agency], c.channel, at, rollup, records))
}

// Recount compares the rollups, cell by cell, with the dossiers and their history, and the closed
// months with the days they were made of; doctor calls it. It returns a sentence for every figure
// that differs, the first twenty and how many more there are. It reads each dossier and each line
// of history once, as a stream.
func (s *Service) Recount(ctx context.Context) ([]string, error) {
	r := &recount{q: s.DB.Read(ctx), agencies: map[id.ID]uint16{}, codes: map[string]uint32{}}
	for _, step := range []func() error{r.days, r.months, r.balances, r.moves} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if r.more > 0 {
		r.bad = append(r.bad, fmt.Sprintf("dossier figures: %d more cells differ", r.more))
	}
	return r.bad, nil
}

// perDay are the numbers of a cell of dossier_day, in the order of sumColumns.
type perDay [8]int32

var perDayWords = [8]string{"submitted", "received", "refused", "withdrawn", "stopped", "on time", "late", "returned"}

// days compares dossier_day and dossier_open with the dossiers.
func (r *recount) days() error {
	days, open := map[cell]*perDay{}, map[cell]int64{}
	rows, err := r.q.Query(`SELECT decision_id, holder_id, procedure_code, channel, status, submitted_at, received_at, due_at, finished_at,
		returned_at, late FROM dossier_dossier`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var decision, holder id.ID
		var code string
		var channel, status int
		var submitted, received, due, finished, returned int64
		var late bool
		if err := rows.Scan(&decision, &holder, &code, &channel, &status, &submitted, &received, &due, &finished, &returned, &late); err != nil {
			return err
		}
		count := func(at int64, i int) {
			if at == 0 {
				return
			}
			c := r.cell(decision, code, channel, int64(civil.From(db.Time(at))))
			if days[c] == nil {
				days[c] = &perDay{}
			}
			days[c][i]++
		}
		count(submitted, 0)
		count(received, 1)
		count(finished, ended(Status(status), late))
		count(returned, 7)
		d := Dossier{Status: Status(status), Received: db.Time(received), Finished: db.Time(finished)}
		if d.Open() {
			open[r.cell(holder, code, channel, due)]++
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := r.sameDays(days); err != nil {
		return err
	}
	return r.sameOpen(open)
}

// ended returns under which of perDay a dossier of this status that is finished was counted.
func ended(s Status, late bool) int {
	switch {
	case s == StatusNotTaken:
		return 2
	case s == StatusWithdrawn:
		return 3
	case s == StatusStopped:
		return 4
	case late:
		return 6
	}
	return 5
}

func (r *recount) sameDays(days map[cell]*perDay) error {
	rows, err := r.q.Query(`SELECT agency_id, procedure_code, channel, day, ` + sumColumns + ` FROM dossier_day`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var agency id.ID
		var code string
		var channel int
		var day civil.Date
		var n perDay
		if err := rows.Scan(&agency, &code, &channel, &day, &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &n[7]); err != nil {
			return err
		}
		c := r.cell(agency, code, channel, int64(day))
		want := days[c]
		if want == nil {
			want = &perDay{}
		}
		delete(days, c)
		for i := range n {
			if n[i] != want[i] {
				r.differs(c, day.String(), perDayWords[i], int64(n[i]), int64(want[i]))
			}
		}
	}
	for c, want := range days {
		for i, n := range want {
			if n != 0 {
				r.differs(c, civil.Date(c.at).String(), perDayWords[i], 0, int64(n))
			}
		}
	}
	return rows.Err()
}

func (r *recount) sameOpen(open map[cell]int64) error {
	rows, err := r.q.Query(`SELECT agency_id, procedure_code, channel, due_at, n FROM dossier_open WHERE n <> 0`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		c, n, err := r.bucket(rows)
		if err != nil {
			return err
		}
		if n != open[c] {
			r.differs(c, dueWords(c.at), "open", n, open[c])
		}
		delete(open, c)
	}
	for c, n := range open {
		r.differs(c, dueWords(c.at), "open", 0, n)
	}
	return rows.Err()
}

func (r *recount) bucket(rows *sql.Rows) (c cell, n int64, err error) {
	var agency id.ID
	var code string
	var channel int
	var due int64
	err = rows.Scan(&agency, &code, &channel, &due, &n)
	return r.cell(agency, code, channel, due), n, err
}

func dueWords(due int64) string {
	if due == 0 {
		return "clock standing"
	}
	return "due " + stamp(db.Time(due).In(civil.Zone()))
}

// months compares the sums of closed months with their days, and those without procedure or
// agency with them.
func (r *recount) months() error {
	neg := `-submitted AS submitted, -received AS received, -refused AS refused, -withdrawn AS withdrawn, -stopped AS stopped,
		-on_time AS on_time, -late AS late, -returned AS returned`
	having := ` HAVING sum(submitted) <> 0 OR sum(received) <> 0 OR sum(refused) <> 0 OR sum(withdrawn) <> 0 OR sum(stopped) <> 0
		OR sum(on_time) <> 0 OR sum(late) <> 0 OR sum(returned) <> 0`
	for _, x := range []struct{ table, key, source string }{
		{"dossier_month", "agency_id, procedure_code, channel, month",
			`SELECT agency_id, procedure_code, channel, substr(day, 1, 7) AS month, ` + sumColumns + ` FROM dossier_day
			WHERE substr(day, 1, 7) <= (SELECT through FROM dossier_closing)`},
		{"dossier_month_agency", "agency_id, channel, month", `SELECT agency_id, channel, month, ` + sumColumns + ` FROM dossier_month`},
		{"dossier_month_procedure", "procedure_code, channel, month", `SELECT procedure_code, channel, month, ` + sumColumns + ` FROM dossier_month`},
	} {
		if err := r.none(x.table, `SELECT count(*) FROM (SELECT 1 AS differs FROM (SELECT `+x.key+`, `+neg+` FROM `+x.table+
			` UNION ALL `+x.source+`) AS x GROUP BY `+x.key+having+`) AS y`); err != nil {
			return err
		}
	}
	return nil
}

// none adds a sentence if the query counts any cell that differs.
func (r *recount) none(what, query string, args ...any) error {
	var n int64
	if err := r.q.QueryRow(query, args...).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		r.bad = append(r.bad, fmt.Sprintf("dossier figures: %d sums of closed months in %s differ from what they were made of", n, what))
	}
	return nil
}

// balances compares what was open at the ends of closed months with the balance before and the
// moves since.
func (r *recount) balances() error {
	closed, ok, err := closedThrough(r.q)
	if err != nil || !ok {
		return err
	}
	var oldest sql.NullString
	if err := r.q.QueryRow(`SELECT min(day) FROM dossier_move`).Scan(&oldest); err != nil || !oldest.Valid {
		return err
	}
	first, err := firstOf(oldest.String[:7])
	if err != nil {
		return err
	}
	for ; first <= closed; first = first.AddMonths(1) {
		last := first.AddMonths(1) - 1
		if err := r.none("dossier_balance at "+last.String(), `SELECT count(*) FROM (SELECT 1 AS differs FROM (
			SELECT agency_id, procedure_code, channel, due_at, -n AS n FROM dossier_balance WHERE day = $1
			UNION ALL SELECT agency_id, procedure_code, channel, due_at, n FROM dossier_balance WHERE day = $2
			UNION ALL SELECT agency_id, procedure_code, channel, due_at, n FROM dossier_move WHERE day >= $3 AND day <= $4) AS x
			GROUP BY agency_id, procedure_code, channel, due_at HAVING sum(n) <> 0) AS y`, last, first-1, first, last); err != nil {
			return err
		}
	}
	return r.none("dossier_balance", `SELECT count(*) FROM dossier_balance WHERE day > $1`, closed)
}

// moves compares dossier_move with the lines of history that moved dossiers. Cells are as many as
// dossiers, so both sides are folded into one number for each agency, procedure and channel: the sum
// of the cells' hashes, each as often as the cell counts. Dossiers that were received before lines
// told where a dossier is open are left out, and the check with them; then the moves of all days
// must still add up to what is open.
func (r *recount) moves() error {
	prints := map[cell]uint64{}
	whole, err := r.replay(prints)
	if err != nil {
		return err
	}
	if !whole {
		return r.none("dossier_move", `SELECT count(*) FROM (SELECT 1 AS differs FROM (
			SELECT agency_id, procedure_code, channel, due_at, n FROM dossier_move
			UNION ALL SELECT agency_id, procedure_code, channel, due_at, -n FROM dossier_open) AS x
			GROUP BY agency_id, procedure_code, channel, due_at HAVING sum(n) <> 0) AS y`)
	}
	rows, err := r.q.Query(`SELECT agency_id, procedure_code, channel, due_at, n, day FROM dossier_move`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var agency id.ID
		var code string
		var channel int
		var due, n int64
		var day civil.Date
		if err := rows.Scan(&agency, &code, &channel, &due, &n, &day); err != nil {
			return err
		}
		prints[r.cell(agency, code, channel, 0)] -= uint64(n) * fingerprint(due, day)
	}
	for c, rest := range prints {
		if rest != 0 {
			r.bad = append(r.bad, fmt.Sprintf("dossier figures: moves of %s at agency %s, channel %d differ from the histories",
				r.code[c.code], r.agency[c.agency], c.channel))
		}
	}
	return rows.Err()
}

// fingerprint is the hash of a due instant on a day.
func fingerprint(due int64, day civil.Date) uint64 {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], uint64(due))
	binary.LittleEndian.PutUint64(b[8:], uint64(day))
	h := fnv.New64a()
	h.Write(b[:])
	return h.Sum64()
}

// replay adds up where the histories moved dossiers from and to. It is whole if the history of
// every dossier that was received tells so from its receipt on.
func (r *recount) replay(prints map[cell]uint64) (whole bool, err error) {
	var received int64
	if err := r.q.QueryRow(`SELECT count(*) FROM dossier_dossier WHERE received_at > 0 AND finished_at <> received_at`).Scan(&received); err != nil {
		return false, err
	}
	rows, err := r.q.Query(`SELECT e.dossier_id, e.at, e.open_agency, e.open_due, d.procedure_code, d.channel, d.received_at
		FROM dossier_entry e JOIN dossier_dossier d ON d.id = e.dossier_id WHERE e.open_due IS NOT NULL ORDER BY e.dossier_id, e.n`)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	var of id.ID
	var was pair
	whole, open := true, false
	for rows.Next() {
		var dossier, agency id.ID
		var at, due, receipt int64
		var code string
		var channel int
		if err := rows.Scan(&dossier, &at, &agency, &due, &code, &channel, &receipt); err != nil {
			return false, err
		}
		if dossier != of {
			of, open = dossier, false
			received--
			whole = whole && at == receipt
		}
		day := civil.From(db.Time(at))
		if open {
			prints[r.cell(was.agency, code, channel, 0)] -= fingerprint(was.due, day)
		}
		if open = due != notOpen; open {
			was = pair{agency, due}
			prints[r.cell(agency, code, channel, 0)] += fingerprint(due, day)
		}
	}
	return whole && received == 0, rows.Err()
}
