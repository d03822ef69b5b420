package bpmn

// StateVersion is the newest format of State that this package writes. A later format reads the
// earlier ones; fields are only ever added. A process in which only tasks and parallel joins have
// waited so far is written as format 1, which programs that knew no more than that read too.
const StateVersion = 2

// State is everything the engine knows about one running process. It is plain JSON, usually well
// under 2 KB, and means something only together with the Definition it was made with. The zero
// State is a process that has not started.
//
// Everything that waits is a token, also at a join. What listens for something (a boundary event,
// an event sub-process, the ways out of an event-based gateway) is a token with Of, and what holds
// others (a sub-process, a loop, a compensation) is one that they name in Scope.
type State struct {
	V         int               `json:"v"`
	Seq       int               `json:"seq"`              // last token id given
	Tokens    []Token           `json:"tokens,omitempty"` // in the order of their ids
	Vars      map[string]any    `json:"vars,omitempty"`   // JSON values only
	Outcomes  map[string]string `json:"outcomes,omitempty"`
	Seen      []string          `json:"seen,omitempty"` // flows passed so far, each once, by first passage
	Done      bool              `json:"done,omitempty"`
	End       string            `json:"end,omitempty"` // the end event that ended the process
	Cancelled bool              `json:"cancelled,omitempty"`
	Undo      []Undo            `json:"undo,omitempty"`  // completed activities that can be compensated, in order
	Error     string            `json:"error,omitempty"` // code of the error that nothing caught and that ended the process
}

// Undo is a completed activity that can be compensated (BPMN 10.7).
type Undo struct {
	Node  string `json:"n"`
	Scope int    `json:"sc,omitempty"` // where it was completed, as in Token
	Times int    `json:"k,omitempty"`  // completed instances of a loop; 0 is once
	Inner []Undo `json:"in,omitempty"` // what was completed inside a sub-process
}

// TokenState says what a resting token waits for.
type TokenState string

// What a token may wait for.
const (
	TokenTask     TokenState = "task"     // a person completes the task
	TokenJoin     TokenState = "join"     // the other branches reach the parallel or inclusive join
	TokenTimer    TokenState = "timer"    // EventTimer
	TokenMessage  TokenState = "message"  // EventMessage
	TokenSignal   TokenState = "signal"   // EventSignal, or the same signal thrown inside the process
	TokenWhen     TokenState = "when"     // a condition on the variables comes true
	TokenService  TokenState = "service"  // the service answers with EventDone, EventError or EventFail
	TokenDecision TokenState = "decision" // the decision answers likewise
	TokenCall     TokenState = "call"     // the called process ends
	TokenGate     TokenState = "gate"     // the first of the events after an event-based gateway
	TokenScope    TokenState = "scope"    // holds the tokens of a sub-process
	TokenLoop     TokenState = "loop"     // holds the instances of an activity
	TokenUndo     TokenState = "undo"     // holds the compensation handlers at work
	TokenIncident TokenState = "incident" // an administrator, who sends EventRetry
)

// Token is one place where the process rests. Its id is given when the token comes to rest and is
// never used again: a second visit of the same task has another id, so an answer sent twice is
// recognised.
type Token struct {
	ID      int        `json:"id"`
	Node    string     `json:"n"`
	State   TokenState `json:"s"`
	Via     string     `json:"f,omitempty"`  // the flow it came by
	Scope   int        `json:"sc,omitempty"` // 0 is the process; otherwise the token that holds it: a sub-process, a loop, a compensation
	Outcome string     `json:"o,omitempty"`  // outcome of the last task completed on this token's way

	Of    int            `json:"of,omitempty"` // listens as long as this token rests; -1 is the process
	N     int            `json:"k,omitempty"`  // number of an instance or round, from 1; of a loop the instances started
	Total int            `json:"t,omitempty"`  // of a loop: instances wanted
	Done  int            `json:"d,omitempty"`  // of a loop: instances completed
	On    bool           `json:"on,omitempty"` // a condition has been true since it last was false
	Vars  map[string]any `json:"v,omitempty"`  // variables of one instance
	Votes map[string]int `json:"c,omitempty"`  // of a loop: completed instances by outcome
	Undo  []Undo         `json:"u,omitempty"`  // of a compensation: what is still to be undone, the next first
	Phase Phase          `json:"p,omitempty"`  // of an incident: what is to be done again
}

// Phase says what EventRetry does again.
type Phase string

// What can have failed.
const (
	PhaseEnter Phase = ""      // entering the node: its condition, script or loop
	PhaseLeave Phase = "leave" // leaving it
	PhaseArm   Phase = "arm"   // the text of a timer
	PhaseWork  Phase = "work"  // the service, decision or called process reported a failure
)

// EventKind says what happened outside.
type EventKind string

