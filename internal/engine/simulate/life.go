package simulate

import (
	"maps"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/fault"
)

// open is a token that waits for something from outside.
type open struct {
	token int
	of    int // as in bpmn.Token
	node  *bpmn.Node
	state bpmn.TokenState
	since time.Time
	due   time.Time // end of a task's budget, moment of a timer; zero without
	why   *bpmn.Problem
	seen  bool // among many: what ends the waiting is planned
}

// life is one dossier as the dossier module leads it: where its process rests, what that means for
// status and clock. It is the same for a walk and for a thousand.
type life struct {
	sc       *Scene
	st       bpmn.State
	open     []open
	now      time.Time
	status   int
	received time.Time
	finished time.Time // decided, status 9; or refused, withdrawn
	ledger   []worktime.Entry
	hold     bool
	late     bool
	paused   bool
	stopped  bool
	extended bool
}

// enter submits the dossier, which then waits to be received.
func (l *life) enter(at time.Time, channel int, vars map[string]any) error {
	l.now, l.status = at, StatusNew
	if !l.sc.receives() {
		l.receive()
	}
	all := map[string]any{"channel": channel}
	maps.Copy(all, l.sc.Vars)
	maps.Copy(all, vars)
	return l.step(bpmn.Event{Kind: bpmn.EventStart, Vars: all})
}

// begin submits the dossier; at a counter it is received in the same moment.
func (l *life) begin(at time.Time, channel int, vars map[string]any) error {
	if err := l.enter(at, channel, vars); err != nil {
		return err
	}
	if channel != ChannelCounter || !l.received.IsZero() {
		return nil
	}
	for _, o := range l.open {
		if o.state != bpmn.TokenTask || o.node.Action != actionReceive {
			continue
		}
		for i := range o.node.Outcomes {
			if o.node.Outcomes[i].Kind == bpmn.OutcomeForward {
				return l.complete(o.token, o.node.Outcomes[i].Key, nil)
			}
		}
	}
	return fault.New(fault.Invalid, "simulate.no_receipt")
}

// receive starts the clock.
func (l *life) receive() {
	l.received, l.status = l.now, StatusReceived
	l.ledger = append(l.ledger, worktime.Entry{Kind: worktime.Receive, At: l.now})
}

// find returns what waits with the token, or nil.
func (l *life) find(token int) *open {
	for i := range l.open {
		if l.open[i].token == token {
			return &l.open[i]
		}
	}
	return nil
}

// complete ends a task with the outcome; nothing has changed after an error.
func (l *life) complete(token int, outcome string, vars map[string]any) error {
	o := l.find(token)
	if o == nil || o.state != bpmn.TokenTask {
		return fault.New(fault.Conflict, "simulate.gone")
	}
	before := *l
	if out := o.node.Outcome(outcome); o.node.Action == actionReceive && out != nil && out.Kind == bpmn.OutcomeForward && l.received.IsZero() {
		l.receive()
	} else if l.status == StatusReceived && o.node.Action != actionReceive {
		l.status = StatusProcessing // somebody behind the counter has worked on it
	}
	err := l.step(bpmn.Event{Kind: bpmn.EventComplete, Token: token, Outcome: outcome, Vars: vars})
	if err != nil {
		*l = before
	}
	return err
}

// step gives the event to the process and derives everything else.
func (l *life) step(e bpmn.Event) error {
	st, effects, err := l.sc.Process.Step(l.st, e)
	if err != nil {
		return err
	}
	l.st = st
	l.refresh(effects)
	l.settle()
	return nil
}

