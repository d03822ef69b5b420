package dossier

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/form"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// Actions of tasks that mean something to the dossier beyond moving on.
const (
	ActionReceive = "receive" // takes the dossier into the office
	ActionAssign  = "assign"  // names who does the next step
	ActionNumber  = "number"  // gives the result its number
	ActionPay     = "pay"     // waits for a financial duty
	ActionReturn  = "return"  // hands the result over
)

// Step is what somebody decided at a task.
type Step struct {
	Task     id.ID
	Outcome  string
	Note     string
	Assignee id.ID  // for assign: the account that does the next step
	Number   string // for number: number and sign of the result
	Signed   string // for return: who took the result over, or how
}

// onTask loads the open task's dossier for an official who may see it and lets fn act; fn asks
// whether this official may do what it does.
func (s *Service) onTask(ctx context.Context, task id.ID, fn func(tx *db.Tx, c *change, t *Task) error) (*Dossier, error) {
	var dossier id.ID
	err := s.DB.Read(ctx).QueryRow(`SELECT dossier_id FROM dossier_task WHERE id = $1`, task).Scan(&dossier)
	if db.Missing(err) {
		return nil, fault.New(fault.NotFound, "dossier.task_gone")
	}
	if err != nil {
		return nil, err
	}
	return s.change(ctx, dossier, func(tx *db.Tx, c *change) error {
		// Who may not see the dossier is not told that the task exists.
		if err := s.mayViewIn(tx, c.who, c.d); err != nil {
			return err
		}
		t, err := c.task(task)
		if err != nil {
			return err
		}
		return fn(tx, c, t)
	})
}

// work is onTask for those whose task it is.
func (s *Service) work(ctx context.Context, task id.ID, fn func(tx *db.Tx, c *change, t *Task) error) (*Dossier, error) {
	return s.onTask(ctx, task, func(tx *db.Tx, c *change, t *Task) error {
		if !MayWork(c.who, t) {
			return fault.New(fault.Forbidden, "dossier.not_your_task")
		}
		return fn(tx, c, t)
	})
}

// Complete ends a task with one of the outcomes its process offers.
func (s *Service) Complete(ctx context.Context, st Step) (*Dossier, error) {
	st.Note, st.Number, st.Signed = text.Clean(st.Note), text.Line(st.Number), text.Line(st.Signed)
	posts, err := s.posts(ctx, st.Assignee)
	if err != nil {
		return nil, err
	}
	return s.work(ctx, st.Task, func(tx *db.Tx, c *change, t *Task) error {
		if err := c.complete(t, st, posts); err != nil {
			return err
		}
		// The step is over, and with it what was on its way to be its result.
		return dropUnfinished(tx, c.d.ID, "result", "internal")
	})
}

// posts returns what the person chosen for a task holds; nobody holds nothing.
func (s *Service) posts(ctx context.Context, account id.ID) ([]Held, error) {
	if account.Zero() {
		return nil, nil
	}
	return s.Staff.Posts(ctx, account)
}

