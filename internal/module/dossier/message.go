package dossier

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/text"
)

// PermDeliver lets a program of another system hand messages to dossiers of its agency.
const PermDeliver = "dossier.deliver"

// Messages that a dossier hears from its own life, in the transaction of the act. A process may wait
// for them by these names.
const (
	MessageAnswered  = "dossier.answered"  // the applicant handed in what was asked for
	MessagePaid      = "dossier.paid"      // everything due is paid
	MessageCorrected = "dossier.corrected" // the form was corrected
)

// Subjects of what processes say to each other. Payloads are Heard.
const (
	SubjectMessage = "dossier.message.v1" // for the dossiers linked to this one, and for other modules
	SubjectSignal  = "dossier.signal.v1"  // for all dossiers of the same deciding agency
)

// Heard is a message or signal that a dossier's process sent.
type Heard struct {
	*Fact
	Name     string `json:"name"`
	Decision id.ID  `json:"decision"`
}

// keepMessages is how long a message that nobody waits for is kept, and how long one that was
// delivered is remembered so that it is not delivered again.
const keepMessages = 90 * 24 * time.Hour

// maxMessage bounds the variables a message brings, in bytes of JSON.
const maxMessage = 4 << 10

// Message is what is handed to a dossier's process.
type Message struct {
	Key  string         // names this very message; one of the same key is delivered once
	Name string         // what the process waits for
	Vars map[string]any // variables of the process it sets
}

// Deliver hands a message to the dossier's process and tells whether it was waited for. One that is
// not is kept for 90 days and delivered as soon as it is. Delivering it again changes nothing.
func (s *Service) Deliver(ctx context.Context, dossier id.ID, m Message) (d *Dossier, heard bool, err error) {
	m.Key, m.Name = text.Line(m.Key), text.Line(m.Name)
	var bad []fault.Field
	if m.Name == "" || len(m.Name) > 200 {
		bad = append(bad, fault.Field{Path: "name", Key: "dossier.message_name"})
	}
	if m.Key == "" || len(m.Key) > 100 {
		bad = append(bad, fault.Field{Path: "key", Key: "dossier.message_key"})
	}
	if m.Vars == nil {
		m.Vars = map[string]any{}
	}
	for k := range m.Vars {
		if k == "" || len(k) > 40 || reserved(k) {
			bad = append(bad, fault.Field{Path: "vars", Key: "dossier.message_vars", Args: fault.Args("name", k)})
		}
	}
	if len(bad) == 0 && len(db.JSON(m.Vars)) > maxMessage {
		return nil, false, fault.New(fault.TooLarge, "dossier.message_large", "n", maxMessage)
	}
	if len(bad) > 0 {
		return nil, false, fault.Input("dossier.step_incomplete", bad...)
	}
	d, err = s.change(ctx, dossier, func(tx *db.Tx, c *change) error {
		heard = false
		if !c.mayDeliver() {
			return fault.New(fault.NotFound, "dossier.not_found")
		}
		n, err := tx.Exec(`INSERT INTO dossier_delivery (dossier_id, key, kind, name, vars, at, due_at, done_at, tries)
			VALUES ($1, $2, 'message', $3, $4, $5, 0, 0, 0) ON CONFLICT (dossier_id, key) DO NOTHING`,
			dossier, "in:"+m.Key, m.Name, db.JSON(m.Vars), db.Micros(c.now))
		if err != nil {
			return err
		}
		if n == 0 { // sent before
			var name string
			var done int64
			if err := tx.QueryRow(`SELECT name, done_at FROM dossier_delivery WHERE dossier_id = $1 AND key = $2`, dossier, "in:"+m.Key).
				Scan(&name, &done); err != nil {
				return err
			}
			if name != m.Name {
				return fault.New(fault.Conflict, "dossier.message_key_used")
			}
			heard = done != 0
			return errSame
		}
		c.note("message", "", "", map[string]any{"name": m.Name})
		if heard = c.waitsForMessage(m.Name); !heard {
			return nil
		}
		if _, err := tx.Exec(`UPDATE dossier_delivery SET done_at = $3 WHERE dossier_id = $1 AND key = $2`,
			dossier, "in:"+m.Key, db.Micros(c.now)); err != nil {
			return err
		}
		return c.stepAlone(bpmn.Event{Kind: bpmn.EventMessage, Name: m.Name, Vars: m.Vars})
	})
	if errors.Is(err, errSame) {
		d, err = s.get(s.DB.Read(ctx), dossier)
	}
	return d, heard, err
}

