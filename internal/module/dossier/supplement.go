package dossier

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// Supplement is one request to complete the dossier. It names every defect of every paper at
// once; a second request needs a leader's approval and a reason.
type Supplement struct {
	ID         id.ID
	Dossier    id.ID
	N          int
	State      string // proposed, sent, answered, rejected
	Task       id.ID
	Agency     id.ID
	Items      []Defect
	Reason     string
	AskedBy    string
	Asked      time.Time
	Approved   time.Time
	Answered   time.Time
	AnswerNote string
	askedID    id.ID
}

// Defect is what is wrong with one paper, or with what the form says (empty Component).
type Defect struct {
	Component string `json:"component"`
	Name      string `json:"name"`
	What      string `json:"what"`
}

const supplementColumns = `id, dossier_id, n, state, task_id, agency_id, items, reason, asked_by, asked_name, asked_at,
	approved_at, answered_at, answer`

func scanSupplement(row scanner) (*Supplement, error) {
	var x Supplement
	var items string
	var asked, approved, answered int64
	err := row.Scan(&x.ID, &x.Dossier, &x.N, &x.State, &x.Task, &x.Agency, &items, &x.Reason, &x.askedID, &x.AskedBy, &asked,
		&approved, &answered, &x.AnswerNote)
	if db.Missing(err) {
		return nil, fault.New(fault.NotFound, "dossier.no_supplement")
	}
	if err != nil {
		return nil, err
	}
	x.Asked, x.Approved, x.Answered = db.Time(asked), db.Time(approved), db.Time(answered)
	return &x, db.FromJSON(items, &x.Items)
}

// Supplements returns the requests of a dossier, oldest first.
func (s *Service) Supplements(ctx context.Context, dossier id.ID) ([]*Supplement, error) {
	return s.supplements(s.DB.Read(ctx), dossier)
}

func (s *Service) supplements(q db.Q, dossier id.ID) ([]*Supplement, error) {
	rows, err := q.Query(`SELECT `+supplementColumns+` FROM dossier_supplement WHERE dossier_id = $1 ORDER BY n`, dossier)
	return db.Collect[*Supplement](rows, err)(func(r *sql.Rows) (*Supplement, error) { return scanSupplement(r) })
}

// Proposals returns the requests that wait for a leader of these agencies.
func (s *Service) Proposals(ctx context.Context, agencies []id.ID) ([]*Supplement, error) {
	var a db.Args
	rows, err := s.DB.Read(ctx).Query(`SELECT `+supplementColumns+` FROM dossier_supplement
		WHERE state = 'proposed' AND agency_id IN `+a.In(agencies)+` ORDER BY asked_at LIMIT 200`, a...)
	return db.Collect[*Supplement](rows, err)(func(r *sql.Rows) (*Supplement, error) { return scanSupplement(r) })
}

// AskSupplement asks the applicant for what is missing. The first request goes out at once and
// the clock stands; a further one is proposed to a leader first.
func (s *Service) AskSupplement(ctx context.Context, task id.ID, items []Defect, reason string) (*Dossier, error) {
	reason = text.Clean(reason)
	var bad []fault.Field
	var clean []Defect
	for _, it := range items {
		it.Name, it.What = text.Line(it.Name), text.Clean(it.What)
		if it.What == "" {
			continue
		}
		clean = append(clean, it)
	}
	if len(clean) == 0 {
		bad = append(bad, fault.Field{Path: "items", Key: "dossier.no_defects"})
	}
	if reason == "" {
		bad = append(bad, fault.Field{Path: "reason", Key: "dossier.note_missing"})
	}
	if len(bad) > 0 {
		return nil, fault.Input("dossier.step_incomplete", bad...)
	}
	return s.work(ctx, task, func(tx *db.Tx, c *change, t *Task) error {
		earlier, err := s.supplements(tx, c.d.ID)
		if err != nil {
			return err
		}
		if !t.Assignee.Zero() && t.Assignee != c.who.Account {
			return fault.New(fault.Conflict, "dossier.assigned_to", "name", t.AssigneeBy)
		}
		if c.supplementOutcome(t) == "" || c.d.Extra.Hold != "" {
			return fault.New(fault.Conflict, "dossier.no_supplement_here")
		}
		n, sent := 1, 0
		for _, e := range earlier {
			n = e.N + 1
			switch e.State {
			case "proposed", "sent":
				return fault.New(fault.Conflict, "dossier.supplement_pending")
			case "answered":
				sent++
			}
		}
		c.nameDefects(clean)
		x := &Supplement{ID: s.IDs.New(), Dossier: c.d.ID, N: n, State: "sent", Task: t.ID, Agency: t.Agency, Items: clean,
			Reason: reason, AskedBy: c.who.Name, Asked: c.now, askedID: c.who.Account}
		if sent > 0 && !c.who.MayAt(PermApprove, t.Agency) {
			x.State = "proposed"
		}
		if _, err := tx.Exec(`INSERT INTO dossier_supplement (`+supplementColumns+`) VALUES `+db.Rows(1, 14), x.ID, x.Dossier, x.N,
			x.State, x.Task, x.Agency, db.JSON(x.Items), x.Reason, x.askedID, x.AskedBy, db.Micros(x.Asked), 0, 0, ""); err != nil {
			return err
		}
		data := map[string]any{"n": n, "items": clean}
		if x.State == "proposed" {
			c.note("supplement_proposed", t.Node, reason, data)
			return nil
		}
		return c.sendSupplement(t, reason, data)
	})
}

