package dossier

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

const (
	dossierColumns = columnsBefore + ` form, extra,` + columnsAfter
	// outsideColumns leave out the answers of the form; what look-ups need is where the dossier is.
	outsideColumns = columnsBefore + ` '', extra,` + columnsAfter

	columnsBefore = `id, code, version, status, procedure_version, procedure_code, procedure_name, field_code,
	channel, regime, assisted_id, reception_id, decision_id, holder_id, account_id, applicant,`
	columnsAfter = ` process,
	clock, term, day, submitted_at, received_at, due_at, finished_at, returned_at, late, fee, fee_text, fee_paid,
	delivery, secret_gen, entries`
)

type scanner interface{ Scan(dest ...any) error }

func scanDossier(row scanner) (*Dossier, error) {
	var d Dossier
	var applicant, form, extra, process, clock, term string
	var submitted, received, due, finished, returned int64
	err := row.Scan(&d.ID, &d.Code, &d.Version, &d.Status, &d.ProcedureVersion, &d.ProcedureCode, &d.ProcedureName,
		&d.Field, &d.Channel, &d.Regime, &d.Assisted, &d.Reception, &d.Decision, &d.Holder, &d.Account, &applicant,
		&form, &extra, &process, &clock, &term, &d.Day, &submitted, &received, &due, &finished, &returned, &d.Late,
		&d.Fee, &d.FeeText, &d.FeePaid, &d.Delivery, &d.SecretGen, &d.Entries)
	if db.Missing(err) {
		return nil, fault.New(fault.NotFound, "dossier.not_found")
	}
	if err != nil {
		return nil, err
	}
	d.Form = json.RawMessage(form)
	d.Submitted, d.Received, d.Due = db.Time(submitted), db.Time(received), db.Time(due)
	d.Finished, d.Returned = db.Time(finished), db.Time(returned)
	for _, p := range []struct {
		from string
		to   any
	}{{applicant, &d.Applicant}, {extra, &d.Extra}, {process, &d.Process}, {clock, &d.Clock}, {term, &d.Term}} {
		if err := db.FromJSON(p.from, p.to); err != nil {
			return nil, err
		}
	}
	return &d, nil
}

func (s *Service) get(q db.Q, dossier id.ID) (*Dossier, error) {
	return scanDossier(q.QueryRow(`SELECT `+dossierColumns+` FROM dossier_dossier WHERE id = $1`, dossier))
}

func (s *Service) byCode(q db.Q, code string) (*Dossier, error) {
	return scanDossier(q.QueryRow(`SELECT `+dossierColumns+` FROM dossier_dossier WHERE code = $1`, code))
}

// outside loads a dossier without the answers of its form.
func (s *Service) outside(q db.Q, code string) (*Dossier, error) {
	return scanDossier(q.QueryRow(`SELECT `+outsideColumns+` FROM dossier_dossier WHERE code = $1`, code))
}

// lock loads the dossier and keeps others from changing it until the transaction ends.
func (s *Service) lock(tx *db.Tx, dossier id.ID) (*Dossier, error) {
	return scanDossier(tx.QueryRow(`SELECT `+dossierColumns+` FROM dossier_dossier WHERE id = $1`+
		db.ForUpdate(tx, false), dossier))
}

const taskColumns = `id, dossier_id, token, node, name, action, role, agency_id, unit_id, state, assignee_id, assignee,
	from_unit, created_at, created_by, accepted_at, due_at, dossier_due, done_at, done_by, outcome, note, undo`

func scanTask(row scanner) (*Task, error) {
	var t Task
	var created, accepted, due, dossierDue, done int64
	var undo string
	err := row.Scan(&t.ID, &t.Dossier, &t.Token, &t.Node, &t.Name, &t.Action, &t.Role, &t.Agency, &t.Unit, &t.State,
		&t.Assignee, &t.AssigneeBy, &t.FromUnit, &created, &t.CreatedBy, &accepted, &due, &dossierDue, &done, &t.DoneBy,
		&t.Outcome, &t.Note, &undo)
	if db.Missing(err) {
		return nil, fault.New(fault.NotFound, "dossier.task_gone")
	}
	if err != nil {
		return nil, err
	}
	t.Created, t.Accepted, t.Due = db.Time(created), db.Time(accepted), db.Time(due)
	t.DossierDue, t.Done = db.Time(dossierDue), db.Time(done)
	return &t, db.FromJSON(undo, &t.Undo)
}

func (s *Service) openTasks(q db.Q, dossier id.ID) ([]*Task, error) {
	rows, err := q.Query(`SELECT `+taskColumns+` FROM dossier_task WHERE dossier_id = $1 AND state = 'open' ORDER BY token`, dossier)
	return db.Collect[*Task](rows, err)(func(r *sql.Rows) (*Task, error) { return scanTask(r) })
}