// reserved tells whether a variable's name is the dossier's own.
func reserved(name string) bool {
	switch name {
	case varForm, varFee, varFeePaid, varDecision, varReception, varTermLeft, varLate, varCase, varCopies, varProcedure, "channel":
		return true
	}
	return false
}

// mayDeliver tells whether the actor may hand messages to the dossier.
func (c *change) mayDeliver() bool {
	return slices.ContainsFunc([]id.ID{c.d.Holder, c.d.Reception, c.d.Decision}, func(a id.ID) bool { return c.who.MayAt(PermDeliver, a) })
}

// DeliverTo is Deliver for a dossier named by its code. Whoever may not deliver to it is not told
// that it exists.
func (s *Service) DeliverTo(ctx context.Context, code string, m Message) (*Dossier, bool, error) {
	d, err := s.byCode(s.DB.Read(ctx), code)
	if err != nil {
		return nil, false, err
	}
	return s.Deliver(ctx, d.ID, m)
}

// waitsForMessage tells whether a token waits for the message.
func (c *change) waitsForMessage(name string) bool {
	return slices.ContainsFunc(c.d.Process.Tokens, func(t bpmn.Token) bool {
		n := c.proc.Process.Node(t.Node)
		return t.State == bpmn.TokenMessage && n != nil && n.Event != nil && (n.Event.Name == name || n.Event.Ref == name)
	})
}

// hear lets the process hear a message from the dossier's own life, if it waits for it.
func (c *change) hear(name string) error {
	if c.d.Process.Done || !c.waitsForMessage(name) {
		return nil
	}
	return c.step(bpmn.Event{Kind: bpmn.EventMessage, Name: name}, "")
}

// sendMessage has the message reach linked dossiers and other modules, and this dossier's own
// process where that waits for it already, as between branches of different agencies.
func (c *change) sendMessage(e bpmn.Effect) {
	c.acted = true
	c.auto("message_sent", e.Node, map[string]any{"name": e.Name})
	c.emit(SubjectMessage, &Heard{Fact: c.fact(), Name: e.Name, Decision: c.d.Decision})
	if c.waitsForMessage(e.Name) {
		c.answer(bpmn.Event{Kind: bpmn.EventMessage, Name: e.Name})
	}
}

// sendSignal has the signal reach the other dossiers of the deciding agency; this one has heard it.
func (c *change) sendSignal(e bpmn.Effect) {
	c.acted = true
	c.auto("signal_sent", e.Node, map[string]any{"name": e.Name})
	c.emit(SubjectSignal, &Heard{Fact: c.fact(), Name: e.Name, Decision: c.d.Decision})
}

// handleHeard puts a message or signal on its way to the dossiers that shall hear it. Doing it twice
// changes nothing: the key is the event's.
func (s *Service) handleHeard(ctx context.Context, e outbox.Event) error {
	var h Heard
	if err := e.Into(&h); err != nil {
		return err
	}
	if h.Fact == nil {
		return nil
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		const into = `INSERT INTO dossier_delivery (dossier_id, key, kind, name, vars, at, due_at, done_at, tries) `
		const values = `, CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), ` // the engine that knows types wants them named
		const rest = `CAST($4 AS BIGINT), CAST($4 AS BIGINT), 0, 0 FROM `
		args := []any{e.ID.String(), "message", h.Name, db.Micros(s.Now()), h.Dossier}
		vars := `CAST('{}' AS JSONB), `
		if tx.Engine() == db.SQLite {
			vars = `'{}', `
		}
		query := into + `SELECT other_id` + values + vars + rest + `dossier_link WHERE dossier_id = $5`
		if e.Subject == SubjectSignal {
			args[1] = "signal"
			args = append(args, h.Decision)
			query = into + `SELECT DISTINCT dossier_id` + values + vars + rest +
				`dossier_wait WHERE kind = 'signal' AND agency_id = $6 AND name = $3 AND dossier_id <> $5`
		}
		n, err := tx.Exec(query+` ON CONFLICT (dossier_id, key) DO NOTHING`, args...)
		if n > 0 {
			s.ring(tx)
		}
		return err
	})
}

// delivery is a message or signal that is due.
type delivery struct {
	dossier         id.ID
	key, kind, name string
	vars            map[string]any
}

