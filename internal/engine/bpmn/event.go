package bpmn

// TriggerKind says what an event waits for or causes (BPMN 10.5.5).
type TriggerKind string

// The kinds of events that are executed.
const (
	TriggerMessage      TriggerKind = "message"
	TriggerTimer        TriggerKind = "timer"
	TriggerSignal       TriggerKind = "signal"
	TriggerError        TriggerKind = "error"
	TriggerEscalation   TriggerKind = "escalation"
	TriggerCondition    TriggerKind = "conditional"
	TriggerCompensation TriggerKind = "compensation"
	TriggerTerminate    TriggerKind = "terminate"
	TriggerLink         TriggerKind = "link"
)

// Trigger is the event definition of an event, or the message of a send or receive task.
type Trigger struct {
	Kind  TriggerKind
	Name  string // of the message, signal or link; the code of the error or escalation, "" for any
	Ref   string // id of the message, signal, error or escalation; of the activity to compensate
	Timer Timer  // as written; with TriggerTimer only

	cond *condition // of a conditional event
	text *condition // of a timer whose text is an expression
	wait bool       // compensation: go on only after the handlers
}

// Forms of a Timer (BPMN 10.5.5).
const (
	TimerDate     = "date"     // an instant, such as 2026-01-05T08:00:00+07:00
	TimerDuration = "duration" // from the moment it is armed, such as PT4H or P2D
	TimerCycle    = "cycle"    // repetitions of a duration, such as R3/PT10M
)

// Timer is a time in the words of ISO 8601. Work is a duration in working minutes (lt:work), which
// the caller counts by its working calendar; it takes the place of Text.
type Timer struct {
	Kind  string
	Text  string
	Work  int // minutes, 480 a day; 0 when Text counts
	Round int // of a cycle: the how manieth firing this arms, from 1
}

// Loop is a standard loop or several instances of an activity (BPMN 10.3.8).
type Loop struct {
	Standard   bool   // a standard loop; otherwise multi-instance
	Sequential bool   // instances one after the other
	TestBefore bool   // a standard loop may run not at all
	Max        int    // of a standard loop; 0 for no limit
	Collection string // variable that holds the items of the instances
	Element    string // variable by which an instance knows its item
	Output     string // variable that gathers what the instances gave
	OutputItem string // variable of one instance that goes into Output

	count    *condition // loopCardinality
	until    *condition // completionCondition, or the loopCondition that goes on
	refusals string
}

// place is where an event stands; which kinds may stand there is said in BPMN 10.5.2
// to 10.5.5.
type place string

const (
	placeStart    place = "start"    // of a process
	placeInner    place = "inner"    // start of an embedded sub-process
	placeHandler  place = "handler"  // start of an event sub-process
	placeCatch    place = "catch"    // intermediate
	placeThrow    place = "throw"    // intermediate
	placeBoundary place = "boundary" // interrupting or not
	placeEnd      place = "end"      // of a process or sub-process
)

// allowed returns the kinds of events executed at a place; "" is the none event.
func allowed(at place) []TriggerKind {
	switch at {
	case placeStart:
		return []TriggerKind{"", TriggerMessage, TriggerTimer, TriggerSignal, TriggerCondition}
	case placeInner:
		return []TriggerKind{""}
	case placeHandler:
		return []TriggerKind{TriggerMessage, TriggerTimer, TriggerSignal, TriggerCondition, TriggerError, TriggerEscalation, TriggerCompensation}
	case placeCatch:
		return []TriggerKind{TriggerMessage, TriggerTimer, TriggerSignal, TriggerCondition, TriggerLink}
	case placeThrow:
		return []TriggerKind{"", TriggerMessage, TriggerSignal, TriggerEscalation, TriggerCompensation, TriggerLink}
	case placeBoundary:
		return []TriggerKind{TriggerMessage, TriggerTimer, TriggerSignal, TriggerCondition, TriggerError, TriggerEscalation, TriggerCompensation}
	case placeEnd:
		return []TriggerKind{"", TriggerMessage, TriggerSignal, TriggerError, TriggerEscalation, TriggerCompensation, TriggerTerminate}
	}
	return nil
}

// kind sorts nodes by how they are executed.
type kind uint8

const (
	kindOther kind = iota
	kindStart
	kindEnd
	kindThrow
	kindCatch
	kindBoundary
	kindTask // a person completes it
	kindReceive
	kindSend
	kindService
	kindRule
	kindScript
	kindSub // embedded, event, or a called process of the same file
	kindCall
	kindExclusive
	kindParallel
	kindInclusive
	kindEventGate
)

// kindOf returns how elements with the name are executed; kindOther when they are not.
func kindOf(element string) kind {
	switch element {
	case TypeStart:
		return kindStart
	case TypeEnd:
		return kindEnd
	case TypePass:
		return kindThrow
	case TypeCatch:
		return kindCatch
	case TypeBoundary:
		return kindBoundary
	case TypeUserTask, TypeManualTask, TypeTask:
		return kindTask
	case TypeReceiveTask:
		return kindReceive
	case TypeSendTask:
		return kindSend
	case TypeServiceTask:
		return kindService
	case TypeRuleTask:
		return kindRule
	case TypeScriptTask:
		return kindScript
	case TypeSubProcess:
		return kindSub
	case TypeCall:
		return kindCall
	case TypeExclusive:
		return kindExclusive
	case TypeParallel:
		return kindParallel
	case TypeInclusive:
		return kindInclusive
	case TypeEventGate:
		return kindEventGate
	}
	return kindOther
}

// activity reports whether work is done at the node, by whomever.
func (n *Node) activity() bool { return n.kind >= kindTask && n.kind <= kindCall }

// is reports whether the node is an event of the kind.
func (n *Node) is(k TriggerKind) bool {
	if n.Event == nil {
		return k == ""
	}
	return n.Event.Kind == k
}

// compensated reports whether the activity has something that undoes it: a handler of its own, or
// activities inside that have one.
func (d *Definition) compensated(n *Node) bool {
	if n.handler >= 0 {
		return true
	}
	if n.kind != kindSub || n.Triggered {
		return false
	}
	s := d.scopes[n.inner]
	return s != nil && s.undoable
}

// undoable finds the scopes in which something can be compensated.
func (d *Definition) undoable() {
	for again := true; again; { // from the inside out
		again = false
		for _, s := range d.scopes {
			for _, i := range s.nodes {
				if m := &d.Nodes[i]; !s.undoable && (m.Triggered && d.handles(m, TriggerCompensation) || d.compensated(m)) {
					s.undoable, again = true, true
				}
			}
		}
	}
}

// handles reports whether the event sub-process starts by an event of the kind.
func (d *Definition) handles(sub *Node, k TriggerKind) bool {
	for _, i := range d.scope(sub).starts {
		if d.Nodes[i].is(k) {
			return true
		}
	}
	return false
}
