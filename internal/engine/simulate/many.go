package simulate

import (
	"container/heap"
	"context"
	"errors"
	"slices"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/fault"
)

// Limits of a run: the bounds within which a process of any shape ends.
const (
	maxSteps    = 400       // events of one dossier; one that goes in circles longer is blocked
	maxHappened = 1_000_000 // events of all
	lookEvery   = 256       // events between two looks at the context
	shortWait   = 60        // office minutes of mean waiting under which nothing piles up
)

// manyRun is a simulation under way.
type manyRun struct {
	sc    *Scene
	p     *Plan
	c     *worktime.Calendar
	rnd   random
	res   *Result
	todo  agenda
	seq   int
	now   time.Time
	end   time.Time
	tasks map[string]*TaskResult
	pools map[string]*pool
	all   []*dossier
}

// Many sends the plan's dossiers through the process over one year and tells where they wait. It is
// deterministic: the same scene and plan give the same result. The error is a fault of the scene or the
// plan, or that of the context.
func (sc *Scene) Many(ctx context.Context, p Plan) (*Result, error) {
	if err := sc.Check(); err != nil {
		return nil, err
	}
	if err := p.Check(sc); err != nil {
		return nil, err
	}
	r := &manyRun{sc: sc, p: &p, c: sc.Calendar, rnd: random{p.Seed}, res: &Result{Plan: p, End: p.From.AddMonths(12), Worst: -1},
		tasks: map[string]*TaskResult{}, pools: map[string]*pool{}}
	r.now, r.end = p.From.At(0), r.res.End.At(0)
	r.furnish()
	for _, at := range arrivals(&r.rnd, r.c, &p) {
		if !at.Before(r.end) {
			continue
		}
		d := &dossier{life: life{sc: sc}}
		r.all = append(r.all, d)
		r.plan(happening{at: at, kind: happenArrival, of: d})
	}
	for n := 0; len(r.todo) > 0; n++ {
		if n%lookEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		h, ok := heap.Pop(&r.todo).(happening)
		if !ok || !h.at.Before(r.end) {
			break
		}
		if n > maxHappened {
			return nil, fault.New(fault.TooLarge, "simulate.events", "max", maxHappened)
		}
		r.now = h.at
		r.happen(h)
	}
	r.close()
	return r.res, nil
}

// furnish makes the lanes with their people and the list of tasks.
func (r *manyRun) furnish() {
	days := int(r.res.End - r.p.From)
	office := r.c.Between(r.now, r.end)
	for _, id := range r.sc.Lanes() {
		staff := r.p.Staff[id]
		if staff == 0 {
			staff = 1
		}
		r.res.Lanes = append(r.res.Lanes, LaneResult{Lane: r.sc.Process.Lane(id), ID: id, Staff: staff, Capacity: staff * office,
			Weeks: make([]int, (days+6)/7)})
	}
	for i := range r.res.Lanes {
		l := &r.res.Lanes[i]
		r.pools[l.ID] = &pool{res: l, c: r.c, start: r.now, last: r.now, free: l.Staff}
	}
	for _, n := range r.sc.Tasks() {
		if !r.sc.InOffice(n) {
			continue
		}
		lane := n.Lane
		if r.sc.Process.LaneOf(n) == nil {
			lane = ""
		}
		r.res.Tasks = append(r.res.Tasks, TaskResult{Node: n, Lane: lane})
	}
	for i := range r.res.Tasks {
		r.tasks[r.res.Tasks[i].Node.ID] = &r.res.Tasks[i]
	}
}

func (r *manyRun) plan(h happening) {
	r.seq++
	h.seq = r.seq
	heap.Push(&r.todo, h)
}

// happen lets one thing come.
func (r *manyRun) happen(h happening) {
	d := h.of
	if d.blocked {
		return
	}
	d.now = r.now
	var err error
	switch h.kind {
	case happenArrival:
		r.res.Dossiers++
		err = d.enter(r.now, r.p.Channel, r.p.Vars)
	case happenDone:
		if h.job.gone {
			return
		}
		r.leave(h.job, true)
		err = r.complete(d, h.job.task.Node, h.token)
	case happenTimer:
		if d.find(h.token) == nil {
			return
		}
		err = d.step(bpmn.Event{Kind: bpmn.EventTimer, Token: h.token})
	case happenOutside:
		o := d.find(h.token)
		if o == nil {
			return
		}
		err = r.outside(d, o)
	}
	if d.steps++; err == nil && d.steps > maxSteps {
		err = fault.New(fault.TooLarge, "simulate.circles", "max", maxSteps)
	}
	r.follow(d, err)
}

