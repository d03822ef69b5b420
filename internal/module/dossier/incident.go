package dossier

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
	"lienthong/internal/module/procedure"
)

// PermIncident lets an administrator of procedures see where processes stopped and have them go on.
const PermIncident = procedure.PermPublish

// Kinds of incidents.
const (
	IncidentStep     = "step"     // the process could not go on: an expression, a service, an error nobody handles
	IncidentWait     = "wait"     // what followed from a timer or an answer could not be carried out
	IncidentDelivery = "delivery" // what followed from a message or signal could not
)

// Incident is a place where a dossier's process stopped without a person at a task who could be told.
type Incident struct {
	ID        id.ID
	Dossier   id.ID
	Code      string // the dossier's
	Token     int
	Kind      string
	Node      string
	Name      string         // the element's, as drawn
	Key       string         // of the sentence that says why
	Args      map[string]any // the values that sentence names
	Skippable bool           // the work may be done by hand and the step passed over
	Delivery  string         // of kind delivery: the key of the message
	Procedure string         // code
	Version   id.ID          // of the procedure
	Agency    id.ID          // the deciding one
	At        time.Time
	ClosedAt  time.Time
	Closed    string // retried, skipped, gone
	ClosedBy  string
	Note      string
}

// Open tells whether the incident still holds the dossier up.
func (x *Incident) Open() bool { return x.ClosedAt.IsZero() }

const incidentColumns = `id, dossier_id, token, kind, node, name, key, args, skippable, delivery, procedure_code, procedure_version,
	agency_id, at, closed_at, closed, closed_by, note`

func scanIncident(r scanner) (*Incident, error) {
	var x Incident
	var args string
	var skip int
	var at, closed int64
	err := r.Scan(&x.ID, &x.Dossier, &x.Token, &x.Kind, &x.Node, &x.Name, &x.Key, &args, &skip, &x.Delivery, &x.Procedure, &x.Version,
		&x.Agency, &at, &closed, &x.Closed, &x.ClosedBy, &x.Note)
	if db.Missing(err) {
		return nil, fault.New(fault.NotFound, "dossier.no_incident")
	}
	if err != nil {
		return nil, err
	}
	x.Skippable, x.At, x.ClosedAt = skip != 0, db.Time(at), db.Time(closed)
	return &x, db.FromJSON(args, &x.Args)
}

// incident keeps what the engine says of a token that rests because something failed.
func (c *change) incident(e bpmn.Effect) {
	p := e.Problem
	f := fault.New(fault.Invalid, "dossier.no_reason")
	if p != nil {
		f = p.Fault()
		if p.Key == "bpmn.state.failed" {
			if key, _ := p.Args["reason"].(string); key != "" {
				for _, r := range c.reasons {
					if r.f.Key == key {
						f = r.f
					}
				}
			}
		}
	}
	t := c.d.Process.Token(e.Token)
	c.trouble(&Incident{Token: e.Token, Kind: IncidentStep, Node: e.Node.ID, Skippable: t != nil && t.Phase == bpmn.PhaseWork}, f)
}

// trouble keeps an incident with its reason and says so in the history. The dossier keeps its place.
func (c *change) trouble(x *Incident, f *fault.Error) {
	x.ID, x.Dossier, x.Key, x.Args, x.At = c.s.IDs.New(), c.d.ID, f.Key, f.Args, c.now
	x.Procedure, x.Version, x.Agency = c.d.ProcedureCode, c.d.ProcedureVersion, c.d.Decision
	if x.Args == nil {
		x.Args = map[string]any{}
	}
	n := c.proc.Process.Node(x.Node)
	if n != nil {
		x.Name = n.Title("")
	}
	c.troubles = append(c.troubles, x)
	c.auto("incident", n, map[string]any{"key": x.Key})
}

