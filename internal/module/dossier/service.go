package dossier

import (
	"slices"
	"strings"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/fault"
)

// Names of the services that the product carries out itself, within the step.
const (
	ServiceNotify     = "notify.applicant" // tells the applicant what the element's documentation says
	ServiceComputeFee = "fee.compute"      // the fee by the procedure's table; its result is the amount
	ServiceSetFee     = "fee.set"          // the fee is vars.amount, in đồng
	ServiceSetTerm    = "term.set"         // the term is vars.term_days working days, never more than the procedure's
)

// endpointPrefix begins the names of services that are calls of a configured address.
const endpointPrefix = "http:"

// service carries out work of a process at once and returns its result.
type service func(c *change, n *bpmn.Node, vars map[string]any) (any, *fault.Error)

// builtIn returns the product's own service of the name; nil if there is none.
func builtIn(name string) service {
	switch name {
	case ServiceNotify:
		return notifyApplicant
	case ServiceComputeFee:
		return computeFee
	case ServiceSetFee:
		return setFee
	case ServiceSetTerm:
		return setTerm
	}
	return nil
}

// Services returns the names of all services that processes may call here: the product's own, then
// those of configured addresses.
func (s *Service) Services() []string {
	out := []string{ServiceNotify, ServiceComputeFee, ServiceSetFee, ServiceSetTerm}
	if s.Endpoints != nil {
		for _, n := range s.Endpoints.Names() {
			out = append(out, endpointPrefix+n)
		}
	}
	return out
}

// Names says which services and decisions exist here; publication refuses any other.
func (s *Service) Names() bpmn.Names {
	return bpmn.Names{
		Service:  func(name string) bool { return slices.Contains(s.Services(), name) },
		Decision: func(name string) bool { return s.Decisions != nil && s.Decisions.Known(name) },
	}
}

// callService carries out a service of the product at once; a call of an address is due at once, and
// made when the act is on the disk.
func (c *change) callService(e bpmn.Effect) {
	c.acted = true
	if strings.HasPrefix(e.Name, endpointPrefix) {
		c.wait(&Wait{Token: e.Token, Kind: WaitService, Node: e.Node.ID, Name: e.Name, Since: c.now, Due: c.now, Data: e.Vars})
		return
	}
	do := builtIn(e.Name)
	if do == nil {
		c.fail(e.Token, "dossier.no_service", "name", e.Name)
		return
	}
	if c.atOnce++; c.atOnce > maxAtOnce {
		c.wait(&Wait{Token: e.Token, Kind: WaitService, Node: e.Node.ID, Name: e.Name, Since: c.now, Due: c.now, Data: e.Vars})
		return
	}
	c.served(e.Token, e.Node, do, e.Vars)
}

// served runs the service and has the process hear the answer.
func (c *change) served(token int, n *bpmn.Node, do service, instance map[string]any) {
	result, bad := do(c, n, c.everything(instance))
	if bad != nil {
		c.fail(token, bad.Key, pairs(bad.Args)...)
		return
	}
	c.auto("service", n, nil)
	c.answer(bpmn.Event{Kind: bpmn.EventDone, Token: token, Vars: resultVars(result)})
}

// resultVars is how an answer carries its result.
func resultVars(result any) map[string]any {
	if result == nil {
		return nil
	}
	return map[string]any{"": result}
}

func pairs(m map[string]any) []any {
	var out []any
	for k, v := range m {
		out = append(out, k, v)
	}
	return out
}

// notifyApplicant tells the applicant what is written in the element's documentation, else its name.
func notifyApplicant(c *change, n *bpmn.Node, _ map[string]any) (any, *fault.Error) {
	words := n.Doc
	if words == "" {
		words = n.Title("")
	}
	c.autoNote("notice", n.ID, words, map[string]any{"element": n.Title("")})
	c.emit(SubjectNotice, c.fact())
	return nil, nil
}

// computeFee sets the fee by the procedure's table.
func computeFee(c *change, _ *bpmn.Node, _ map[string]any) (any, *fault.Error) {
	fee := c.proc.Record.Fee(c.d.Channel, c.d.Extra.Copies)
	return c.changeFee(fee.Amount, fee.Text)
}

// setFee sets the fee to what the process has worked out.
func setFee(c *change, _ *bpmn.Node, vars map[string]any) (any, *fault.Error) {
	n, ok := vars["amount"].(float64)
	if !ok || n != float64(int64(n)) {
		return nil, fault.New(fault.Invalid, "dossier.no_amount")
	}
	return c.changeFee(int64(n), "")
}

func (c *change) changeFee(amount int64, words string) (any, *fault.Error) {
	if amount < c.d.FeePaid || amount < 0 || amount > 1_000_000_000_000 {
		return nil, fault.New(fault.Invalid, "dossier.bad_amount")
	}
	c.d.Fee = amount
	if words != "" {
		c.d.FeeText = words
	}
	return float64(amount), nil
}

// setTerm shortens the term to what the process has worked out. The published term is a promise, so
// no process makes it longer.
func setTerm(c *change, _ *bpmn.Node, vars map[string]any) (any, *fault.Error) {
	n, ok := vars["term_days"].(float64)
	legal, _ := c.proc.Record.Term(c.d.Channel)
	if !ok || n != float64(int(n)) || n < 1 || legal.Unit == worktime.WorkingDay && legal.N > 0 && int(n) > legal.N {
		return nil, fault.New(fault.Invalid, "dossier.bad_term")
	}
	c.d.Term = worktime.Term{N: int(n), Unit: worktime.WorkingDay}
	return n, nil
}

// Decider decides what business-rule tasks ask, by tables that are kept elsewhere. It is pure: the
// same inputs give the same answer, and it touches no database.
type Decider interface {
	// Known tells whether there is a decision of the name.
	Known(name string) bool
	// Decide returns the result, made of JSON values, and in a sentence which rules led to it, for
	// the dossier's history. An error says that the inputs do not suffice.
	Decide(name string, inputs map[string]any) (result any, why string, err error)
}

// askDecision has the decision made at once.
func (c *change) askDecision(e bpmn.Effect) {
	c.acted = true
	if c.s.Decisions == nil || !c.s.Decisions.Known(e.Name) {
		c.fail(e.Token, "dossier.no_decision", "name", e.Name)
		return
	}
	if c.atOnce++; c.atOnce > 2*maxAtOnce {
		c.fail(e.Token, "dossier.too_many_rounds", "n", 2*maxAtOnce)
		return
	}
	result, why, err := c.s.Decisions.Decide(e.Name, c.everything(e.Vars))
	if err != nil {
		c.fail(e.Token, "dossier.decision_failed", "name", e.Name, "reason", err.Error())
		return
	}
	c.autoNote("decision", e.Node.ID, why, map[string]any{"element": e.Node.Title(""), "name": e.Name})
	c.answer(bpmn.Event{Kind: bpmn.EventDone, Token: e.Token, Vars: resultVars(result)})
}
