package dossier

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/form"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
	"lienthong/internal/module/procedure"
)

// A dossier keeps the version of its procedure it was filed under until an administrator moves it.
// Then form, fee and process go together:
//
//   - The process goes on by the new definition (bpmn.Move); open steps keep who has them, unless
//     another role or division now does them.
//   - The answers stay what the applicant declared and signed for. What the new form would ask beyond
//     them is told before the move and in the history; it is asked for when the dossier next goes back
//     to the applicant, whose answer is checked by the new form. It never stands in the way.
//   - The fee becomes the new one, but is raised only while nothing has been paid and never below what
//     was paid; a financial duty that was stated by notice stays.
//   - The term becomes the new one, counted over the same time ledger by the same regime. A dossier
//     that would be overdue at once is not moved, nor one whose status would change by it.

// Reason is why a dossier cannot be moved, as a key of the catalogue with its arguments.
type Reason struct {
	Key     string         `json:"key"`
	Args    map[string]any `json:"args,omitempty"`
	Element string         `json:"element,omitempty"` // of the process
}

// Turn is what moving one dossier to another version of its procedure means.
type Turn struct {
	Dossier        id.ID
	Code           string
	Holder         id.ID
	Steps          []string // ids of the elements where somebody is awaited, by the old version
	NextSteps      []string // by the new one; nil when it cannot be moved
	Reasons        []Reason // why it cannot be moved; none means that it can
	OldDue, NewDue time.Time
	OldFee, NewFee int64         // đồng
	Asked          []fault.Field // what the new form asks and the answers do not say
	Gains, Loses   []WorkPost    // posts that get an open step by it, and that lose one
}

// WorkPost is a role at a unit that has open steps.
type WorkPost struct {
	Agency, Unit id.ID
	Role         string
}

// turner moves dossiers from one version to another. It is for one goroutine.
type turner struct {
	s        *Service
	from, to *procedure.Compiled
	mover    *bpmn.Mover
	decision string
}

// turner prepares the move between two published versions of one procedure.
func (s *Service) turner(ctx context.Context, from, to id.ID, m bpmn.Mapping, decision string) (*turner, error) {
	t := &turner{s: s, decision: decision}
	var err error
	if t.from, err = s.Procedures.ByVersion(ctx, from); err != nil {
		return nil, err
	}
	if t.to, err = s.Procedures.ByVersion(ctx, to); err != nil {
		return nil, err
	}
	switch {
	case t.from.ProcedureID != t.to.ProcedureID || from == to:
		return nil, fault.New(fault.Invalid, "dossier.move.versions")
	case t.from.State == procedure.Draft || t.to.State == procedure.Draft:
		return nil, fault.New(fault.Conflict, "dossier.move.draft")
	}
	t.mover = bpmn.NewMover(t.from.Process, t.to.Process, m)
	return t, nil
}

// mayTurn fails unless the actor publishes procedures for the whole province: a version binds every
// agency, and so does moving its dossiers.
func mayTurn(who actor.Actor) error {
	if _, all := who.Agencies(procedure.PermPublish); !all {
		return fault.New(fault.Forbidden, "dossier.move.forbidden")
	}
	return nil
}

// kept is what taking a move back restores.
type kept struct {
	Process bpmn.State    `json:"process"`
	Term    worktime.Term `json:"term"`
	Fee     int64         `json:"fee"`
	FeeText string        `json:"fee_text"`
	Name    string        `json:"name"`
	Field   string        `json:"field"`
	Status  Status        `json:"status"`
	Holder  id.ID         `json:"holder"`
	Tasks   []keptTask    `json:"tasks"`
	Fixed   bool          `json:"fixed,omitempty"` // others were told something by the move
}

type keptTask struct {
	ID       id.ID  `json:"id"`
	Token    int    `json:"token"`
	Node     string `json:"node"`
	Name     string `json:"name"`
	Action   string `json:"action"`
	Role     string `json:"role"`
	Agency   id.ID  `json:"agency"`
	Unit     id.ID  `json:"unit"`
	Assignee id.ID  `json:"assignee"`
	By       string `json:"by"`
	Accepted int64  `json:"accepted"`
	Due      int64  `json:"due"`
}

// turned is a change that has been moved but not stored.
type turned struct {
	Turn
	before kept
	refit  []*Task // open steps that read differently now
}