// Tasks returns all tasks of the dossier, oldest first.
func (s *Service) Tasks(ctx context.Context, dossier id.ID) ([]*Task, error) {
	rows, err := s.DB.Read(ctx).Query(`SELECT `+taskColumns+` FROM dossier_task WHERE dossier_id = $1 ORDER BY created_at, token`, dossier)
	return db.Collect[*Task](rows, err)(func(r *sql.Rows) (*Task, error) { return scanTask(r) })
}

// stations loads what look-ups need of the tasks: where each was, and when it was opened and done.
func (s *Service) stations(ctx context.Context, dossier id.ID) ([]*Task, error) {
	rows, err := s.DB.Read(ctx).Query(`SELECT node, name, agency_id, state, created_at, done_at FROM dossier_task WHERE dossier_id = $1
		ORDER BY created_at, token`, dossier)
	return db.Collect[*Task](rows, err)(func(r *sql.Rows) (*Task, error) {
		t := &Task{Dossier: dossier}
		var created, done int64
		err := r.Scan(&t.Node, &t.Name, &t.Agency, &t.State, &created, &done)
		t.Created, t.Done = db.Time(created), db.Time(done)
		return t, err
	})
}

// flush stores the act: its tasks, history and ledger row, the dossier, the events, and last the
// figures in key order, so that two acts never wait for each other's rows in a circle. Rows that
// others may wait for come late: a new dossier takes its agency's number only when most is written.
func (c *change) flush(tx *db.Tx) error {
	steps := []func(*db.Tx) error{c.flushLate, c.flushTasks, c.flushEntries, c.flushParties, c.flushLedger, c.flushWaits,
		c.flushIncidents, c.flushDossier, c.flushEvents, c.flushFigures}
	for _, step := range steps {
		if err := step(tx); err != nil {
			return err
		}
	}
	return nil
}

// flushEvents puts the facts into the outbox; codes and versions are known only now.
func (c *change) flushEvents(tx *db.Tx) error {
	for _, f := range c.facts {
		f.Code, f.Version, f.Status, f.Agency = c.d.Code, c.d.Version, c.d.Status, c.d.Holder
	}
	return c.s.Events.Put(tx, c.events...)
}

func (c *change) flushDossier(tx *db.Tx) error {
	d := c.d
	if c.fresh {
		code, err := c.s.nextCode(tx, c.tree, c.offer, d)
		if err != nil {
			return err
		}
		d.Code, d.Version = code, 1
		_, err = tx.Exec(`INSERT INTO dossier_dossier (`+dossierColumns+`, applicant_name, applicant_fold, applicant_doc, applicant_phone)
			VALUES `+db.Rows(1, 38),
			d.ID, d.Code, d.Version, int(d.Status), d.ProcedureVersion, d.ProcedureCode, d.ProcedureName, d.Field, d.Channel,
			d.Regime, d.Assisted, d.Reception, d.Decision, d.Holder, d.Account, db.JSON(d.Applicant), string(d.Form),
			db.JSON(d.Extra), db.JSON(d.Process), db.JSON(clockRows(d.Clock)), db.JSON(d.Term), d.Day, db.Micros(d.Submitted),
			db.Micros(d.Received), db.Micros(d.Due), db.Micros(d.Finished), db.Micros(d.Returned), d.Late, d.Fee, d.FeeText,
			d.FeePaid, d.Delivery, d.SecretGen, d.Entries,
			d.Applicant.Name, text.Fold(d.Applicant.Name), d.Applicant.Doc, d.Applicant.Phone)
		return err
	}
	n, err := tx.Exec(`UPDATE dossier_dossier SET version = version + 1, status = $3, holder_id = $4, account_id = $5,
		applicant = $6, form = $7, extra = $8, process = $9, clock = $10, term = $11, received_at = $12, due_at = $13,
		finished_at = $14, returned_at = $15, late = $16, fee = $17, fee_text = $18, fee_paid = $19, delivery = $20,
		secret_gen = $21, entries = $22, applicant_name = $23, applicant_fold = $24, applicant_doc = $25, applicant_phone = $26,
		regime = $27
		WHERE id = $1 AND version = $2`,
		d.ID, d.Version, int(d.Status), d.Holder, d.Account, db.JSON(d.Applicant), string(d.Form), db.JSON(d.Extra),
		db.JSON(d.Process), db.JSON(clockRows(d.Clock)), db.JSON(d.Term), db.Micros(d.Received), db.Micros(d.Due),
		db.Micros(d.Finished), db.Micros(d.Returned), d.Late, d.Fee, d.FeeText, d.FeePaid, d.Delivery, d.SecretGen,
		d.Entries, d.Applicant.Name, text.Fold(d.Applicant.Name), d.Applicant.Doc, d.Applicant.Phone, d.Regime)
	if err != nil {
		return err
	}
	if n != 1 {
		return fault.New(fault.Conflict, "dossier.changed_meanwhile")
	}
	d.Version++
	return nil
}

