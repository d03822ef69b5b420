package simulate

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
)

// Limits of a walk.
const (
	MaxChoices = 200
	maxFired   = 200                       // timers that fire by themselves in one walk
	maxSpan    = 20 * 365 * 24 * time.Hour // from submission to the last choice
	aWorkday   = 480                       // working minutes: the default where nothing says how long
	firstYear  = 2014                      // from when worktime knows the public holidays
	lastYear   = 2150
)

// Act is what somebody does in a walk.
type Act string

// The acts.
const (
	ActComplete Act = "c" // end a task; Arg is the key of the outcome
	ActTimer    Act = "t" // let the timer come
	ActMessage  Act = "m" // the awaited message or signal comes
	ActAnswer   Act = "a" // a service, decision or called process answers
	ActError    Act = "e" // it reports the error Arg instead
	ActFail     Act = "f" // it cannot be done: an incident
	ActRetry    Act = "r" // an administrator has what failed tried again
	ActData     Act = "d" // variables become known
	ActExtend   Act = "x" // a leader extends the term by Arg working days
	ActHold     Act = "h" // a leader stops the clock
	ActResume   Act = "u" // and lets it run on
	ActWithdraw Act = "w" // the applicant takes the dossier back
)

// Choice is one thing done in a walk, to a token or, where Token is 0, to the dossier.
type Choice struct {
	Act   Act       `json:"act"`
	Token int       `json:"token,omitempty"`
	Arg   string    `json:"arg,omitempty"`
	Data  string    `json:"data,omitempty"` // variables as ParseData reads them
	At    time.Time `json:"at"`
}

// Walk is one made-up dossier: when and how it was submitted and what was then chosen.
type Walk struct {
	Submitted time.Time `json:"submitted"`
	Channel   int       `json:"channel"` // ChannelCounter or ChannelOnline
	Data      string    `json:"data,omitempty"`
	Choices   []Choice  `json:"choices"`
}

// Event is one line of a walk's account: what happened and how things stand after it.
type Event struct {
	Choice
	Auto   bool          // a timer that came by itself
	Node   *bpmn.Node    // nil for what is done to the dossier
	Chosen *bpmn.Outcome // nil where no declared outcome was chosen
	Opened time.Time     // since when it waited
	Due    time.Time     // the end of its budget, zero without
	Late   bool          // done after Due
	Used   int           // office minutes from Opened to At
	Status int           // of the dossier
	Clock  worktime.Result
	Left   worktime.Left // until the dossier's due date, which Clock holds
}

// Option is one thing that can be chosen next.
type Option struct {
	Act     Act
	Arg     string
	Outcome *bpmn.Outcome // of ActComplete; nil otherwise
}

// Waiting is what the dossier waits for.
type Waiting struct {
	Token   int
	Node    *bpmn.Node
	State   bpmn.TokenState
	Since   time.Time
	Due     time.Time     // the end of a task's budget, the moment of a timer; zero without
	Left    worktime.Left // until Due
	Options []Option
	At      time.Time     // when to do it if nothing else is chosen: at the end of the budget
	Why     *bpmn.Problem // of an incident
}

// Refusal is a choice that could not be carried out; those after it were not tried.
type Refusal struct {
	Index int   // of the choice, from 0
	Err   error // a *fault.Error or *bpmn.Problem
}

// Play is a walk carried out as far as it goes.
type Play struct {
	State    bpmn.State
	Events   []Event // the first is the submission
	Waiting  []Waiting
	General  []Option // what can be done to the dossier as a whole
	Now      time.Time
	Status   int
	Received time.Time
	Finished time.Time
	Late     bool // finished after the due date
	Ledger   []worktime.Entry
	Clock    worktime.Result
	Left     worktime.Left
	Refused  *Refusal // nil when every choice was carried out
}

// Play carries the walk out from the beginning. The error says that not even the beginning is possible;
// a choice that cannot be carried out is Play.Refused and ends the walk there.
func (sc *Scene) Play(w Walk) (*Play, error) {
	if err := sc.Check(); err != nil {
		return nil, err
	}
	if err := w.Check(); err != nil {
		return nil, err
	}
	vars, err := ParseData(w.Data)
	if err != nil {
		return nil, err
	}
	p := &player{life: life{sc: sc}, play: &Play{}}
	if err := p.begin(minute(w.Submitted), w.Channel, vars); err != nil {
		return nil, err
	}
	if err := p.note(Event{Choice: Choice{At: p.now}}); err != nil {
		return nil, err
	}
	for i, c := range w.Choices {
		if err := p.choose(c); err != nil {
			p.play.Refused = &Refusal{i, err}
			break
		}
	}
	return p.result()
}