func scanDelivery(r *sql.Rows) (d *delivery, err error) {
	d = &delivery{}
	var vars string
	if err = r.Scan(&d.dossier, &d.key, &d.kind, &d.name, &vars); err == nil {
		err = db.FromJSON(vars, &d.vars)
	}
	return d, err
}

func (s *Service) dueDeliveries(ctx context.Context) ([]*delivery, error) {
	rows, err := s.DB.Read(ctx).Query(`SELECT dossier_id, key, kind, name, vars FROM dossier_delivery WHERE due_at > 0 AND due_at <= $1
		ORDER BY due_at LIMIT $2`, db.Micros(s.Now()), dueBatch)
	return db.Collect[*delivery](rows, err)(scanDelivery)
}

// deliver brings a message or signal to the process.
func (s *Service) deliver(ctx context.Context, d *delivery) (bool, error) {
	_, err := s.change(ctx, d.dossier, func(tx *db.Tx, c *change) error {
		ready := d.kind == "signal" || c.waitsForMessage(d.name) || c.d.Process.Done
		done := int64(0)
		if ready {
			done = db.Micros(c.now)
		}
		n, err := tx.Exec(`UPDATE dossier_delivery SET due_at = 0, done_at = $3 WHERE dossier_id = $1 AND key = $2 AND due_at > 0 AND done_at = 0`,
			d.dossier, d.key, done)
		if err != nil {
			return err
		}
		if n != 1 {
			return errSame
		}
		if !ready || c.d.Process.Done {
			return nil
		}
		ev := bpmn.Event{Kind: bpmn.EventMessage, Name: d.name, Vars: d.vars}
		if d.kind == "signal" {
			ev.Kind = bpmn.EventSignal
		}
		return c.stepAlone(ev)
	})
	return s.outcome(ctx, d.dossier, err, func(tx *db.Tx, c *change, f *fault.Error) error {
		if _, err := tx.Exec(`UPDATE dossier_delivery SET due_at = 0 WHERE dossier_id = $1 AND key = $2`, d.dossier, d.key); err != nil {
			return err
		}
		c.trouble(&Incident{Kind: IncidentDelivery, Delivery: d.key}, f)
		return nil
	}, func(tx *db.Tx, until time.Time) error {
		_, err := tx.Exec(`UPDATE dossier_delivery SET due_at = $3, tries = tries + 1 WHERE dossier_id = $1 AND key = $2 AND due_at > 0`,
			d.dossier, d.key, db.Micros(until))
		return err
	})
}

// flushHeard has messages that were kept delivered, now that somebody waits for them.
func (c *change) flushHeard(tx *db.Tx) error {
	slices.Sort(c.heard)
	for _, name := range slices.Compact(c.heard) {
		n, err := tx.Exec(`UPDATE dossier_delivery SET due_at = $3 WHERE dossier_id = $1 AND name = $2 AND kind = 'message'
			AND done_at = 0 AND due_at = 0`, c.d.ID, name, db.Micros(c.now))
		if err != nil {
			return err
		}
		if n > 0 {
			c.s.ring(tx)
		}
	}
	return nil
}

// Link lets two dossiers hear each other's messages, such as those of interlinked procedures. An
// official who processes the one and may see the other does it; doing it again changes nothing.
func (s *Service) Link(ctx context.Context, dossier, other id.ID) (*Dossier, error) {
	o, err := s.Get(ctx, other)
	if err != nil {
		return nil, err
	}
	if dossier == other {
		return nil, fault.New(fault.Invalid, "dossier.link_itself")
	}
	return s.official(ctx, dossier, PermProcess, func(tx *db.Tx, c *change) error {
		n, err := tx.Exec(`INSERT INTO dossier_link (dossier_id, other_id, at) VALUES `+db.Rows(2, 3)+
			` ON CONFLICT (dossier_id, other_id) DO NOTHING`, dossier, other, db.Micros(c.now), other, dossier, db.Micros(c.now))
		if err != nil || n == 0 {
			return err
		}
		c.note("linked", "", "", map[string]any{"code": o.Code})
		return nil
	})
}

// SweepMessages forgets messages past their time. Only the platform itself may do it.
func (s *Service) SweepMessages(ctx context.Context) error {
	if actor.From(ctx).Kind != actor.SystemKind {
		return fault.New(fault.Forbidden, "dossier.not_found")
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM dossier_delivery WHERE at < $1 AND due_at = 0`, db.Micros(s.Now().Add(-keepMessages)))
		return err
	})
}