// flushIncidents stores what stopped, and closes what goes on.
func (c *change) flushIncidents(tx *db.Tx) error {
	if len(c.ended) > 0 {
		a := db.Args{c.d.ID, db.Micros(c.now), c.how(), c.who.Name, c.why}
		in := ""
		for i, t := range c.ended {
			if i > 0 {
				in += ","
			}
			in += a.Add(t.ID)
		}
		if _, err := tx.Exec(`UPDATE dossier_incident SET closed_at = $2, closed = $3, closed_by = $4, note = $5
			WHERE dossier_id = $1 AND token IN (`+in+`) AND closed_at = 0 AND kind <> 'delivery'`, a...); err != nil {
			return err
		}
	}
	if len(c.troubles) == 0 {
		return nil
	}
	var args []any
	for _, x := range c.troubles {
		skip := 0
		if x.Skippable {
			skip = 1
		}
		args = append(args, x.ID, x.Dossier, x.Token, x.Kind, x.Node, x.Name, x.Key, db.JSON(x.Args), skip, x.Delivery, x.Procedure,
			x.Version, x.Agency, db.Micros(x.At), 0, "", "", "")
	}
	_, err := tx.Exec(`INSERT INTO dossier_incident (`+incidentColumns+`) VALUES `+db.Rows(len(c.troubles), 18), args...)
	return err
}

// how says by what the incidents of this act end.
func (c *change) how() string {
	if c.closing != "" {
		return c.closing
	}
	return "gone"
}

// Troubled tells whether the dossier stands still because something failed that no person at a task
// can put right.
func (d *Dossier) Troubled() bool { return waitsFor(d.Process, bpmn.TokenIncident) }

// IncidentFilter narrows the list. Empty fields select everything.
type IncidentFilter struct {
	Procedure string // code
	Node, Key string // all of the same kind
	Dossier   id.ID
	Closed    bool // those that are over, too
}

// maxIncidents bounds a list.
const maxIncidents = 500

// Incidents returns the incidents of dossiers decided at agencies the actor administers, the newest
// first, at most 500.
func (s *Service) Incidents(ctx context.Context, f IncidentFilter) ([]*Incident, error) {
	var a db.Args
	where, err := incidentWhere(ctx, f, &a)
	if err != nil {
		return nil, err
	}
	rows, err := s.DB.Read(ctx).Query(`SELECT `+incidentColumns+` FROM dossier_incident WHERE `+where+`
		ORDER BY at DESC, id DESC LIMIT `+a.Add(maxIncidents), a...)
	list, err := db.Collect[*Incident](rows, err)(func(r *sql.Rows) (*Incident, error) { return scanIncident(r) })
	if err != nil {
		return nil, err
	}
	return list, s.codes(ctx, list)
}

func incidentWhere(ctx context.Context, f IncidentFilter, a *db.Args) (string, error) {
	agencies, all := actor.From(ctx).Agencies(PermIncident)
	if !all && len(agencies) == 0 {
		return "", fault.New(fault.Forbidden, "dossier.not_your_act")
	}
	where := "TRUE"
	if !all {
		where = `agency_id IN ` + a.In(agencies)
	}
	for _, x := range []struct{ column, value string }{{"procedure_code", f.Procedure}, {"node", f.Node}, {"key", f.Key}} {
		if x.value != "" {
			where += " AND " + x.column + " = " + a.Add(x.value)
		}
	}
	if !f.Dossier.Zero() {
		where += " AND dossier_id = " + a.Add(f.Dossier)
	}
	if !f.Closed {
		where += " AND closed_at = 0"
	}
	return where, nil
}

