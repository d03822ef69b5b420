package simulate

import (
	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/fault"
)

// The national status codes a dossier can have here (TrangThaiHoSo of the national portal).
const (
	StatusNew        = 1
	StatusReceived   = 2
	StatusNotTaken   = 3
	StatusProcessing = 4
	StatusSupplement = 5
	StatusDuty       = 6
	StatusWithdrawn  = 7
	StatusStopped    = 8
	StatusFinished   = 9
	StatusReturned   = 10
)

// Channels as the variable "channel" has them in every process.
const (
	ChannelCounter = 1 // received at once by whoever takes it in
	ChannelOnline  = 2
)

// actionReceive is the action of the task that takes a dossier into the office.
const actionReceive = "receive"

// Scene is what made-up dossiers are played on.
type Scene struct {
	Process  *bpmn.Definition
	Calendar *worktime.Calendar // of the agency that decides; every date is counted by it
	Term     worktime.Term      // N 0: no limit is known, so there is no due date
	Rules    worktime.Rules
	Vars     map[string]any // variables at the start, beside the channel
}

// Check returns nil or an Invalid fault: something of the scene is missing or out of range.
func (sc *Scene) Check() error {
	if sc.Process == nil || sc.Calendar == nil {
		return fault.New(fault.Invalid, "simulate.scene")
	}
	if sc.Term.N != 0 {
		if err := sc.Term.Check(); err != nil {
			return err
		}
	}
	return sc.Rules.Check()
}

// receives reports whether the process has a task that takes the dossier in; without one it counts as
// received when it begins.
func (sc *Scene) receives() bool {
	for i := range sc.Process.Nodes {
		if n := &sc.Process.Nodes[i]; n.IsTask() && n.Action == actionReceive {
			return true
		}
	}
	return false
}

// InOffice reports whether somebody in an office works at the task; the applicant's keep nobody busy,
// nor do those that wait for a supplement or a financial duty.
func (sc *Scene) InOffice(n *bpmn.Node) bool {
	l := sc.Process.LaneOf(n)
	return (l == nil || l.Role != bpmn.RoleApplicant) && n.Status != StatusSupplement && n.Status != StatusDuty
}

// Data reports whether conditions of the process look at data, so that it makes sense to give some.
func (sc *Scene) Data() bool {
	d := sc.Process
	if len(d.Data) > 0 {
		return true
	}
	for i := range d.Flows {
		if usesVars(d.Flows[i].Condition) {
			return true
		}
	}
	for i := range d.Nodes {
		n := &d.Nodes[i]
		if n.Loop != nil && n.Loop.Collection != "" || n.Event != nil && n.Event.Kind == bpmn.TriggerCondition {
			return true
		}
	}
	return false
}