func (c *change) complete(t *Task, st Step, posts []Held) error {
	node := c.proc.Process.Node(t.Node)
	if node == nil {
		return fault.New(fault.Conflict, "dossier.task_gone")
	}
	out := node.Outcome(st.Outcome)
	switch {
	case out == nil:
		return fault.New(fault.Invalid, "dossier.no_such_outcome")
	case out.NeedsNote && st.Note == "":
		return fault.Input("dossier.step_incomplete", fault.Field{Path: "note", Key: "dossier.note_missing"})
	case !t.Assignee.Zero() && t.Assignee != c.who.Account:
		return fault.New(fault.Conflict, "dossier.assigned_to", "name", t.AssigneeBy)
	case out.Kind == bpmn.OutcomeSupplement:
		return fault.New(fault.Invalid, "dossier.name_the_defects")
	case c.d.Extra.Hold != "":
		return fault.New(fault.Conflict, "dossier.on_hold")
	}
	if t.Accepted.IsZero() {
		t.Accepted = c.now
	}
	if t.Action == ActionReceive && out.Kind == bpmn.OutcomeForward && c.d.Received.IsZero() {
		return c.receive(t, st.Outcome, st.Note)
	}
	data := map[string]any{"task": t.Name, "outcome": out.Name, "kind": out.Kind}
	switch {
	case t.Action == ActionNumber && out.Kind == bpmn.OutcomeForward:
		if st.Number == "" {
			return fault.Input("dossier.step_incomplete", fault.Field{Path: "number", Key: "dossier.number_missing"})
		}
		c.d.Extra.Number = st.Number
		data["number"] = st.Number
	case t.Action == ActionPay && out.Kind == bpmn.OutcomeForward && c.d.FeePaid < c.d.Fee:
		return fault.New(fault.Conflict, "dossier.not_paid")
	case t.Action == ActionReturn && st.Signed != "":
		data["signed"] = st.Signed
	}
	before := len(c.d.Clock)
	status := c.d.Status
	if c.d.Status == StatusReceived && t.Action != ActionReceive {
		c.d.Status = StatusProcessing // somebody behind the counter has worked on it
	}
	c.note("step", t.Node, st.Note, data)
	if err := c.step(bpmn.Event{Kind: bpmn.EventComplete, Token: t.Token, Outcome: st.Outcome}, st.Note); err != nil {
		return err
	}
	c.own().Status = c.d.Status
	if t.Action == ActionAssign && !st.Assignee.Zero() {
		for _, n := range c.added {
			if n.State != "open" || n.Role == bpmn.RoleApplicant {
				continue
			}
			name := worker(posts, n)
			if name == "" {
				return fault.Input("dossier.step_incomplete", fault.Field{Path: "assignee", Key: "dossier.not_their_work"})
			}
			n.Assignee, n.AssigneeBy = st.Assignee, name
		}
	}
	// A transfer that stopped no clock and changed no status may be taken back until accepted.
	if len(c.added) == 1 && !c.acted && c.added[0].State == "open" && len(c.d.Clock) == before && statusStep(status, c.d.Status) {
		t.Undo.Opened = []id.ID{c.added[0].ID}
	}
	c.announce(status)
	return nil
}

func statusStep(from, to Status) bool {
	return from == to || from == StatusReceived && to == StatusProcessing
}

// announce emits the fact that the new status means.
func (c *change) announce(from Status) {
	subject := SubjectMoved
	if c.d.Status != from {
		switch c.d.Status {
		case StatusNotTaken:
			subject = SubjectNotTaken
		case StatusStopped:
			subject = SubjectStopped
		case StatusDuty:
			subject = SubjectDuty
		case StatusFinished:
			subject = SubjectFinished
		case StatusReturned:
			subject = SubjectReturned
		case StatusSupplement:
			subject = SubjectSupplement
		case StatusWithdrawn:
			subject = SubjectWithdrawn
		}
	}
	c.emit(subject, c.fact())
}

// Claim accepts a task and takes it for oneself.
func (s *Service) Claim(ctx context.Context, task id.ID) (*Dossier, error) {
	return s.work(ctx, task, func(tx *db.Tx, c *change, t *Task) error {
		if !t.Assignee.Zero() && t.Assignee != c.who.Account {
			return fault.New(fault.Conflict, "dossier.assigned_to", "name", t.AssigneeBy)
		}
		if t.Assignee == c.who.Account && !t.Accepted.IsZero() {
			return nil
		}
		return c.give(tx, t, c.who.Account, c.who.Name, "claimed", "")
	})
}