// codes fills in the dossiers' codes.
func (s *Service) codes(ctx context.Context, list []*Incident) error {
	for chunk := range slices.Chunk(list, 200) {
		var a db.Args
		var ids []id.ID
		for _, x := range chunk {
			ids = append(ids, x.Dossier)
		}
		rows, err := s.DB.Read(ctx).Query(`SELECT id, code FROM dossier_dossier WHERE id IN `+a.In(ids), a...)
		if err != nil {
			return err
		}
		of := map[id.ID]string{}
		_, err = db.Collect[bool](rows, nil)(func(r *sql.Rows) (bool, error) {
			var d id.ID
			var code string
			err := r.Scan(&d, &code)
			of[d] = code
			return true, err
		})
		if err != nil {
			return err
		}
		for _, x := range chunk {
			x.Code = of[x.Dossier]
		}
	}
	return nil
}

// IncidentGroup counts open incidents of the same kind: the same failure at the same element of a
// procedure.
type IncidentGroup struct {
	Procedure string
	Node      string
	Name      string
	Key       string
	N         int
	Since     time.Time
}

// IncidentGroups returns the open incidents by kind, most dossiers first.
func (s *Service) IncidentGroups(ctx context.Context) ([]IncidentGroup, error) {
	var a db.Args
	where, err := incidentWhere(ctx, IncidentFilter{}, &a)
	if err != nil {
		return nil, err
	}
	rows, err := s.DB.Read(ctx).Query(`SELECT procedure_code, node, min(name), key, count(*), min(at) FROM dossier_incident
		WHERE `+where+` GROUP BY procedure_code, node, key ORDER BY count(*) DESC, procedure_code, node, key LIMIT `+a.Add(maxIncidents), a...)
	return db.Collect[IncidentGroup](rows, err)(func(r *sql.Rows) (g IncidentGroup, err error) {
		var since int64
		err = r.Scan(&g.Procedure, &g.Node, &g.Name, &g.Key, &g.N, &since)
		g.Since = db.Time(since)
		return g, err
	})
}

// Incident returns one incident the actor administers.
func (s *Service) Incident(ctx context.Context, incident id.ID) (*Incident, error) {
	x, err := scanIncident(s.DB.Read(ctx).QueryRow(`SELECT `+incidentColumns+` FROM dossier_incident WHERE id = $1`, incident))
	if err != nil {
		return nil, err
	}
	if !actor.From(ctx).MayAt(PermIncident, x.Agency) {
		return nil, fault.New(fault.NotFound, "dossier.no_incident")
	}
	return x, s.codes(ctx, []*Incident{x})
}

// IncidentProcess returns the version of the procedure the incident's dossier follows, for its diagram.
func (s *Service) IncidentProcess(ctx context.Context, x *Incident) (*procedure.Compiled, error) {
	return s.Procedures.ByVersion(ctx, x.Version)
}

// RetryIncident does again what failed, after an administrator put right what was wrong. Where a value
// of the process was wrong or missing, vars sets it; the dossier's own values are corrected in the
// dossier. Should it fail again, the dossier has a new incident, which says why; again is true then.
func (s *Service) RetryIncident(ctx context.Context, incident id.ID, vars map[string]any) (again bool, err error) {
	for k := range vars {
		if k == "" || len(k) > 40 || reserved(k) {
			return false, fault.Input("dossier.step_incomplete", fault.Field{Path: "vars", Key: "dossier.message_vars", Args: fault.Args("name", k)})
		}
	}
	return s.settleIncident(ctx, incident, "retried", "", func(tx *db.Tx, c *change, x *Incident) error {
		if len(vars) > 0 {
			c.own().Data["vars"] = vars
			if x.Kind != IncidentStep {
				return fault.New(fault.Conflict, "dossier.no_vars_here")
			}
		}
		switch x.Kind {
		case IncidentWait:
			if _, err := tx.Exec(`UPDATE dossier_wait SET due_at = $3, tries = 0 WHERE dossier_id = $1 AND token = $2`,
				x.Dossier, x.Token, db.Micros(c.now)); err != nil {
				return err
			}
		case IncidentDelivery:
			if _, err := tx.Exec(`UPDATE dossier_delivery SET due_at = $3 WHERE dossier_id = $1 AND key = $2 AND done_at = 0`,
				x.Dossier, x.Delivery, db.Micros(c.now)); err != nil {
				return err
			}
		default:
			return c.stepAlone(bpmn.Event{Kind: bpmn.EventRetry, Token: x.Token, Vars: vars})
		}
		s.ring(tx)
		return c.closeIncident(tx, x)
	})
}

