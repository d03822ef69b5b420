package bpmn

// Host says what the caller of Step carries out. What it cannot do is refused at publication by
// element and type, because at run time it would be waited for in vain. The zero Host is a caller
// that opens and closes tasks and nothing else.
type Host struct {
	Timers    bool // arms timers and sends EventTimer
	Messages  bool // sends messages to other processes and delivers theirs
	Signals   bool // passes signals on between processes
	Services  bool // calls services and answers with EventDone, EventError or EventFail
	Decisions bool // decides tables and answers likewise
	Calls     bool // starts processes of other files and answers when they end
	Data      bool // gives variables while the process runs, so that conditions can come true
	Incidents bool // shows incidents to an administrator, who retries
	Anyone    bool // finds people without the lanes, roles, actions and names of the lt extension
}

// Everything returns the Host that carries out all that this package can ask for, and for whom a
// process needs nothing beyond the standard.
func Everything() Host {
	return Host{Timers: true, Messages: true, Signals: true, Services: true, Decisions: true, Calls: true, Data: true, Incidents: true, Anyone: true}
}

// ability is one thing a Host may be able to do.
type ability uint8

const (
	needTimers ability = 1 << iota
	needMessages
	needSignals
	needServices
	needDecisions
	needCalls
	needIncidents
	needData
)

func (h Host) abilities() ability {
	var a ability
	for _, x := range []struct {
		can bool
		a   ability
	}{{h.Timers, needTimers}, {h.Messages, needMessages}, {h.Signals, needSignals}, {h.Services, needServices},
		{h.Decisions, needDecisions}, {h.Calls, needCalls}, {h.Incidents, needIncidents}, {h.Data, needData}} {
		if x.can {
			a |= x.a
		}
	}
	return a
}

// needOf returns the ability that running a node of the kind takes.
func needOf(k kind) ability {
	switch k {
	case kindSend, kindReceive:
		return needMessages
	case kindService:
		return needServices
	case kindRule:
		return needDecisions
	case kindCall:
		return needCalls
	case kindScript:
		return needIncidents
	}
	return 0
}

// needOfTrigger returns the ability that an event of the kind takes.
func needOfTrigger(k TriggerKind) ability {
	switch k {
	case TriggerMessage:
		return needMessages
	case TriggerTimer:
		return needTimers
	case TriggerSignal:
		return needSignals
	case TriggerCondition:
		return needData
	}
	return 0
}
