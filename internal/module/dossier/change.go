package dossier

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/module/org"
	"lienthong/internal/module/procedure"
)

// scene is what an act needs to know beside the dossier. It is gathered before the transaction,
// so that nothing but SQL happens inside.
type scene struct {
	who  actor.Actor
	now  time.Time
	tree *org.Tree
	proc *procedure.Compiled
	cal  *worktime.Calendar
	rule worktime.Rules
}

// change is one act on one dossier. Use cases alter the dossier through its methods; flush then
// stores everything that changed, figures last, in one transaction.
type change struct {
	scene
	s       *Service
	d       *Dossier
	fresh   bool    // the dossier is being opened by this act
	offer   id.ID   // with fresh: the agency it is filed with, whose identifier its code begins with
	open    []*Task // open tasks, as loaded and as they become
	closed  []*Task // tasks this act ended
	added   []*Task // tasks this act opened
	entries []Entry
	events  []outbox.Event
	facts   []*Fact // payloads of events that need the code, which is taken last
	days    dayDelta
	was     bucket    // where the dossier was counted before
	named   string    // the applicant's name before the act
	late    []overdue // what was overdue before the act
	joined  []id.ID   // agencies that take part from this act on without a task it opened

	waits    []*Wait      // what the process waits for from this act on beside people
	ended    []bpmn.Token // what it waits for no longer
	heard    []string     // messages it listens for from this act on
	troubles []*Incident  // where it stopped by this act
	reasons  []reason     // why work failed
	autos    []int        // entries about what the process did by itself
	answers  []bpmn.Event // what the process is to hear before the act is over
	atOnce   int          // services and decisions carried out so far
	acted    bool         // something went out that cannot be taken back
	stood    bool         // the clock stood before
	fired    time.Time    // when the timer of this act was due
	closing  string       // how incidents that this act ends are closed; empty: they went with what they held up
	why      string       // the administrator's reason
}

// scene gathers what acts on a dossier of this version at this agency need.
func (s *Service) scene(ctx context.Context, version, decision id.ID, regime string) (scene, error) {
	sc := scene{who: actor.From(ctx), now: s.Now()}
	var err error
	if sc.tree, err = s.Agencies.Tree(ctx); err != nil {
		return sc, err
	}
	if sc.proc, err = s.Procedures.ByVersion(ctx, version); err != nil {
		return sc, err
	}
	if sc.cal, err = s.Calendars.Calendar(ctx, decision); err != nil {
		return sc, err
	}
	sc.rule, err = s.rules(regime, civil.From(sc.now))
	return sc, err
}

