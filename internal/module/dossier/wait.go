package dossier

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
)

// Kinds of waits.
const (
	WaitTimer     = "timer"
	WaitService   = "service"
	WaitCondition = "condition" // one that time alone may make true
	WaitSignal    = "signal"
)

// Wait is what a dossier's process waits for beside people.
type Wait struct {
	Dossier id.ID
	Token   int
	Kind    string
	Node    string
	Name    string // of the service or signal
	Agency  id.ID
	Due     time.Time // when something is done about it; zero: not by itself
	Since   time.Time // from when Work is counted
	Work    int       // office minutes still to go from Since; 0 when the clock on the wall counts
	Runs    bool      // Work counts on while the dossier's clock stands
	Tries   int
	Trouble string
	Data    map[string]any
}

const waitColumns = `dossier_id, token, kind, node, name, agency_id, due_at, since, work, runs, tries, trouble, data`

func scanWait(r scanner) (*Wait, error) {
	var w Wait
	var due, since int64
	var runs int
	var data string
	if err := r.Scan(&w.Dossier, &w.Token, &w.Kind, &w.Node, &w.Name, &w.Agency, &due, &since, &w.Work, &runs, &w.Tries,
		&w.Trouble, &data); err != nil {
		return nil, err
	}
	w.Due, w.Since, w.Runs = db.Time(due), db.Time(since), runs != 0
	return &w, db.FromJSON(data, &w.Data)
}

func waitsOf(q db.Q, dossier id.ID) ([]*Wait, error) {
	rows, err := q.Query(`SELECT `+waitColumns+` FROM dossier_wait WHERE dossier_id = $1 ORDER BY token`, dossier)
	return db.Collect[*Wait](rows, err)(func(r *sql.Rows) (*Wait, error) { return scanWait(r) })
}

// Waits returns what the dossier's process waits for beside people, for those who may see it.
func (s *Service) Waits(ctx context.Context, dossier id.ID) ([]*Wait, error) {
	if _, err := s.Get(ctx, dossier); err != nil {
		return nil, err
	}
	return waitsOf(s.DB.Read(ctx), dossier)
}

// peopleOnly tells whether the dossier waits for nothing but people at tasks, as most do.
func (d *Dossier) peopleOnly() bool {
	for i := range d.Process.Tokens {
		if s := d.Process.Tokens[i].State; s != bpmn.TokenTask && s != bpmn.TokenJoin {
			return false
		}
	}
	return true
}

// wait begins to wait.
func (c *change) wait(w *Wait) {
	w.Dossier, w.Agency = c.d.ID, c.d.Decision
	if w.Data == nil {
		w.Data = map[string]any{}
	}
	c.waits = append(c.waits, w)
}

// listen has a signal find the dossier, and a message that came too early be delivered.
func (c *change) listen(e bpmn.Effect) {
	if e.Node.Event == nil {
		return
	}
	switch e.Node.Event.Kind {
	case bpmn.TriggerSignal:
		c.wait(&Wait{Token: e.Token, Kind: WaitSignal, Node: e.Node.ID, Name: e.Name})
	case bpmn.TriggerMessage:
		c.heard = append(c.heard, e.Name)
	case bpmn.TriggerCondition:
		if slices.Contains(c.proc.Process.Uses(), varTermLeft) || slices.Contains(c.proc.Process.Uses(), varLate) {
			c.wait(&Wait{Token: e.Token, Kind: WaitCondition, Node: e.Node.ID, Due: c.now.Add(lookAgain)})
		}
	}
}

// lookAgain is how often a condition is looked at that the passing of time may make true.
const lookAgain = 10 * time.Minute

// stands tells whether a time ledger's clock stands.
func stands(l []worktime.Entry) bool {
	paused := false
	for _, e := range l {
		switch e.Kind {
		case worktime.Pause:
			paused = true
		case worktime.Resume, worktime.Restart, worktime.Stop:
			paused = false
		}
	}
	return paused
}

// flushWaits stores what the process waits for and no longer waits for, and brings the messages on
// their way that came before somebody listened.
func (c *change) flushWaits(tx *db.Tx) error {
	var gone []int
	for _, t := range c.ended {
		if t.State != bpmn.TokenIncident {
			gone = append(gone, t.ID)
		}
	}
	if len(gone) > 0 {
		a := db.Args{c.d.ID}
		in := ""
		for i, t := range gone {
			if i > 0 {
				in += ","
			}
			in += a.Add(t)
		}
		if _, err := tx.Exec(`DELETE FROM dossier_wait WHERE dossier_id = $1 AND token IN (`+in+`)`, a...); err != nil {
			return err
		}
	}
	now := stands(c.d.Clock)
	if now != c.stood && waitsFor(c.d.Process, bpmn.TokenTimer) {
		if err := c.turnTimers(tx, now); err != nil {
			return err
		}
	}
	var args []any
	for _, w := range c.waits {
		runs := 0
		if w.Kind == WaitTimer && w.Work > 0 && now {
			w.Runs, runs = true, 1 // it was set because the clock stands, or while it did
		}
		args = append(args, w.Dossier, w.Token, w.Kind, w.Node, w.Name, w.Agency, db.Micros(w.Due), db.Micros(w.Since), w.Work,
			runs, w.Tries, w.Trouble, db.JSON(w.Data))
	}
	if len(c.waits) > 0 {
		if _, err := tx.Exec(`INSERT INTO dossier_wait (`+waitColumns+`) VALUES `+db.Rows(len(c.waits), 13), args...); err != nil {
			return err
		}
		c.s.ring(tx)
	}
	return c.flushHeard(tx)
}

func scanWaits(r *sql.Rows) (*Wait, error) { return scanWait(r) }
