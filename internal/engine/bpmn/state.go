package bpmn

// StateVersion is the format of State that this package writes. A later format reads the earlier
// ones; fields are only ever added.
const StateVersion = 1

// State is everything the engine knows about one running process. It is plain JSON, usually well
// under 2 KB, and means something only together with the Definition it was made with. The zero
// State is a process that has not started.
//
// Everything that waits is a token, also at a join: a later join, timer, message or repeated
// activity is a token with another TokenState, and a sub-process is a number in Token.Scope, so
// the rest of the standard can follow without rewriting the states of running dossiers.
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
}

// TokenState says what a resting token waits for.
type TokenState string

// What a token may wait for.
const (
	TokenTask TokenState = "task" // a person completes the task
	TokenJoin TokenState = "join" // the other branches reach the parallel join
)

// Token is one place where the process rests. Its id is given when the token comes to rest and is
// never used again: a second visit of the same task has another id, so an answer sent twice is
// recognised.
type Token struct {
	ID      int        `json:"id"`
	Node    string     `json:"n"`
	State   TokenState `json:"s"`
	Via     string     `json:"f,omitempty"`  // the flow it came by
	Scope   int        `json:"sc,omitempty"` // 0 is the process; otherwise the token of the sub-process it runs in
	Outcome string     `json:"o,omitempty"`  // outcome of the last task completed on this token's way
}

// EventKind says what happened outside.
type EventKind string

// What can happen to a process.
const (
	EventStart    EventKind = "start"    // begin; Vars are the first variables
	EventComplete EventKind = "complete" // the task of Token is done with Outcome
	EventCancel   EventKind = "cancel"   // stop everything, as when the applicant withdraws
	EventVars     EventKind = "vars"     // set variables; moves nothing
	EventMove     EventKind = "move"     // carry the open task Token over to the task Node, as when a wrong transfer is taken back
)

// Event is one thing that happened outside. Vars are merged into the state's by key; a nil value
// removes the key.
type Event struct {
	Kind    EventKind      `json:"kind"`
	Token   int            `json:"token,omitempty"`
	Outcome string         `json:"outcome,omitempty"`
	Node    string         `json:"node,omitempty"`
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
)

// Effect is one consequence of a step, in the order in which they came about.
type Effect struct {
	Kind    EffectKind
	Token   int      // 0 where no resting token is concerned
	Node    *Node    // belongs to the Definition; do not change it
	Outcome *Outcome // the declared outcome chosen, for task_closed; nil without
	Via     string   // id of the flow by which Node was reached, may be empty
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