// Check returns nil or a fault: there are too many choices, or the submission is out of range.
func (w *Walk) Check() error {
	if len(w.Choices) > MaxChoices {
		return fault.New(fault.TooLarge, "simulate.choices", "max", MaxChoices)
	}
	if y := civil.From(w.Submitted).Year(); y < firstYear || y > lastYear {
		return fault.New(fault.Invalid, "simulate.time", "min", strconv.Itoa(firstYear), "max", strconv.Itoa(lastYear))
	}
	if w.Channel < 1 || w.Channel > 9 {
		return fault.New(fault.Invalid, "simulate.channel")
	}
	return nil
}

// minute cuts seconds off, as the counting of time does.
func minute(t time.Time) time.Time { return t.Truncate(time.Minute) }

type player struct {
	life
	play  *Play
	fired int
}

// note adds a line to the account.
func (p *player) note(e Event) error {
	clock, err := p.clock()
	if err != nil {
		return err
	}
	e.Status, e.Clock, e.Left = p.status, clock, p.sc.Calendar.Left(e.At, clock.Due)
	p.play.Events = append(p.play.Events, e)
	return nil
}

// choose carries one choice out, after the timers that come before it.
func (p *player) choose(c Choice) error {
	c.At = minute(c.At)
	if c.At.Before(p.now) {
		return fault.New(fault.Invalid, "simulate.backwards")
	}
	if c.At.Sub(p.play.Events[0].At) > maxSpan {
		return fault.New(fault.Invalid, "simulate.far")
	}
	if err := p.pass(c); err != nil {
		return err
	}
	before := p.life
	before.ledger = slices.Clip(before.ledger)
	e := Event{Choice: c}
	if o := p.find(c.Token); o != nil {
		e.Node, e.Opened = o.node, o.since
		if o.state == bpmn.TokenTask {
			e.Due = p.dueOf(o)
			e.Late = !e.Due.IsZero() && c.At.After(e.Due)
			e.Chosen = o.node.Outcome(c.Arg)
		}
		e.Used = p.sc.Calendar.Between(o.since, c.At)
	}
	p.now = c.At
	err := p.act(c)
	if err == nil {
		err = p.note(e)
	}
	if err != nil {
		p.life = before
	}
	return err
}

// pass lets the timers come that are due before the choice.
func (p *player) pass(c Choice) error {
	for {
		first := -1
		for i := range p.open {
			o := &p.open[i]
			if o.state != bpmn.TokenTimer || o.due.IsZero() || !o.due.Before(c.At) || c.Act == ActTimer && o.token == c.Token {
				continue
			}
			if first < 0 || o.due.Before(p.open[first].due) {
				first = i
			}
		}
		if first < 0 {
			return nil
		}
		if p.fired++; p.fired > maxFired {
			return fault.New(fault.TooLarge, "simulate.timers", "max", maxFired)
		}
		o := p.open[first]
		if at := minute(o.due); at.After(p.now) {
			p.now = at
		}
		e := Event{Choice: Choice{Act: ActTimer, Token: o.token, At: p.now}, Auto: true, Node: o.node, Opened: o.since,
			Used: p.sc.Calendar.Between(o.since, p.now)}
		if err := p.step(bpmn.Event{Kind: bpmn.EventTimer, Token: o.token}); err != nil {
			return err
		}
		if err := p.note(e); err != nil {
			return err
		}
	}
}

// act carries out a choice at p.now.
func (p *player) act(c Choice) error {
	vars, err := ParseData(c.Data)
	if err != nil {
		return err
	}
	if c.Token == 0 {
		return p.general(c, vars)
	}
	o := p.find(c.Token)
	if o == nil {
		return fault.New(fault.Conflict, "simulate.gone")
	}
	if !slices.ContainsFunc(p.options(o), func(x Option) bool { return x.Act == c.Act && (x.Arg == c.Arg || c.Act == ActError) }) {
		return fault.New(fault.Invalid, "simulate.act")
	}
	if p.hold && o.state == bpmn.TokenTask {
		return fault.New(fault.Conflict, "simulate.held")
	}
	switch e := (bpmn.Event{Token: c.Token, Vars: vars}); c.Act {
	case ActComplete:
		return p.complete(c.Token, c.Arg, vars)
	case ActTimer:
		e.Kind = bpmn.EventTimer
		return p.step(e)
	case ActMessage:
		e.Kind, e.Name = bpmn.EventMessage, o.node.Event.Name
		if o.state == bpmn.TokenSignal {
			e.Kind, e.Token = bpmn.EventSignal, 0
		}
		return p.step(e)
	case ActAnswer:
		e.Kind = bpmn.EventDone
		return p.step(e)
	case ActError:
		e.Kind, e.Name = bpmn.EventError, c.Arg
		return p.step(e)
	case ActFail:
		e.Kind = bpmn.EventFail
		return p.step(e)
	case ActRetry:
		e.Kind = bpmn.EventRetry
		return p.step(e)
	}
	return fault.New(fault.Invalid, "simulate.act")
}