// complete ends a task with an outcome by its shares.
func (r *manyRun) complete(d *dossier, n *bpmn.Node, token int) error {
	return d.complete(token, r.rnd.pick(n, r.p.Tasks[n.ID].Shares), nil)
}

// outside lets the applicant finish, or an answer come.
func (r *manyRun) outside(d *dossier, o *open) error {
	e := bpmn.Event{Token: o.token, Kind: bpmn.EventDone}
	switch o.state {
	case bpmn.TokenTask:
		return r.complete(d, o.node, o.token)
	case bpmn.TokenMessage:
		e.Kind, e.Name = bpmn.EventMessage, o.node.Event.Name
	case bpmn.TokenSignal:
		e = bpmn.Event{Kind: bpmn.EventSignal, Name: o.node.Event.Name}
	}
	return d.step(e)
}

// follow puts what waits now where it waits, and takes away what waits no longer.
func (r *manyRun) follow(d *dossier, err error) {
	kept := d.jobs[:0]
	for _, j := range d.jobs {
		if err == nil && d.find(j.token) != nil {
			kept = append(kept, j)
		} else if !j.gone {
			r.leave(j, false)
		}
	}
	d.jobs = kept
	if err != nil {
		r.block(d, err)
		return
	}
	for i := range d.open {
		o := &d.open[i]
		if o.seen {
			continue
		}
		o.seen = true
		r.await(d, o)
		if d.blocked {
			return
		}
	}
}

// await plans what ends the waiting of one token.
func (r *manyRun) await(d *dossier, o *open) {
	switch o.state {
	case bpmn.TokenTask:
		if !r.sc.InOffice(o.node) {
			r.plan(happening{at: r.now.Add(r.minutes(r.p.Applicant * 1440)), kind: happenOutside, of: d, token: o.token})
			return
		}
		t := r.tasks[o.node.ID]
		j := &job{of: d, token: o.token, task: t, pool: r.pools[t.Lane], queued: r.now, due: o.due}
		t.Opened++
		d.jobs = append(d.jobs, j)
		j.pool.queue = append(j.pool.queue, j)
		j.pool.grow(r.now, 1)
		r.serve(j.pool)
	case bpmn.TokenTimer:
		if !o.due.IsZero() {
			at := o.due
			if at.Before(r.now) {
				at = r.now
			}
			r.plan(happening{at: at, kind: happenTimer, of: d, token: o.token})
		}
	case bpmn.TokenService, bpmn.TokenDecision, bpmn.TokenCall:
		r.elsewhere(d, o.token)
	case bpmn.TokenMessage, bpmn.TokenSignal:
		// What only interrupts never comes; the first event after an event-based gateway does.
		if holder := d.st.Token(o.of); o.of == 0 || holder != nil && holder.State == bpmn.TokenGate {
			r.elsewhere(d, o.token)
		}
	case bpmn.TokenIncident:
		r.trouble(d, Trouble{Node: o.node, Problem: o.why})
	}
}

func (r *manyRun) elsewhere(d *dossier, token int) {
	work := int(r.rnd.around(float64(r.p.Elsewhere), r.p.Spread) + 0.5)
	r.plan(happening{at: r.c.Add(r.now, work), kind: happenOutside, of: d, token: token})
}

// minutes returns a duration around a mean number of minutes, whole and at least one.
func (r *manyRun) minutes(mean float64) time.Duration {
	m := r.rnd.around(mean, r.p.Spread)
	return time.Duration(min(max(m, 1), 10*366*1440)) * time.Minute
}

// serve gives waiting work to the people of a lane who are free.
func (r *manyRun) serve(p *pool) {
	for p.free > 0 && p.length > 0 {
		j := p.take()
		if j == nil {
			return
		}
		p.grow(r.now, -1)
		p.free--
		j.started = r.now
		wait := r.c.Between(j.queued, r.now)
		j.task.Wait.add(wait)
		j.task.waiting += wait
		mean := r.p.Tasks[j.task.Node.ID].Minutes
		work := min(max(int(r.rnd.around(float64(max(mean, 1)), r.p.Spread)+0.5), 1), MaxMinutes)
		r.plan(happening{at: r.c.Add(r.now, work), kind: happenDone, of: j.of, token: j.token, job: j})
	}
}