// turn carries the dossier of the change over to the new version. When out.Reasons says why it
// cannot, the change must be thrown away.
func (c *change) turn(t *turner) (out turned, err error) {
	d := c.d
	out.Turn = Turn{Dossier: d.ID, Code: d.Code, Holder: d.Holder, Steps: resting(&d.Process), OldDue: d.Due, NewDue: d.Due, OldFee: d.Fee, NewFee: d.Fee}
	refuse := func(key string, args ...any) {
		out.Reasons = append(out.Reasons, Reason{Key: key, Args: fault.Args(args...)})
	}
	if d.ProcedureVersion != t.from.ID || d.Closed() || d.Process.Done {
		refuse("dossier.move.gone")
		return out, nil
	}
	state, effects, bad := t.mover.Move(d.Process)
	for i := range bad {
		f := bad[i].Fault()
		out.Reasons = append(out.Reasons, Reason{Key: f.Key, Args: f.Args, Element: bad[i].Element})
	}
	if len(out.Reasons) > 0 {
		return out, nil
	}
	out.before = kept{Process: d.Process, Term: d.Term, Fee: d.Fee, FeeText: d.FeeText, Name: d.ProcedureName, Field: d.Field,
		Status: d.Status, Holder: d.Holder, Fixed: !bpmn.Reversible(effects)}
	posts := map[WorkPost]int{}
	for _, k := range c.open {
		out.before.Tasks = append(out.before.Tasks, keptTask{k.ID, k.Token, k.Node, k.Name, k.Action, k.Role, k.Agency, k.Unit, k.Assignee,
			k.AssigneeBy, db.Micros(k.Accepted), db.Micros(k.Due)})
		posts[WorkPost{k.Agency, k.Unit, k.Role}]--
	}
	c.proc = t.to
	d.Process, d.ProcedureVersion = state, t.to.ID
	d.ProcedureName, d.Field = t.to.Record.Name.Value, FieldKey(&t.to.Record)
	for _, k := range c.open {
		token := state.Token(k.Token)
		if token == nil {
			continue // the effects end it
		}
		changed, err := c.refit(t, k, t.to.Process.Node(token.Node))
		switch {
		case fault.KindOf(err) == fault.Conflict:
			refuse("dossier.move.no_agency", "step", t.to.Process.Node(token.Node).Name)
			return out, nil
		case err != nil:
			return out, err
		}
		if changed {
			out.refit = append(out.refit, k)
		}
	}
	for _, k := range out.before.Tasks {
		i := slices.IndexFunc(c.open, func(o *Task) bool { return o.ID == k.ID })
		if i >= 0 && (k.Role == bpmn.RoleApplicant) != (c.open[i].Role == bpmn.RoleApplicant) {
			refuse("dossier.move.applicant", "step", k.Name)
			return out, nil
		}
	}
	if err := c.follow(out.before.Process, effects, t.decision); err != nil {
		if fault.KindOf(err) == fault.Conflict {
			refuse("dossier.move.no_agency", "step", "")
			return out, nil
		}
		return out, err
	}
	out.before.Fixed = out.before.Fixed || c.acted
	t.reprice(c)
	if term, ok := t.to.Record.Term(d.Channel); ok && d.Finished.IsZero() {
		d.Term = term
	}
	if err := c.rest(); err != nil {
		return out, err
	}
	switch {
	case !statusStep(out.before.Status, d.Status):
		refuse("dossier.move.status", "from", int(out.before.Status), "to", int(d.Status))
		return out, nil
	case !d.Due.IsZero() && d.Due.Before(c.now) && (out.OldDue.IsZero() || !out.OldDue.Before(c.now)):
		refuse("dossier.move.overdue", "due", stamp(d.Due))
		return out, nil
	}
	out.NextSteps, out.NewDue, out.NewFee, out.Asked = resting(&d.Process), d.Due, d.Fee, t.asked(c)
	for _, k := range c.open {
		posts[WorkPost{k.Agency, k.Unit, k.Role}]++
	}
	for p, n := range posts {
		switch {
		case n > 0:
			out.Gains = append(out.Gains, slices.Repeat([]WorkPost{p}, n)...)
		case n < 0:
			out.Loses = append(out.Loses, slices.Repeat([]WorkPost{p}, -n)...)
		}
	}
	return out, nil
}

// rest derives what follows from where the process rests after a move. A dossier that an official
// holds stays held.
func (c *change) rest() error {
	if c.d.Extra.Hold == "" {
		return c.settle()
	}
	return c.derive()
}

// follow does what a move from the state before led to.
func (c *change) follow(before bpmn.State, effects []bpmn.Effect, note string) error {
	c.forget(before, c.d.Process)
	for _, e := range effects {
		if err := c.carry(e, note); err != nil {
			return err
		}
	}
	return c.attend()
}

// refit makes an open step read as the new version has it. Who has it keeps it, unless it is another
// role's or division's work now; its hour moves only if its budget did.
func (c *change) refit(t *turner, k *Task, n *bpmn.Node) (changed bool, err error) {
	agency, unit, role, err := c.route(n)
	if err != nil {
		return false, err
	}
	was := *k
	if old := t.from.Process.Node(k.Node); old == nil || !samePost(t, old, n) {
		if agency != k.Agency || unit != k.Unit || role != k.Role {
			k.Agency, k.Unit, k.Role = agency, unit, role
			k.Assignee, k.AssigneeBy, k.Accepted = id.ID{}, "", time.Time{}
			c.joined = append(c.joined, agency)
		}
	}
	if old := t.from.Process.Node(k.Node); old == nil || old.Budget != n.Budget {
		k.Due = time.Time{}
		if n.Budget > 0 {
			k.Due = c.cal.Add(k.Created, n.Budget)
		}
	}
	k.Node, k.Name, k.Action = n.ID, n.Name, n.Action
	return k.Node != was.Node || k.Name != was.Name || k.Action != was.Action || k.Role != was.Role || k.Agency != was.Agency ||
		k.Unit != was.Unit || !k.Due.Equal(was.Due), nil
}