// general carries out what is done to the dossier as a whole.
func (p *player) general(c Choice, vars map[string]any) error {
	if !slices.ContainsFunc(p.generals(), func(x Option) bool { return x.Act == c.Act }) {
		return fault.New(fault.Conflict, "simulate.act")
	}
	switch c.Act {
	case ActData:
		return p.step(bpmn.Event{Kind: bpmn.EventVars, Vars: vars})
	case ActExtend:
		days := number(c.Arg)
		if days < 1 || days > 60 {
			return fault.New(fault.Invalid, "simulate.days", "min", 1, "max", 60)
		}
		p.extended = true
		p.ledger = append(p.ledger, worktime.Entry{Kind: worktime.Extend, At: p.now, Term: &worktime.Term{N: days, Unit: worktime.WorkingDay}})
		return nil
	case ActHold, ActResume:
		p.hold = c.Act == ActHold
		p.settle()
		return nil
	}
	return p.step(bpmn.Event{Kind: bpmn.EventCancel})
}

// number reads a small whole number, -1 for anything else.
func number(s string) int {
	n := 0
	for _, r := range s {
		if r < '0' || r > '9' || n > 1000 {
			return -1
		}
		n = n*10 + int(r-'0')
	}
	if s == "" {
		return -1
	}
	return n
}

// generals returns what can be done to the dossier now.
func (p *player) generals() []Option {
	var out []Option
	if p.st.Done || !p.finished.IsZero() {
		return out
	}
	running := !p.received.IsZero() && p.sc.Term.N > 0 && !p.paused
	if running && !p.extended && p.sc.Rules.MaxExtensions > 0 {
		out = append(out, Option{Act: ActExtend})
	}
	switch {
	case p.hold:
		out = append(out, Option{Act: ActResume})
	case !p.received.IsZero():
		out = append(out, Option{Act: ActHold})
	}
	if p.sc.Data() {
		out = append(out, Option{Act: ActData})
	}
	return append(out, Option{Act: ActWithdraw})
}

// options returns what can be done to what waits.
func (p *player) options(o *open) []Option {
	switch o.state {
	case bpmn.TokenTask:
		if len(o.node.Outcomes) == 0 {
			return []Option{{Act: ActComplete}}
		}
		out := make([]Option, len(o.node.Outcomes))
		for i := range o.node.Outcomes {
			out[i] = Option{Act: ActComplete, Arg: o.node.Outcomes[i].Key, Outcome: &o.node.Outcomes[i]}
		}
		return out
	case bpmn.TokenTimer:
		return []Option{{Act: ActTimer}}
	case bpmn.TokenMessage, bpmn.TokenSignal:
		return []Option{{Act: ActMessage}}
	case bpmn.TokenService, bpmn.TokenDecision, bpmn.TokenCall:
		out := []Option{{Act: ActAnswer}}
		for i := range p.sc.Process.Nodes {
			if n := &p.sc.Process.Nodes[i]; n.Attached == o.node.ID && n.Event != nil && n.Event.Kind == bpmn.TriggerError {
				out = append(out, Option{Act: ActError, Arg: n.Event.Name})
			}
		}
		return append(out, Option{Act: ActFail})
	case bpmn.TokenIncident:
		return []Option{{Act: ActRetry}}
	}
	return nil // a condition comes true by data
}

// dueOf returns when what is waited for is due. A step waits with its dossier: zero while the clock
// stands.
func (p *player) dueOf(o *open) time.Time {
	if o.state != bpmn.TokenTask || o.node.Budget <= 0 {
		return o.due
	}
	due, _ := p.sc.Calendar.StepDue(o.since, o.node.Budget, p.sc.Rules, p.ledger)
	return due
}

// result tells how things stand at the end of the walk.
func (p *player) result() (*Play, error) {
	out := p.play
	var err error
	if out.Clock, err = p.clock(); err != nil {
		return nil, err
	}
	c := p.sc.Calendar
	out.State, out.Now, out.Status, out.Received, out.Finished = p.st, p.now, p.status, p.received, p.finished
	out.Late, out.Ledger, out.Left, out.General = p.late, p.ledger, c.Left(p.now, out.Clock.Due), p.generals()
	for i := range p.open {
		o := &p.open[i]
		due := p.dueOf(o)
		w := Waiting{Token: o.token, Node: o.node, State: o.state, Since: o.since, Due: due, Left: c.Left(p.now, due),
			Options: p.options(o), Why: o.why, At: due}
		switch {
		case w.At.IsZero() && o.state == bpmn.TokenTask:
			w.At = c.Add(p.now, aWorkday)
		case w.At.IsZero(), w.At.Before(p.now):
			w.At = p.now
		}
		w.At = minute(w.At)
		out.Waiting = append(out.Waiting, w)
	}
	return out, nil
}

// Problem returns what the process says about the refused choice, nil if it was not the process.
func (r *Refusal) Problem() *bpmn.Problem {
	var p *bpmn.Problem
	errors.As(r.Err, &p)
	return p
}