// nameDefects gives each defect the name of its paper, which programs may leave out: the applicant
// and the printed request know papers by name.
func (c *change) nameDefects(list []Defect) {
	for _, p := range c.proc.Record.ComponentsOf(c.d.Extra.Case) {
		for i := range list {
			if list[i].Component == p.Code && list[i].Name == "" {
				list[i].Name = p.Name
			}
		}
	}
}

func (c *change) supplementOutcome(t *Task) string {
	if n := c.proc.Process.Node(t.Node); n != nil {
		for _, o := range n.Outcomes {
			if o.Kind == bpmn.OutcomeSupplement {
				return o.Key
			}
		}
	}
	return ""
}

func (c *change) sendSupplement(t *Task, reason string, data map[string]any) error {
	if t.Accepted.IsZero() {
		t.Accepted = c.now
	}
	c.note("supplement", t.Node, reason, data)
	err := c.step(bpmn.Event{Kind: bpmn.EventComplete, Token: t.Token, Outcome: c.supplementOutcome(t)}, reason)
	c.own().Status = c.d.Status
	c.emit(SubjectSupplement, c.fact())
	return err
}

// DecideSupplement is the leader's word on a further request.
func (s *Service) DecideSupplement(ctx context.Context, supplement id.ID, approve bool, note string) (*Dossier, error) {
	note = text.Clean(note)
	x, err := scanSupplement(s.DB.Read(ctx).QueryRow(`SELECT `+supplementColumns+` FROM dossier_supplement WHERE id = $1`, supplement))
	if err != nil {
		return nil, err
	}
	return s.change(ctx, x.Dossier, func(tx *db.Tx, c *change) error {
		t, err := c.task(x.Task)
		if err != nil {
			return err
		}
		if !mayAtTask(c.who, PermApprove, t) {
			return fault.New(fault.NotFound, "dossier.no_supplement")
		}
		state := "rejected"
		if approve {
			state = "sent"
		} else if note == "" {
			return fault.Input("dossier.step_incomplete", fault.Field{Path: "note", Key: "dossier.note_missing"})
		}
		n, err := tx.Exec(`UPDATE dossier_supplement SET state = $2, approved_by = $3, approved_at = $4 WHERE id = $1 AND state = 'proposed'`,
			x.ID, state, c.who.Account, db.Micros(c.now))
		if err != nil {
			return err
		}
		if n != 1 {
			return fault.New(fault.Conflict, "dossier.changed_meanwhile")
		}
		if !approve {
			c.note("supplement_rejected", "", note, map[string]any{"n": x.N})
			return nil
		}
		return c.sendSupplement(t, x.Reason, map[string]any{"n": x.N, "items": x.Items, "approved": note})
	})
}

// Answer gives the completed dossier back to the office: new files are attached already, data is
// the form as corrected (nil leaves it). The citizen does it online, the counter for whoever comes.
func (s *Service) Answer(ctx context.Context, dossier id.ID, data map[string]any, note string) (*Dossier, error) {
	note = text.Clean(note)
	return s.change(ctx, dossier, func(tx *db.Tx, c *change) error {
		if !Owns(c.who, c.d) && !c.who.MayAt(PermReceive, c.d.Reception) {
			return fault.New(fault.NotFound, "dossier.not_found")
		}
		list, err := s.supplements(tx, c.d.ID)
		if err != nil {
			return err
		}
		var x *Supplement
		for _, e := range list {
			if e.State == "sent" {
				x = e
			}
		}
		var t *Task
		for _, o := range c.open {
			if o.Role == bpmn.RoleApplicant {
				t = o
			}
		}
		if x == nil || t == nil {
			return fault.New(fault.Conflict, "dossier.nothing_asked")
		}
		if data != nil && c.proc.Form != nil {
			answers, wrong := c.proc.Form.Check(data, c.today())
			if len(wrong) > 0 {
				return fault.Input("dossier.incomplete", wrong...)
			}
			c.d.Form = answers
		}
		files, err := s.files(tx, c.d.ID)
		if err != nil {
			return err
		}
		// Files can be attached only while an answer is awaited, so those after the answer before are
		// of this one, even if the clock was put back since it was asked for.
		var before time.Time
		for _, e := range list {
			if e.State == "answered" && e.Answered.After(before) {
				before = e.Answered
			}
		}
		fresh := slices.ContainsFunc(files, func(f File) bool { return f.Kind == "supplement" && f.Sum != "" && f.At.After(before) })
		if data == nil && note == "" && !fresh {
			return fault.Input("dossier.step_incomplete", fault.Field{Path: "note", Key: "dossier.answer_empty"})
		}
		n, err := tx.Exec(`UPDATE dossier_supplement SET state = 'answered', answered_at = $2, answer = $3 WHERE id = $1 AND state = 'sent'`,
			x.ID, db.Micros(c.now), note)
		if err != nil {
			return err
		}
		if n != 1 {
			return fault.New(fault.Conflict, "dossier.changed_meanwhile")
		}
		if err := dropUnfinished(tx, c.d.ID, "supplement"); err != nil {
			return err
		}
		c.note("answered", t.Node, note, map[string]any{"n": x.N})
		if err := c.step(bpmn.Event{Kind: bpmn.EventComplete, Token: t.Token,
			Outcome: forwardOutcome(c.proc.Process.Node(t.Node))}, note); err != nil {
			return err
		}
		c.own().Status = c.d.Status
		c.emit(SubjectAnswered, c.fact())
		return c.hear(MessageAnswered)
	})
}