// Assign gives an open task to a colleague; the division's head or the leader may do it, and
// whoever holds the task now.
func (s *Service) Assign(ctx context.Context, task, account id.ID, note string) (*Dossier, error) {
	posts, err := s.posts(ctx, account)
	if err != nil {
		return nil, err
	}
	return s.onTask(ctx, task, func(tx *db.Tx, c *change, t *Task) error {
		if !MayAssign(c.who, t) {
			return fault.New(fault.Forbidden, "dossier.not_yours_to_assign")
		}
		name := worker(posts, t)
		if name == "" {
			return fault.Input("dossier.step_incomplete", fault.Field{Path: "assignee", Key: "dossier.not_their_work"})
		}
		act := "assigned"
		if !t.Assignee.Zero() {
			act = "reassigned"
		}
		return c.give(tx, t, account, name, act, text.Clean(note))
	})
}

// Release puts a claimed task back for the colleagues.
func (s *Service) Release(ctx context.Context, task id.ID, note string) (*Dossier, error) {
	return s.work(ctx, task, func(tx *db.Tx, c *change, t *Task) error {
		if t.Assignee != c.who.Account {
			return fault.New(fault.Conflict, "dossier.not_claimed_by_you")
		}
		return c.give(tx, t, id.ID{}, "", "released", text.Clean(note))
	})
}

// give changes who does a task. The first acceptance in a division makes the dossier "being
// processed".
func (c *change) give(tx *db.Tx, t *Task, account id.ID, name, act, note string) error {
	t.Assignee, t.AssigneeBy = account, name
	if !account.Zero() && account == c.who.Account && t.Accepted.IsZero() {
		t.Accepted = c.now
	}
	if c.d.Status == StatusReceived && t.Action != ActionReceive {
		c.d.Status = StatusProcessing
	}
	c.note(act, t.Node, note, map[string]any{"task": t.Name, "to": name})
	_, err := tx.Exec(`UPDATE dossier_task SET assignee_id = $2, assignee = $3, accepted_at = $4 WHERE id = $1 AND state = 'open'`,
		t.ID, t.Assignee, t.AssigneeBy, db.Micros(t.Accepted))
	return err
}

// TakeBack undoes a transfer that was sent to the wrong place, as long as nobody there accepted it.
func (s *Service) TakeBack(ctx context.Context, done id.ID, reason string) (*Dossier, error) {
	reason = text.Clean(reason)
	if reason == "" {
		return nil, fault.Input("dossier.step_incomplete", fault.Field{Path: "note", Key: "dossier.note_missing"})
	}
	t, err := scanTask(s.DB.Read(ctx).QueryRow(`SELECT `+taskColumns+` FROM dossier_task WHERE id = $1`, done))
	if err != nil {
		return nil, err
	}
	return s.change(ctx, t.Dossier, func(tx *db.Tx, c *change) error {
		if err := s.mayViewIn(tx, c.who, c.d); err != nil {
			return err
		}
		if !MayTakeBack(c.who, t) {
			return fault.New(fault.Forbidden, "dossier.not_your_transfer")
		}
		if len(t.Undo.Opened) != 1 {
			return fault.New(fault.Conflict, "dossier.cannot_take_back")
		}
		n, err := c.task(t.Undo.Opened[0])
		if err != nil || !n.Accepted.IsZero() {
			return fault.New(fault.Conflict, "dossier.already_accepted")
		}
		c.note("taken_back", t.Node, reason, map[string]any{"task": n.Name})
		if err := c.step(bpmn.Event{Kind: bpmn.EventMove, Token: n.Token, Node: t.Node}, reason); err != nil {
			return err
		}
		n.State = "taken_back"
		for _, a := range c.added {
			switch {
			case t.DoneBy == c.who.Account:
				a.Accepted, a.Assignee, a.AssigneeBy = c.now, c.who.Account, c.who.Name
			case t.AssigneeBy != "" && t.Assignee == t.DoneBy: // a head took it back for whoever had sent it
				a.Accepted, a.Assignee, a.AssigneeBy = c.now, t.DoneBy, t.AssigneeBy
			}
		}
		c.emit(SubjectMoved, c.fact())
		return nil
	})
}