// change loads the dossier, lets fn act on it and stores the outcome. fn may run more than once.
// It returns the dossier as stored.
func (s *Service) change(ctx context.Context, dossier id.ID, fn func(tx *db.Tx, c *change) error) (*Dossier, error) {
	head, err := s.get(s.DB.Read(ctx), dossier)
	if err != nil {
		return nil, err
	}
	sc, err := s.scene(ctx, head.ProcedureVersion, head.Decision, head.Regime)
	if err != nil {
		return nil, err
	}
	var out *Dossier
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		d, err := s.lock(tx, dossier)
		if err != nil {
			return err
		}
		if d.ProcedureVersion != head.ProcedureVersion {
			return errTurned
		}
		c := &change{scene: sc, s: s, d: d, was: d.bucket(), named: d.Applicant.Name, stood: stands(d.Clock)}
		c.now = d.notBefore(sc.now)
		if c.open, err = s.openTasks(tx, dossier); err != nil {
			return err
		}
		if err := c.noteLate(tx); err != nil {
			return err
		}
		if err := fn(tx, c); err != nil {
			return err
		}
		if err := c.heed(); err != nil {
			return err
		}
		out = c.d
		return c.flush(tx)
	})
	if errors.Is(err, errTurned) {
		return s.change(ctx, dossier, fn)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// notBefore returns the time of an act, which is never before what the dossier has behind it: a clock
// that was put back would otherwise stop every act that needs the time ledger until it has come back
// to where it was.
func (d *Dossier) notBefore(now time.Time) time.Time {
	last := d.Submitted
	for _, t := range []time.Time{d.Received, d.Finished, d.Returned} {
		if t.After(last) {
			last = t
		}
	}
	if n := len(d.Clock); n > 0 && d.Clock[n-1].At.After(last) {
		last = d.Clock[n-1].At
	}
	if last.After(now) {
		return last
	}
	return now
}

// note adds a line to the history.
func (c *change) note(act, node, note string, data map[string]any) {
	c.d.Entries++
	name := c.who.Name
	if c.who.Kind == actor.Anonymous || name == "" && c.who.Kind == actor.Citizen {
		name = c.d.Applicant.Name
	}
	c.entries = append(c.entries, Entry{N: c.d.Entries, At: c.now, Act: act, Status: c.d.Status, ActorKind: c.who.Kind,
		Actor: c.who.Account, ActorName: name, Agency: c.who.Agency, Node: node, Note: note, Data: data})
}

// emit announces a fact to other modules. Payloads hold ids and codes, never personal data.
func (c *change) emit(subject string, payload any) {
	c.events = append(c.events, outbox.Event{ID: c.s.IDs.New(), Subject: subject, At: c.now, Payload: payload})
}

// task returns the open task with the id.
func (c *change) task(task id.ID) (*Task, error) {
	for _, t := range c.open {
		if t.ID == task {
			return t, nil
		}
	}
	return nil, fault.New(fault.Conflict, "dossier.task_gone")
}

// end takes the token's task off the worklist.
func (c *change) end(e bpmn.Effect, note string) {
	i := slices.IndexFunc(c.open, func(t *Task) bool { return t.Token == e.Token })
	if i < 0 {
		return
	}
	t := c.open[i]
	c.open = slices.Delete(c.open, i, i+1)
	t.Done, t.DoneBy = c.now, c.who.Account
	t.State = "cancelled"
	if e.Kind == bpmn.EffectTaskClosed {
		t.State, t.Note = "done", note
		if e.Outcome != nil {
			t.Outcome = e.Outcome.Key
		}
	}
	if j := slices.Index(c.added, t); j >= 0 { // opened and ended within one act: it is stored as ended
		return
	}
	c.closed = append(c.closed, t)
}

// begin puts a task on the worklist of whom its lane names.
func (c *change) begin(e bpmn.Effect) error {
	agency, unit, role, err := c.routeOf(e)
	if err != nil {
		return err
	}
	t := &Task{ID: c.s.IDs.New(), Dossier: c.d.ID, Token: e.Token, Node: e.Node.ID, Name: e.Node.Name,
		Action: e.Node.Action, Role: role, Agency: agency, Unit: unit, State: "open",
		FromUnit: c.who.Unit, Created: c.now, CreatedBy: c.who.Account}
	if t.FromUnit.Zero() {
		t.FromUnit = c.who.Agency
	}
	if e.Node.Budget > 0 {
		t.Due = c.cal.Add(c.now, e.Node.Budget)
	}
	c.open = append(c.open, t)
	c.added = append(c.added, t)
	return nil
}

// route finds the agency and division a lane means for this dossier.
func (c *change) route(n *bpmn.Node) (agency, unit id.ID, role string, err error) {
	lane := c.proc.Process.LaneOf(n)
	if lane == nil || lane.Role == bpmn.RoleApplicant {
		return id.ID{}, id.ID{}, bpmn.RoleApplicant, nil
	}
	switch {
	case lane.Agency == bpmn.AgencyDecision:
		agency = c.d.Decision
	case lane.Agency == bpmn.AgencySuperior:
		if up, ok := c.tree.Parent(c.d.Reception); ok {
			if a := c.tree.Agency(up.ID); a != nil {
				agency = a.ID
			}
		}
	case len(lane.Agency) > len(bpmn.AgencyUnit) && lane.Agency[:len(bpmn.AgencyUnit)] == bpmn.AgencyUnit:
		if u, ok := c.tree.ByKey(lane.Agency[len(bpmn.AgencyUnit):]); ok {
			agency = u.ID
		}
	default:
		agency = c.d.Reception
	}
	if agency.Zero() {
		return agency, agency, "", fault.New(fault.Conflict, "dossier.no_agency", "lane", lane.Name)
	}
	agency, unit = c.within(lane, agency)
	return agency, unit, lane.Role, nil
}

// within returns the agency and the division of it that a lane names.
func (c *change) within(lane *bpmn.Lane, agency id.ID) (id.ID, id.ID) {
	unit := agency
	division := lane.Division
	if division == "" && (lane.Role == "specialist" || lane.Role == "division_head") {
		if a, ok := c.tree.Unit(agency); ok {
			division = c.proc.Record.Divisions.Value[a.Kind]
		}
	}
	if division != "" {
		if u, ok := c.tree.Division(agency, division); ok {
			unit = u.ID
		}
	}
	return agency, unit
}

// routeOf is route for a task that has just opened. One of several instances whose variable "agency"
// holds a unit's key lies with that agency: so one step asks several agencies for their opinion.
func (c *change) routeOf(e bpmn.Effect) (agency, unit id.ID, role string, err error) {
	key, ok := e.Vars["agency"].(string)
	lane := c.proc.Process.LaneOf(e.Node)
	if !ok || lane == nil || lane.Role == bpmn.RoleApplicant {
		return c.route(e.Node)
	}
	u, ok := c.tree.ByKey(key)
	if !ok {
		return agency, unit, "", fault.New(fault.Conflict, "dossier.no_such_agency", "key", key, "lane", lane.Name)
	}
	a := c.tree.Agency(u.ID)
	if a == nil {
		return agency, unit, "", fault.New(fault.Conflict, "dossier.no_such_agency", "key", key, "lane", lane.Name)
	}
	agency, unit = c.within(lane, a.ID)
	return agency, unit, lane.Role, nil
}

// settle derives status, clock and holder from where the process rests.
func (c *change) settle() error {
	d := c.d
	next := c.restingStatus()
	if next == StatusReceived && d.Received.IsZero() {
		next = StatusNew
	}
	from := d.Status
	d.Status = next
	for _, t := range c.open {
		if !t.Agency.Zero() {
			d.Holder = t.Agency
			break
		}
	}
	if d.Received.IsZero() {
		if next == StatusNotTaken {
			d.Finished = c.now
			c.days.refused++
		}
		return nil
	}
	switch {
	case next == StatusSupplement && from != next:
		c.stand(worktime.AtStage(worktime.Supplement, c.asker()), true)
	case next == StatusDuty && from != next:
		c.stand(worktime.Payment, true)
	case next == StatusStopped && !d.Process.Done:
		c.stand(d.Extra.heldFor(), false)
	case next == StatusFinished, next.Final(), next == StatusStopped:
		c.finish(next)
	default:
		c.resume()
	}
	if next == StatusReturned && d.Returned.IsZero() {
		d.Returned = c.now
		c.days.returned++
	}
	return c.derive()
}

// restingStatus returns the status that the open tasks, or the end of the process, mean.
func (c *change) restingStatus() Status {
	d := c.d
	if d.Process.Done {
		if d.Process.Cancelled {
			return StatusWithdrawn
		}
		st := StatusReturned
		if d.Process.Error != "" {
			st = StatusStopped // an error that nothing handled is no result, whatever was drawn
		}
		if n := c.proc.Process.Node(d.Process.End); n != nil && n.Status != 0 {
			st = Status(n.Status)
		}
		if st == StatusStopped && d.Received.IsZero() {
			st = StatusNotTaken
		}
		return st
	}
	if d.Extra.Hold != "" {
		return StatusStopped
	}
	st := Status(0)
	for _, t := range c.open {
		n := c.proc.Process.Node(t.Node)
		if n == nil {
			continue
		}
		switch s := Status(n.Status); s {
		case StatusSupplement, StatusDuty: // somebody outside must act first
			return s
		case StatusFinished:
			st = s
		}
	}
	switch {
	case st != 0 && len(c.open) == 1:
		return st
	case d.Received.IsZero():
		return StatusNew
	case d.Status == StatusNew || d.Status == StatusReceived:
		return StatusReceived
	}
	return StatusProcessing
}

// clock adds an entry to the time ledger. Resuming what runs is nothing new and adds none, nor does
// anything after the end.
func (c *change) clock(kind worktime.EntryKind, reason string) {
	l := c.d.Clock
	if len(l) > 0 && l[len(l)-1].Kind == worktime.Stop || kind == worktime.Resume && len(worktime.Waiting(l)) == 0 {
		return
	}
	c.d.Clock = append(l, worktime.Entry{Kind: kind, At: c.now, Reason: reason})
}

// today is the day of the act in Vietnam.
func (c *change) today() civil.Date { return civil.From(c.now) }

func (c *change) resume() { c.clock(worktime.Resume, "") }

// finish stops the clock for good and says whether that was in time.
func (c *change) finish(st Status) {
	d := c.d
	if !d.Finished.IsZero() {
		return
	}
	c.resume()
	c.clock(worktime.Stop, "")
	d.Finished = c.now
	switch st {
	case StatusWithdrawn:
		c.days.withdrawn++
		return
	case StatusStopped:
		c.days.stopped++
		return
	}
	// Lateness is measured here, at status 9, by the date that held until now.
	if due, err := c.dueWithoutStop(); err == nil && c.d.Term.N > 0 && c.now.After(due) {
		d.Late = true
		c.days.late++
		return
	}
	c.days.onTime++
}

func (c *change) dueWithoutStop() (time.Time, error) {
	l := c.d.Clock
	for len(l) > 0 && l[len(l)-1].Kind == worktime.Stop {
		l = l[:len(l)-1]
	}
	r, err := worktime.Compute(c.cal, c.d.Term, c.rule, l)
	return r.Due, err
}

// derive computes the due date anew from the time ledger.
func (c *change) derive() error {
	d := c.d
	d.Due = time.Time{}
	if d.Term.N > 0 && !d.Received.IsZero() {
		r, err := worktime.Compute(c.cal, d.Term, c.rule, d.Clock)
		if err != nil {
			return err
		}
		if r.State != worktime.Paused {
			d.Due = r.Due
		}
	}
	for _, t := range c.open {
		t.DossierDue = d.Due
	}
	return nil
}

// bucket is where a dossier counts among the open ones; the zero bucket is nowhere.
type bucket struct {
	agency    id.ID
	procedure string
	channel   int
	due       int64
}

func (d *Dossier) bucket() bucket {
	if !d.Open() {
		return bucket{}
	}
	return bucket{d.Holder, d.ProcedureCode, d.Channel, db.Micros(d.Due)}
}

// compareBuckets orders buckets by key, the order in which rows are locked.
func compareBuckets(a, b bucket) int {
	if n := bytes.Compare(a.agency[:], b.agency[:]); n != 0 {
		return n
	}
	if a.procedure != b.procedure {
		if a.procedure < b.procedure {
			return -1
		}
		return 1
	}
	if a.channel != b.channel {
		return a.channel - b.channel
	}
	switch {
	case a.due < b.due:
		return -1
	case a.due > b.due:
		return 1
	}
	return 0
}

// dayDelta is what an act adds to the figures of its day.
type dayDelta struct {
	submitted, received, refused, withdrawn, stopped, onTime, late, returned int64
}
