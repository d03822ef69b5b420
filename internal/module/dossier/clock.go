package dossier

import (
	"context"
	"slices"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// heldFor returns the reason that stands in the time ledger while an official holds the dossier.
func (x *Extra) heldFor() string {
	if x.HoldCause == worktime.OtherAgency {
		return worktime.OtherAgency
	}
	return worktime.Held
}

// stand stops the clock for the reason. With alone the other reasons have passed by that: a duty that
// follows a request for papers takes its place without a minute running between the two.
func (c *change) stand(reason string, alone bool) {
	waiting := worktime.Waiting(c.d.Clock)
	if !slices.Contains(waiting, reason) {
		c.d.Clock = append(c.d.Clock, worktime.Entry{Kind: worktime.Pause, At: c.now, Reason: reason})
	}
	for _, w := range waiting {
		if alone && w != reason {
			c.d.Clock = append(c.d.Clock, worktime.Entry{Kind: worktime.Resume, At: c.now, Reason: w})
		}
	}
}

// asker returns the role of the step that asked for something, which is the one this act ended; rule
// sets may tell stages apart by it.
func (c *change) asker() string {
	if n := len(c.closed); n > 0 {
		return c.closed[n-1].Role
	}
	return ""
}

// HoldOrder is an order to stop the clock for a while.
type HoldOrder struct {
	// Cause is worktime.OtherAgency while another agency's answer is awaited, or empty for any other.
	Cause string
	// Basis is the clause under which the wait for another agency stops the clock; without one it does
	// not stop.
	Basis  string
	Reason string // what the applicant reads
}

// HoldFor stops the clock with a reason; Resume lets it run again. Whether the time counts against the
// term is for the rule set under which the dossier was received: one that does not know the cause
// keeps the clock running, and the account of the date says so.
func (s *Service) HoldFor(ctx context.Context, dossier id.ID, o HoldOrder) (*Dossier, error) {
	o.Reason, o.Basis = text.Clean(o.Reason), text.Line(o.Basis)
	var bad []fault.Field
	if o.Cause != "" && o.Cause != worktime.OtherAgency {
		bad = append(bad, fault.Field{Path: "cause", Key: "dossier.hold_cause"})
	}
	if o.Cause == worktime.OtherAgency && o.Basis == "" || len(o.Basis) > maxBasis {
		bad = append(bad, fault.Field{Path: "basis", Key: "dossier.hold_basis", Args: fault.Args("max", maxBasis)})
	}
	if o.Reason == "" {
		bad = append(bad, fault.Field{Path: "note", Key: "dossier.note_missing"})
	}
	if len(bad) > 0 {
		return nil, fault.Input("dossier.step_incomplete", bad...)
	}
	return s.official(ctx, dossier, PermApprove, func(tx *db.Tx, c *change) error {
		if !c.d.Open() || c.d.Extra.Hold != "" {
			return fault.New(fault.Conflict, "dossier.cannot_hold")
		}
		c.d.Extra.Hold, c.d.Extra.HoldCause, c.d.Extra.HoldBasis = o.Reason, o.Cause, o.Basis
		if err := c.settle(); err != nil {
			return err
		}
		if err := c.restep(tx); err != nil {
			return err
		}
		var data map[string]any
		if o.Cause != "" {
			data = map[string]any{"cause": o.Cause, "basis": o.Basis}
		}
		c.note("held", "", o.Reason, data)
		c.emit(SubjectStopped, c.fact())
		return nil
	})
}

// maxBasis bounds the words of a legal basis, in bytes.
const maxBasis = 1000

// Resume ends a Hold.
func (s *Service) Resume(ctx context.Context, dossier id.ID, note string) (*Dossier, error) {
	return s.official(ctx, dossier, PermApprove, func(tx *db.Tx, c *change) error {
		if c.d.Extra.Hold == "" {
			return fault.New(fault.Conflict, "dossier.not_held")
		}
		c.d.Extra.Hold, c.d.Extra.HoldCause, c.d.Extra.HoldBasis = "", "", ""
		if err := c.settle(); err != nil {
			return err
		}
		if err := c.restep(tx); err != nil {
			return err
		}
		c.note("resumed", "", text.Clean(note), nil)
		c.emit(SubjectMoved, c.fact())
		return nil
	})
}

// restep brings the dates of open steps in line with the time ledger: a step waits as its dossier does.
func (c *change) restep(tx *db.Tx) error {
	for _, t := range c.open {
		due := c.stepDue(t)
		if due.Equal(t.Due) || slices.Contains(c.added, t) {
			continue
		}
		t.Due = due
		if _, err := tx.Exec(`UPDATE dossier_task SET due_at = $2, watch_at = 1 WHERE id = $1 AND state = 'open'`, t.ID, db.Micros(due)); err != nil {
			return err
		}
	}
	return nil
}

// stepDue returns when an open step is due; zero while its clock stands, or if it has no budget.
func (c *change) stepDue(t *Task) time.Time {
	n := c.proc.Process.Node(t.Node)
	if n == nil || n.Budget <= 0 {
		return t.Due
	}
	due, _ := c.cal.StepDue(t.Created, n.Budget, c.rule, c.d.Clock)
	return due
}

// underRulesOf has the dossier counted by the rule set in force on the day of its receipt, which may be
// a later one than on the day it was filed.
func (c *change) underRulesOf(day civil.Date) {
	if r, err := worktime.RulesOn(c.s.RuleSets, day); err == nil {
		c.rule = r
	}
	c.d.Regime = c.rule.Key
}

// extensions returns how often the dossier's term was extended.
func (d *Dossier) extensions() int {
	n := 0
	for _, e := range d.Clock {
		if e.Kind == worktime.Extend {
			n++
		}
	}
	return n
}