// Comment adds a remark for the officials who work on the dossier.
func (s *Service) Comment(ctx context.Context, dossier id.ID, note string) (*Dossier, error) {
	note = text.Clean(note)
	if note == "" {
		return nil, fault.Input("dossier.step_incomplete", fault.Field{Path: "note", Key: "dossier.note_missing"})
	}
	if len([]rune(note)) > 4000 {
		return nil, fault.New(fault.TooLarge, "dossier.note_too_long", "n", 4000)
	}
	return s.official(ctx, dossier, PermRead, func(tx *db.Tx, c *change) error {
		c.note("comment", "", note, nil)
		return nil
	})
}

// official runs fn for an official who holds the permission at an agency that takes part.
func (s *Service) official(ctx context.Context, dossier id.ID, perm string, fn func(tx *db.Tx, c *change) error) (*Dossier, error) {
	return s.change(ctx, dossier, func(tx *db.Tx, c *change) error {
		if c.who.Kind == actor.Citizen {
			return fault.New(fault.Forbidden, "dossier.officials_only")
		}
		if err := s.mayViewIn(tx, c.who, c.d); err != nil {
			return err
		}
		for _, a := range []id.ID{c.d.Holder, c.d.Reception, c.d.Decision} {
			if c.mayAct(perm, a) {
				return fn(tx, c)
			}
		}
		return fault.New(fault.Forbidden, "dossier.not_your_act")
	})
}

// mayAct tells whether the actor holds the permission over this dossier at the agency. Deciding and
// processing that are limited to a division reach only dossiers that lie there now; reading,
// counter and cash desk serve the whole agency.
func (c *change) mayAct(perm string, agency id.ID) bool {
	if !c.who.MayAt(perm, agency) {
		return false
	}
	if perm != PermApprove && perm != PermProcess {
		return true
	}
	if units, whole := c.who.Units(perm, agency); whole || slices.Contains(units, agency) {
		return true
	}
	return slices.ContainsFunc(c.open, func(t *Task) bool { return t.Agency == agency && mayAtTask(c.who, perm, t) })
}

// Hold stops the clock with a reason; Resume lets it run again.
func (s *Service) Hold(ctx context.Context, dossier id.ID, reason string) (*Dossier, error) {
	return s.HoldFor(ctx, dossier, HoldOrder{Reason: reason})
}

// Extend puts the date off by working days, as often as the dossier's rule set allows (once, where
// nothing else is known), with the reason for which the office apologises to the applicant (form 04 of circular 03/2025/TT-VPCP, formerly of 01/2018/TT-VPCP).
func (s *Service) Extend(ctx context.Context, dossier id.ID, days int, reason string) (*Dossier, error) {
	reason = text.Clean(reason)
	var bad []fault.Field
	if reason == "" {
		bad = append(bad, fault.Field{Path: "note", Key: "dossier.note_missing"})
	}
	if days < 1 || days > 60 {
		bad = append(bad, fault.Field{Path: "days", Key: "dossier.days_out_of_range", Args: fault.Args("min", 1, "max", 60)})
	}
	if len(bad) > 0 {
		return nil, fault.Input("dossier.step_incomplete", bad...)
	}
	return s.official(ctx, dossier, PermApprove, func(tx *db.Tx, c *change) error {
		if !c.d.Open() || c.d.Due.IsZero() {
			return fault.New(fault.Conflict, "dossier.cannot_extend")
		}
		if c.d.extensions() >= c.rule.MaxExtensions {
			return fault.New(fault.Conflict, "dossier.extended_already")
		}
		old := c.d.Due
		c.d.Clock = append(c.d.Clock, worktime.Entry{Kind: worktime.Extend, At: c.now, Reason: reason,
			Term: &worktime.Term{N: days, Unit: worktime.WorkingDay}})
		if err := c.derive(); err != nil {
			return err
		}
		c.note("extended", "", reason, map[string]any{"old": old.Format(time.RFC3339), "new": c.d.Due.Format(time.RFC3339), "days": days})
		c.emit(SubjectExtended, c.fact())
		return nil
	})
}