// samePost tells whether both versions name the same people for a step. Then it stays where it is,
// even where a reorganisation has meanwhile carried it elsewhere than its lane says.
func samePost(t *turner, old, n *bpmn.Node) bool {
	a, b := t.from.Process.LaneOf(old), t.to.Process.LaneOf(n)
	if a == nil || b == nil {
		return a == b
	}
	return a.Role == b.Role && a.Agency == b.Agency && a.Division == b.Division &&
		maps.Equal(t.from.Record.Divisions.Value, t.to.Record.Divisions.Value)
}

// reprice takes over the new version's fee.
func (t *turner) reprice(c *change) {
	d := c.d
	q := t.to.Record.Fee(d.Channel, d.Extra.Copies)
	if !q.Known || d.Extra.Duty != "" || q.Amount > d.Fee && d.FeePaid > 0 {
		return
	}
	d.Fee, d.FeeText = max(q.Amount, d.FeePaid), q.Text
}

// asked returns what the new form would ask of the applicant beyond the answers.
func (t *turner) asked(c *change) []fault.Field {
	if t.to.Form == nil {
		return nil
	}
	data, err := form.Parse(c.d.Form)
	if err != nil {
		return []fault.Field{{Key: "form.data_unreadable"}}
	}
	return t.to.Form.Validate(data, c.today())
}

// resting returns the elements at which a process waits for somebody or something, each once.
func resting(s *bpmn.State) []string {
	out := []string{}
	for _, k := range s.Waiting() {
		if k.Of == 0 && !slices.Contains(out, k.Node) {
			out = append(out, k.Node)
		}
	}
	return out
}

// errRefused ends the transaction of a dossier that cannot be moved.
var errRefused = errors.New("the dossier cannot be moved")

// errTurned ends an act whose surroundings were gathered for the version the dossier had a moment
// before: by the process of one version nobody may step what rests in another. It is begun again.
var errTurned = errors.New("the dossier goes on by another version of its procedure")

// storeTurn writes what flush does not: the version, and open steps that read differently.
func (c *change) storeTurn(tx *db.Tx, refit []*Task) error {
	d := c.d
	n, err := tx.Exec(`UPDATE dossier_dossier SET procedure_version = $3, procedure_name = $4, field_code = $5 WHERE id = $1 AND version = $2`,
		d.ID, d.Version, d.ProcedureVersion, d.ProcedureName, d.Field)
	if err != nil {
		return err
	}
	if n != 1 {
		return fault.New(fault.Conflict, "dossier.changed_meanwhile")
	}
	if _, err := tx.Exec(`UPDATE dossier_task SET d_procedure = $2 WHERE dossier_id = $1 AND state = 'open' AND d_procedure <> $2`,
		d.ID, text.Fold(d.ProcedureName)); err != nil {
		return err
	}
	for _, k := range refit {
		if _, err := tx.Exec(`UPDATE dossier_task SET node = $2, name = $3, action = $4, role = $5, agency_id = $6, unit_id = $7,
			assignee_id = $8, assignee = $9, accepted_at = $10, due_at = $11, d_step = $12 WHERE id = $1 AND state = 'open'`,
			k.ID, k.Node, k.Name, k.Action, k.Role, k.Agency, k.Unit, k.Assignee, k.AssigneeBy, db.Micros(k.Accepted), db.Micros(k.Due),
			text.Fold(k.Name)); err != nil {
			return err
		}
	}
	return c.storeWaiting(tx)
}

// storeWaiting names what the process waits for beside people, and where it stopped, by the elements of
// the version it goes on by.
func (c *change) storeWaiting(tx *db.Tx) error {
	for _, t := range c.d.Process.Tokens {
		if !keeps(t.State) {
			continue
		}
		if _, err := tx.Exec(`UPDATE dossier_wait SET node = $3 WHERE dossier_id = $1 AND token = $2 AND node <> $3`, c.d.ID, t.ID, t.Node); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE dossier_incident SET node = $3, procedure_version = $4 WHERE dossier_id = $1 AND token = $2 AND closed_at = 0`,
			c.d.ID, t.ID, t.Node, c.d.ProcedureVersion); err != nil {
			return err
		}
	}
	return nil
}

// noteTurn tells the history and the others.
func (c *change) noteTurn(act, note string, from, to int, x *Turn) {
	data := map[string]any{"from": from, "to": to}
	if !x.OldDue.Equal(x.NewDue) {
		data["old"], data["new"] = stamp(x.OldDue), stamp(x.NewDue)
	}
	if x.OldFee != x.NewFee {
		data["fee_old"], data["fee_new"] = x.OldFee, x.NewFee
	}
	if len(x.Asked) > 0 {
		data["asked"] = len(x.Asked)
	}
	c.note(act, "", note, data)
	c.emit(SubjectVersion, c.fact())
}