// What can happen to a process.
const (
	EventStart    EventKind = "start"    // begin, at the start event Node or the none start event; Vars are the first variables
	EventComplete EventKind = "complete" // the task of Token is done with Outcome
	EventCancel   EventKind = "cancel"   // stop everything, as when the applicant withdraws
	EventVars     EventKind = "vars"     // set variables; conditions that come true by it are events
	EventMove     EventKind = "move"     // carry the open task Token over to the task Node, as when a wrong transfer is taken back

	EventTimer    EventKind = "timer"    // the timer of Token has come
	EventMessage  EventKind = "message"  // the message Name has come, for Token if that is given, else for the first that waits
	EventSignal   EventKind = "signal"   // the signal Name was given; nobody need wait for it
	EventDone     EventKind = "done"     // the service, decision or called process of Token has answered; the value under the key "" is its result
	EventError    EventKind = "error"    // the work of Token ended in the error Name, which the process may handle
	EventEscalate EventKind = "escalate" // the work of Token, which goes on, escalates by Name
	EventFail     EventKind = "fail"     // the work of Token could not be done, for the reason in Name: an incident
	EventRetry    EventKind = "retry"    // do again what the incident Token stopped at
)

// Event is one thing that happened outside. Vars are merged into the state's by key; a nil value
// removes the key.
type Event struct {
	Kind    EventKind      `json:"kind"`
	Token   int            `json:"token,omitempty"`
	Outcome string         `json:"outcome,omitempty"`
	Node    string         `json:"node,omitempty"`
	Name    string         `json:"name,omitempty"`
	Vars    map[string]any `json:"vars,omitempty"`
}

// EffectKind says what the caller has to do or record.
type EffectKind string

// What a step can cause.
const (
	EffectTaskOpened    EffectKind = "task_opened"    // Token waits at Node; put it on a worklist
	EffectTaskClosed    EffectKind = "task_closed"    // Token was completed with Outcome
	EffectTaskCancelled EffectKind = "task_cancelled" // Token is gone; take it off the worklist
	EffectPassed        EffectKind = "passed"         // a milestone (intermediate none event) was passed
	EffectBranchEnded   EffectKind = "branch_ended"   // one branch reached the end event Node, others go on
	EffectEnded         EffectKind = "ended"          // the process is over at the end event Node (nil without one)
	EffectCancelled     EffectKind = "cancelled"      // the process was stopped by EventCancel

	EffectTimerArmed     EffectKind = "timer_armed"     // send EventTimer for Token when Timer comes
	EffectTimerCancelled EffectKind = "timer_cancelled" // forget the timer of Token
	EffectSubscribed     EffectKind = "subscribed"      // Token waits for the message or signal Name, or for a condition
	EffectUnsubscribed   EffectKind = "unsubscribed"    // it does no longer
	EffectCaught         EffectKind = "caught"          // Token was triggered; it is gone, unless it goes on listening
	EffectMessageSent    EffectKind = "message_sent"    // deliver the message Name to other processes
	EffectSignalSent     EffectKind = "signal_sent"     // pass the signal Name on to other processes; this one has heard it
	EffectServiceCalled  EffectKind = "service_called"  // call the service Name for Token
	EffectDecisionAsked  EffectKind = "decision_asked"  // decide Name for Token
	EffectCallStarted    EffectKind = "call_started"    // start the process Name for Token
	EffectWorkCancelled  EffectKind = "work_cancelled"  // the service, decision or called process of Token is not needed any more
	EffectWorkClosed     EffectKind = "work_closed"     // it has answered
	EffectEscalated      EffectKind = "escalated"       // the escalation Name was thrown at Node
	EffectErrorCaught    EffectKind = "error_caught"    // Node handles the error Name
	EffectUndoing        EffectKind = "undoing"         // the activity Node is being compensated
	EffectIncident       EffectKind = "incident"        // Token rests at Node until an administrator retries; Problem says why
	EffectIncidentClosed EffectKind = "incident_closed" // the incident of Token is over
)

// Effect is one consequence of a step, in the order in which they came about.
type Effect struct {
	Kind    EffectKind
	Token   int      // 0 where no resting token is concerned
	Node    *Node    // belongs to the Definition; do not change it
	Outcome *Outcome // the declared outcome chosen, for task_closed; nil without
	Via     string   // id of the flow by which Node was reached, may be empty

	Name    string         // of the message, signal, service, decision, process, escalation or error
	Timer   *Timer         // for timer_armed
	Vars    map[string]any // variables of the instance of a loop, for what is opened or called; do not change it
	Problem *Problem       // for incident
}

// Waiting returns the tokens that wait for something from outside (a person, time, a message, an
// answer, an administrator), in the order of their ids.
func (s *State) Waiting() []Token {
	var out []Token
	for _, t := range s.Tokens {
		switch t.State {
		case TokenJoin, TokenGate, TokenScope, TokenLoop, TokenUndo:
		default:
			out = append(out, t)
		}
	}
	return out
}

// Token returns the resting token with the id, or nil.
func (s *State) Token(id int) *Token {
	for i := range s.Tokens {
		if s.Tokens[i].ID == id {
			return &s.Tokens[i]
		}
	}
	return nil
}

// Tasks returns the tokens that wait for a person, in the order of their ids.
func (s *State) Tasks() []Token {
	var out []Token
	for _, t := range s.Tokens {
		if t.State == TokenTask {
			out = append(out, t)
		}
	}
	return out
}