// SkipIncident passes over a service or decision that was done by hand, with the reason and, where the
// process wants one, its result.
func (s *Service) SkipIncident(ctx context.Context, incident id.ID, reason string, result any) error {
	if reason = text.Clean(reason); reason == "" {
		return fault.Input("dossier.step_incomplete", fault.Field{Path: "reason", Key: "dossier.note_missing"})
	}
	_, err := s.settleIncident(ctx, incident, "skipped", reason, func(tx *db.Tx, c *change, x *Incident) error {
		if !x.Skippable {
			return fault.New(fault.Conflict, "dossier.cannot_skip")
		}
		return c.stepAlone(bpmn.Event{Kind: bpmn.EventDone, Token: x.Token, Vars: resultVars(result)})
	})
	return err
}

func (s *Service) settleIncident(ctx context.Context, incident id.ID, how, why string, fn func(tx *db.Tx, c *change, x *Incident) error) (again bool, err error) {
	x, err := s.Incident(ctx, incident)
	if err != nil {
		return false, err
	}
	_, err = s.change(ctx, x.Dossier, func(tx *db.Tx, c *change) error {
		x, err := scanIncident(tx.QueryRow(`SELECT `+incidentColumns+` FROM dossier_incident WHERE id = $1`, incident))
		if err != nil {
			return err
		}
		if !x.Open() {
			return fault.New(fault.Conflict, "dossier.incident_over")
		}
		c.closing, c.why = how, why
		c.note("incident_"+how, x.Node, why, map[string]any{"element": x.Name})
		err = fn(tx, c, x)
		again = len(c.troubles) > 0
		return err
	})
	return again, err
}

func (c *change) closeIncident(tx *db.Tx, x *Incident) error {
	_, err := tx.Exec(`UPDATE dossier_incident SET closed_at = $2, closed = $3, closed_by = $4, note = $5 WHERE id = $1 AND closed_at = 0`,
		x.ID, db.Micros(c.now), c.how(), c.who.Name, c.why)
	return err
}

// Retried is what became of retrying several incidents.
type Retried struct {
	Done, Again, Failed int
}

// RetryIncidents does again what failed in the same way at the same element of a procedure, each
// dossier in a transaction of its own. At most 500 at a time; asked again, it goes on.
func (s *Service) RetryIncidents(ctx context.Context, f IncidentFilter) (Retried, error) {
	var r Retried
	if f.Procedure == "" || f.Key == "" {
		return r, fault.New(fault.Invalid, "dossier.retry_what")
	}
	f.Closed = false
	list, err := s.Incidents(ctx, f)
	if err != nil {
		return r, err
	}
	for _, x := range list {
		if f.Node != x.Node {
			continue
		}
		again, err := s.RetryIncident(ctx, x.ID, nil)
		switch {
		case fault.KindOf(err) == fault.Unavailable || ctx.Err() != nil:
			return r, err
		case err != nil:
			r.Failed++
		case again:
			r.Again++
		default:
			r.Done++
		}
	}
	return r, nil
}

// troubled returns the dossier's open incidents, for those who may see the dossier.
func (s *Service) troubled(q db.Q, d *Dossier) ([]*Incident, error) {
	if d.Process.Done {
		return nil, nil
	}
	rows, err := q.Query(`SELECT `+incidentColumns+` FROM dossier_incident WHERE dossier_id = $1 AND closed_at = 0 ORDER BY at, id`, d.ID)
	return db.Collect[*Incident](rows, err)(func(r *sql.Rows) (*Incident, error) { return scanIncident(r) })
}