// Withdraw takes the applicant's own dossier back before it is finished.
func (s *Service) Withdraw(ctx context.Context, dossier id.ID, reason string) (*Dossier, error) {
	return s.change(ctx, dossier, func(tx *db.Tx, c *change) error {
		if !Owns(c.who, c.d) && !c.who.MayAt(PermReceive, c.d.Reception) {
			return fault.New(fault.NotFound, "dossier.not_found")
		}
		if c.d.Process.Done || !c.d.Finished.IsZero() {
			return fault.New(fault.Conflict, "dossier.cannot_withdraw")
		}
		c.note("withdrawn", "", text.Clean(reason), nil)
		if err := c.step(bpmn.Event{Kind: bpmn.EventCancel}, ""); err != nil {
			return err
		}
		if c.d.Finished.IsZero() { // taken back before it was received
			c.d.Finished = c.now
			c.days.withdrawn++
		}
		c.entries[0].Status = c.d.Status
		c.emit(SubjectWithdrawn, c.fact())
		return nil
	})
}

// Correct changes what was typed wrongly after receipt. Reason and old values stay in the
// history, and the receipt is to be printed again.
func (s *Service) Correct(ctx context.Context, dossier id.ID, data map[string]any, reason string) (*Dossier, error) {
	if reason = text.Clean(reason); reason == "" {
		return nil, fault.Input("dossier.step_incomplete", fault.Field{Path: "reason", Key: "dossier.note_missing"})
	}
	return s.official(ctx, dossier, PermReceive, func(tx *db.Tx, c *change) error {
		if c.d.Closed() || c.proc.Form == nil {
			return fault.New(fault.Conflict, "dossier.cannot_correct")
		}
		fresh, wrong := c.proc.Form.Check(data, civil.From(c.now))
		if len(wrong) > 0 {
			return fault.Input("dossier.incomplete", wrong...)
		}
		changed, err := c.differences(data)
		if err != nil {
			return err
		}
		if len(changed) == 0 {
			return fault.New(fault.Conflict, "dossier.nothing_changed")
		}
		c.d.Form = fresh
		was := c.d.Applicant
		c.d.Applicant = applicant(data)
		c.d.Applicant.Lang = was.Lang
		c.d.Applicant.Checked = was.Checked && was.Doc == c.d.Applicant.Doc && was.Name == c.d.Applicant.Name
		c.note("corrected", "", reason, map[string]any{"changed": changed})
		return c.hear(MessageCorrected)
	})
}

// differences lists label, old and new words of every answer that changes.
func (c *change) differences(data map[string]any) ([]map[string]string, error) {
	var old map[string]any
	if err := json.Unmarshal(c.d.Form, &old); err != nil {
		return nil, err
	}
	words := map[string]string{}
	for _, sec := range c.proc.Form.Summary(old, "vi") {
		for _, l := range sec.Items {
			words[l.Path] = l.Value
		}
	}
	var out []map[string]string
	seen := map[string]bool{}
	add := func(l form.Line) {
		seen[l.Path] = true
		if words[l.Path] != l.Value {
			out = append(out, map[string]string{"label": l.Label, "old": words[l.Path], "new": l.Value})
		}
	}
	for _, sec := range c.proc.Form.Summary(data, "vi") {
		for _, l := range sec.Items {
			add(l)
		}
	}
	for _, sec := range c.proc.Form.Summary(old, "vi") {
		for _, l := range sec.Items {
			if !seen[l.Path] && l.Value != "" {
				out = append(out, map[string]string{"label": l.Label, "old": l.Value, "new": ""})
			}
		}
	}
	return out, nil
}