func clockRows(l []worktime.Entry) []worktime.Entry {
	if l == nil {
		return []worktime.Entry{}
	}
	return l
}

func (c *change) flushTasks(tx *db.Tx) error {
	for _, t := range c.closed {
		_, err := tx.Exec(`UPDATE dossier_task SET state = $2, done_at = $3, done_by = $4, outcome = $5, note = $6, undo = $7
			WHERE id = $1 AND state = 'open'`, t.ID, t.State, db.Micros(t.Done), t.DoneBy, t.Outcome, t.Note, db.JSON(t.Undo))
		if err != nil {
			return err
		}
	}
	if !c.fresh && len(c.open) > len(c.added) {
		if _, err := tx.Exec(`UPDATE dossier_task SET dossier_due = $2, d_applicant = $3, watch_at = 1 WHERE dossier_id = $1 AND state = 'open'
			AND (dossier_due <> $2 OR d_applicant <> $3)`, c.d.ID, db.Micros(c.d.Due), text.SortName(c.d.Applicant.Name)); err != nil {
			return err
		}
	}
	if len(c.added) == 0 {
		return nil
	}
	var args []any
	for _, t := range c.added {
		args = append(args, t.ID, t.Dossier, t.Token, t.Node, t.Name, t.Action, t.Role, t.Agency, t.Unit, t.State, t.Assignee,
			t.AssigneeBy, t.FromUnit, db.Micros(t.Created), t.CreatedBy, db.Micros(t.Accepted), db.Micros(t.Due),
			db.Micros(t.DossierDue), db.Micros(t.Done), t.DoneBy, t.Outcome, t.Note, db.JSON(t.Undo))
		args = append(args, sortKeys(c.d, t)...)
	}
	_, err := tx.Exec(`INSERT INTO dossier_task (`+taskColumns+`, d_code, d_procedure, d_applicant, d_step, d_channel) VALUES `+
		db.Rows(len(c.added), 28), args...)
	return err
}

// flushEntries stores the act's lines of history. The last one says where the dossier now counts
// among the open ones, if that is elsewhere than before the act.
func (c *change) flushEntries(tx *db.Tx) error {
	agency, due := c.mark()
	if len(c.entries) == 0 {
		if due.Valid {
			return errors.New("a dossier is open elsewhere than before, and its history has no line about it")
		}
		return nil
	}
	var args []any
	for i, e := range c.entries {
		data := e.Data
		if data == nil {
			data = map[string]any{}
		}
		args = append(args, c.d.ID, e.N, db.Micros(e.At), e.Act, int(e.Status), string(e.ActorKind), e.Actor, e.ActorName,
			e.Agency, e.Node, e.Note, db.JSON(data))
		if i < len(c.entries)-1 {
			args = append(args, id.ID{}, sql.NullInt64{})
		} else {
			args = append(args, agency, due)
		}
	}
	_, err := tx.Exec(`INSERT INTO dossier_entry (dossier_id, n, at, act, status, actor_kind, actor_id, actor_name, agency_id,
		node, note, data, open_agency, open_due) VALUES `+db.Rows(len(c.entries), 14), args...)
	return err
}

// notOpen is the due instant on a line of history after which the dossier is no longer open.
const notOpen = -1

// mark returns what the act's last line of history says about where the dossier is open.
func (c *change) mark() (agency id.ID, due sql.NullInt64) {
	now := c.d.bucket()
	switch {
	case now == c.was:
		return id.ID{}, sql.NullInt64{}
	case now == (bucket{}):
		return id.ID{}, sql.NullInt64{Int64: notOpen, Valid: true}
	}
	return now.agency, sql.NullInt64{Int64: now.due, Valid: true}
}