// refresh lists what waits now. What waited already keeps since when.
func (l *life) refresh(effects []bpmn.Effect) {
	was := l.open
	l.open = make([]open, 0, len(l.st.Tokens))
tokens:
	for i := range l.st.Tokens {
		t := &l.st.Tokens[i]
		switch t.State {
		case bpmn.TokenJoin, bpmn.TokenGate, bpmn.TokenScope, bpmn.TokenLoop, bpmn.TokenUndo:
			continue
		}
		for k := range was {
			if was[k].token == t.ID {
				l.open = append(l.open, was[k])
				continue tokens
			}
		}
		o := open{token: t.ID, of: t.Of, node: l.sc.Process.Node(t.Node), state: t.State, since: l.now}
		for k := range effects {
			e := &effects[k]
			if e.Token != t.ID {
				continue
			}
			switch e.Kind {
			case bpmn.EffectTimerArmed:
				o.due, _ = Moment(e.Timer, l.now, l.sc.Calendar)
			case bpmn.EffectIncident:
				o.why = e.Problem
			}
		}
		if t.State == bpmn.TokenTask && o.node.Budget > 0 {
			o.due = l.sc.Calendar.Add(l.now, o.node.Budget)
		}
		l.open = append(l.open, o)
	}
}

// settle derives status and clock from where the process rests.
func (l *life) settle() {
	next := l.resting()
	if next == StatusReceived && l.received.IsZero() {
		next = StatusNew
	}
	from := l.status
	l.status = next
	if l.received.IsZero() {
		if next == StatusNotTaken || next == StatusWithdrawn {
			l.finished = l.now
		}
		return
	}
	switch {
	case next == StatusSupplement:
		if from != next {
			l.pause(worktime.Supplement)
		}
	case next == StatusDuty:
		if from != next {
			l.pause(worktime.Payment)
		}
	case next == StatusStopped && !l.st.Done:
		if from != next {
			l.pause("stopped")
		}
	case next == StatusFinished, next == StatusNotTaken, next == StatusWithdrawn, next == StatusReturned, next == StatusStopped:
		l.finish(next)
	default:
		l.resume()
	}
}

// resting returns the status that the open tasks, or the end of the process, mean.
func (l *life) resting() int {
	if l.st.Done {
		if l.st.Cancelled {
			return StatusWithdrawn
		}
		st := StatusReturned
		if n := l.sc.Process.Node(l.st.End); n != nil && n.Status != 0 {
			st = n.Status
		}
		if st == StatusStopped && l.received.IsZero() {
			st = StatusNotTaken
		}
		return st
	}
	if l.hold {
		return StatusStopped
	}
	st, tasks := 0, 0
	for i := range l.open {
		if l.open[i].state != bpmn.TokenTask {
			continue
		}
		tasks++
		switch s := l.open[i].node.Status; s {
		case StatusSupplement, StatusDuty: // somebody outside must act first
			return s
		case StatusFinished:
			st = s
		}
	}
	switch {
	case st != 0 && tasks == 1:
		return st
	case l.received.IsZero():
		return StatusNew
	case l.status == StatusNew || l.status == StatusReceived:
		return StatusReceived
	}
	return StatusProcessing
}

func (l *life) pause(reason string) {
	if !l.paused && !l.stopped {
		l.paused = true
		l.ledger = append(l.ledger, worktime.Entry{Kind: worktime.Pause, At: l.now, Reason: reason})
	}
}

func (l *life) resume() {
	if l.paused && !l.stopped {
		l.paused = false
		l.ledger = append(l.ledger, worktime.Entry{Kind: worktime.Resume, At: l.now})
	}
}

// finish stops the clock for good and says whether that was in time.
func (l *life) finish(st int) {
	if !l.finished.IsZero() {
		return
	}
	l.resume()
	if st != StatusWithdrawn && st != StatusStopped && l.sc.Term.N > 0 {
		if r, err := worktime.Due(l.sc.Calendar, l.sc.Term, l.sc.Rules, l.ledger); err == nil {
			l.late = l.now.After(r.Due)
		}
	}
	l.ledger = append(l.ledger, worktime.Entry{Kind: worktime.Stop, At: l.now})
	l.finished, l.stopped = l.now, true
}

// clock counts the term as it stands; without a term or before receipt it has not started.
func (l *life) clock() (worktime.Result, error) {
	if l.sc.Term.N == 0 || len(l.ledger) == 0 {
		return worktime.Result{State: worktime.NotStarted}, nil
	}
	return worktime.Compute(l.sc.Calendar, l.sc.Term, l.sc.Rules, l.ledger)
}
