package dossier

import (
	"errors"
	"slices"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/fault"
)

// Host is what dossiers carry out of what a process may ask for; publication refuses the rest.
// Which services and decisions there are is asked by name, see Names.
func Host() bpmn.Host {
	return bpmn.Host{Timers: true, Messages: true, Signals: true, Services: true, Decisions: true, Data: true, Incidents: true}
}

// maxAtOnce bounds the services and decisions that one act carries out at once. A process that goes
// round and round through them goes on a moment later, so that no act lasts for ever.
const maxAtOnce = 50

// step gives the event to the process and carries out what follows from it, and what follows from
// that.
func (c *change) step(ev bpmn.Event, note string) error {
	if err := c.stepOnce(ev, note); err != nil {
		return err
	}
	return c.attend()
}

// attend gives the process what it is to hear before the act is over.
func (c *change) attend() error {
	for len(c.answers) > 0 {
		next := c.answers[0]
		c.answers = c.answers[1:]
		if next.Token != 0 && c.d.Process.Token(next.Token) == nil {
			continue // what came before has ended it
		}
		if err := c.stepOnce(next, ""); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) stepOnce(ev bpmn.Event, note string) error {
	before, mark := c.d.Process, len(c.entries)
	state, effects, err := c.proc.Process.Step(before, c.informed(ev))
	if p := (*bpmn.Problem)(nil); errors.As(err, &p) {
		return p.Fault() // a step that the state does not allow is no failure of the program
	}
	if err != nil {
		return err
	}
	c.d.Process = state
	c.forget(before, state)
	for _, e := range effects {
		if err := c.carry(e, note); err != nil {
			return err
		}
	}
	if err := c.settle(); err != nil {
		return err
	}
	for i := mark; i < len(c.entries); i++ {
		c.entries[i].Status = c.d.Status
	}
	return nil
}

// carry does what one effect asks for. What a token waited for and does no longer is forgotten by
// forget, from the states themselves.
func (c *change) carry(e bpmn.Effect, note string) error {
	switch e.Kind {
	case bpmn.EffectTaskClosed, bpmn.EffectTaskCancelled:
		c.end(e, note)
	case bpmn.EffectTaskOpened:
		return c.begin(e)
	case bpmn.EffectTimerArmed:
		return c.armTimer(e)
	case bpmn.EffectSubscribed:
		c.listen(e)
	case bpmn.EffectCaught:
		c.caught(e)
	case bpmn.EffectMessageSent:
		c.sendMessage(e)
	case bpmn.EffectSignalSent:
		c.sendSignal(e)
	case bpmn.EffectServiceCalled:
		c.callService(e)
	case bpmn.EffectDecisionAsked:
		c.askDecision(e)
	case bpmn.EffectCallStarted: // publication lets none through; a version from elsewhere may have one
		c.fail(e.Token, "dossier.no_call")
	case bpmn.EffectEscalated:
		c.auto("escalated", e.Node, map[string]any{"name": e.Name})
	case bpmn.EffectErrorCaught:
		c.auto("error_caught", e.Node, map[string]any{"name": e.Name})
	case bpmn.EffectUndoing:
		c.auto("undoing", e.Node, nil)
	case bpmn.EffectIncident:
		c.incident(e)
	}
	return nil
}

// auto adds a line to the history about what the process did without anybody at a task.
func (c *change) auto(act string, n *bpmn.Node, data map[string]any) {
	if data == nil {
		data = map[string]any{}
	}
	node := ""
	if n != nil {
		node = n.ID
		data["element"] = n.Title("")
	}
	c.autoNote(act, node, "", data)
}

// autoNote is note for what the process does by itself.
func (c *change) autoNote(act, node, words string, data map[string]any) {
	c.autos = append(c.autos, len(c.entries))
	c.note(act, node, words, data)
}

// own returns the last line of history that is about the act itself.
func (c *change) own() *Entry {
	for i := len(c.entries) - 1; i > 0; i-- {
		if !slices.Contains(c.autos, i) {
			return &c.entries[i]
		}
	}
	return &c.entries[0]
}

// answer lets the process hear something once the present step is through.
func (c *change) answer(ev bpmn.Event) { c.answers = append(c.answers, ev) }

// fail has the work of the token become an incident, with a sentence of the catalogue as its reason.
func (c *change) fail(token int, key string, args ...any) {
	f := fault.New(fault.Invalid, key, args...)
	c.reasons = append(c.reasons, reason{token, f})
	c.answer(bpmn.Event{Kind: bpmn.EventFail, Token: token, Name: key})
}

// reason is why the work of a token failed.
type reason struct {
	token int
	f     *fault.Error
}

// keeps tells whether something is stored beside the state for a token that waits for that.
func keeps(s bpmn.TokenState) bool {
	switch s {
	case bpmn.TokenTimer, bpmn.TokenSignal, bpmn.TokenWhen, bpmn.TokenService, bpmn.TokenDecision, bpmn.TokenIncident:
		return true
	}
	return false
}

// forget drops what was kept for tokens that the step has ended.
func (c *change) forget(before, after bpmn.State) {
	for i := range before.Tokens {
		t := &before.Tokens[i]
		if !keeps(t.State) || after.Token(t.ID) != nil {
			continue
		}
		c.waits = slices.DeleteFunc(c.waits, func(w *Wait) bool { return w.Token == t.ID })
		if i := slices.IndexFunc(c.troubles, func(x *Incident) bool { return x.Token == t.ID }); i >= 0 {
			c.troubles = slices.Delete(c.troubles, i, i+1) // begun and ended within one act
			continue
		}
		c.ended = append(c.ended, *t)
	}
}