// flushParties lets every agency that has or had a task see the dossier.
func (c *change) flushParties(tx *db.Tx) error {
	var ids []id.ID
	add := func(a id.ID) {
		if !a.Zero() && !slices.Contains(ids, a) {
			ids = append(ids, a)
		}
	}
	if c.fresh {
		add(c.d.Assisted)
		add(c.d.Reception)
		add(c.d.Decision)
	}
	for _, t := range c.added {
		add(t.Agency)
	}
	for _, a := range c.joined {
		add(a)
	}
	if len(ids) == 0 {
		return c.flushWords(tx, nil)
	}
	slices.SortFunc(ids, func(a, b id.ID) int { return compareBuckets(bucket{agency: a}, bucket{agency: b}) })
	var args []any
	for _, a := range ids {
		args = append(args, a, c.d.ID)
	}
	insert := `INSERT INTO dossier_party (agency_id, dossier_id) VALUES ` + db.Rows(len(ids), 2) + ` ON CONFLICT (agency_id, dossier_id) DO NOTHING`
	if c.fresh {
		if _, err := tx.Exec(insert, args...); err != nil {
			return err
		}
		return c.flushWords(tx, ids)
	}
	rows, err := tx.Query(insert+` RETURNING agency_id`, args...)
	if ids, err = collectIDs(rows, err); err != nil {
		return err
	}
	return c.flushWords(tx, ids)
}

// flushLedger records the act. The content is hashed, not stored, so the history lines it covers
// cannot be altered without the ledger showing it.
func (c *change) flushLedger(tx *db.Tx) error {
	if len(c.entries) == 0 {
		return nil
	}
	type line struct {
		N      int    `json:"n"`
		At     int64  `json:"at"`
		Act    string `json:"act"`
		Status int    `json:"status"`
		Note   string `json:"note"`
	}
	lines := make([]line, len(c.entries))
	for i, e := range c.entries {
		lines[i] = line{e.N, db.Micros(e.At), e.Act, int(e.Status), e.Note}
	}
	return c.s.Ledger.Record(tx, c.who, "dossier."+c.entries[0].Act, "dossier", c.d.ID, lines)
}

// flushFigures adds to the figures of the act's day. Every row is a sum that others write too, so
// they are written in key order. Each statement also tells the last closed month: an act dated into
// one, after a clock that went wrong or in an import, takes the closing back.
func (c *change) flushFigures(tx *db.Tx) error {
	d, day := c.d, civil.From(c.now)
	closed := ""
	if x := c.days; x != (dayDelta{}) {
		err := tx.QueryRow(`INSERT INTO dossier_day (agency_id, procedure_code, channel, day, submitted, received, refused,
			withdrawn, stopped, on_time, late, returned) VALUES `+db.Rows(1, 12)+`
			ON CONFLICT (agency_id, procedure_code, channel, day) DO UPDATE SET
			submitted = dossier_day.submitted + excluded.submitted, received = dossier_day.received + excluded.received,
			refused = dossier_day.refused + excluded.refused, withdrawn = dossier_day.withdrawn + excluded.withdrawn,
			stopped = dossier_day.stopped + excluded.stopped, on_time = dossier_day.on_time + excluded.on_time,
			late = dossier_day.late + excluded.late, returned = dossier_day.returned + excluded.returned`+returningClosed,
			d.Decision, d.ProcedureCode, d.Channel, day, x.submitted, x.received, x.refused, x.withdrawn, x.stopped, x.onTime,
			x.late, x.returned).Scan(&closed)
		if err != nil {
			return err
		}
	}
	moved, err := putMoves(tx, day, c.moves())
	if err != nil {
		return err
	}
	closed = max(closed, moved)
	if monthOf(day) <= closed {
		return reopen(tx, day)
	}
	return nil
}

// putMoves writes the moves of the day, which are in key order, and returns the last closed month, or
// nothing if there are none.
func putMoves(tx *db.Tx, day civil.Date, moves []move) (closed string, err error) {
	for _, m := range moves {
		if _, err := tx.Exec(`INSERT INTO dossier_open (agency_id, procedure_code, channel, due_at, n) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (agency_id, procedure_code, channel, due_at) DO UPDATE SET n = dossier_open.n + excluded.n`,
			m.agency, m.procedure, m.channel, m.due, m.n); err != nil {
			return "", err
		}
	}
	for _, m := range moves {
		if err := tx.QueryRow(`INSERT INTO dossier_move (agency_id, procedure_code, channel, day, due_at, n) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (agency_id, procedure_code, channel, day, due_at) DO UPDATE SET n = dossier_move.n + excluded.n`+returningClosed,
			m.agency, m.procedure, m.channel, day, m.due, m.n).Scan(&closed); err != nil {
			return "", err
		}
	}
	return closed, nil
}

// move is a dossier that comes to a bucket (1) or leaves it (-1).
type move struct {
	bucket
	n int
}

// moves returns where the act took the dossier from and to, in key order; none when it stayed.
func (c *change) moves() []move {
	now := c.d.bucket()
	if now == c.was {
		return nil
	}
	var out []move
	if c.was != (bucket{}) {
		out = append(out, move{c.was, -1})
	}
	if now != (bucket{}) {
		out = append(out, move{now, 1})
	}
	slices.SortFunc(out, func(a, b move) int { return compareBuckets(a.bucket, b.bucket) })
	return out
}