// leave takes a job off the queue or off the desk, done or taken away.
func (r *manyRun) leave(j *job, done bool) {
	j.gone = true
	if j.started.IsZero() {
		j.task.waiting += r.c.Between(j.queued, r.now)
		j.pool.grow(r.now, -1)
		return
	}
	busy := r.c.Between(j.started, r.now)
	j.pool.res.Busy += busy
	if done {
		j.task.Busy.add(busy)
		j.task.Done++
	}
	if !j.due.IsZero() && r.now.After(j.due) {
		j.task.Late++
	}
	j.pool.free++
	r.serve(j.pool)
}

// block takes a dossier that cannot go on out of everything.
func (r *manyRun) block(d *dossier, err error) {
	t := Trouble{Err: err}
	if p := (*bpmn.Problem)(nil); errors.As(err, &p) {
		t.Problem, t.Node = p, r.sc.Process.Node(p.Element)
		if f := r.sc.Process.Flow(p.Element); f != nil {
			t.Node = r.sc.Process.Node(f.From)
		}
	}
	r.trouble(d, t)
}

func (r *manyRun) trouble(d *dossier, t Trouble) {
	d.blocked = true
	r.res.Blocked++
	for _, j := range d.jobs {
		if !j.gone {
			r.leave(j, false)
		}
	}
	d.jobs = nil
	t.Count = 1
	for i := range r.res.Troubles {
		x := &r.res.Troubles[i]
		if x.Node == t.Node && (x.Problem == nil) == (t.Problem == nil) && (x.Problem == nil || x.Problem.Key == t.Problem.Key) {
			x.Count++
			return
		}
	}
	r.res.Troubles = append(r.res.Troubles, t)
}

// close counts what is left when the year is over and computes the figures.
func (r *manyRun) close() {
	r.now = r.end
	res := r.res
	for _, d := range r.all {
		switch {
		case d.blocked:
			continue
		case d.st.Done:
			res.Out++
		default:
			r.left(d)
		}
		r.judge(d)
	}
	all := 0
	for i := range res.Tasks {
		t := &res.Tasks[i]
		t.Wait.close()
		t.Busy.close()
		all += t.waiting
	}
	worst := 0
	for i := range res.Tasks {
		t := &res.Tasks[i]
		t.Share, _ = part(t.waiting, all)
		if t.Opened > 0 && t.waiting/t.Opened >= shortWait && t.waiting > worst {
			worst, res.Worst = t.waiting, i
		}
	}
	office := float64(max(r.c.Between(r.p.From.At(0), r.end), 1))
	for _, id := range r.sc.Lanes() {
		p := r.pools[id]
		p.advance(r.end)
		p.res.Mean = p.area / office
	}
	res.Turnaround.close()
	slices.SortStableFunc(res.Troubles, func(a, b Trouble) int { return b.Count - a.Count })
}

// left counts a dossier that is still open.
func (r *manyRun) left(d *dossier) {
	r.res.Open++
	queued, worked := false, false
	for _, j := range d.jobs {
		if j.started.IsZero() {
			queued = true
			j.task.Queued++
			j.task.waiting += r.c.Between(j.queued, r.end)
		} else {
			worked = true
			j.pool.res.Busy += r.c.Between(j.started, r.end)
		}
		if !j.due.IsZero() && r.end.After(j.due) {
			j.task.Late++
		}
	}
	switch {
	case queued:
		r.res.Queued++
	case worked:
		r.res.Worked++
	default:
		r.res.Outside++
	}
}

// judge counts whether a dossier kept its due date.
func (r *manyRun) judge(d *dossier) {
	res := r.res
	if d.finished.IsZero() {
		if len(d.ledger) == 0 || r.sc.Term.N == 0 || d.paused {
			return
		}
		if c, err := worktime.Due(r.c, r.sc.Term, r.sc.Rules, d.ledger); err == nil && r.end.After(c.Due) {
			res.OpenLate++
		}
		return
	}
	switch d.status {
	case StatusNotTaken, StatusStopped, StatusWithdrawn:
		res.Refused++
		return
	}
	res.Turnaround.add(r.c.Between(d.received, d.finished))
	switch {
	case r.sc.Term.N == 0:
	case d.late:
		res.Late++
	default:
		res.OnTime++
	}
}
