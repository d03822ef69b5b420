package dossier

import (
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
)

// armTimer computes when the timer comes. A timer in working time counts by the deciding agency's
// calendar, as the dossier's own term does, and stands while the dossier's clock stands; one that is
// set while the clock stands, such as the time to complete the papers, runs on, or it would never
// come. Timers in ISO 8601 go by the clock on the wall.
func (c *change) armTimer(e bpmn.Effect) error {
	w := &Wait{Token: e.Token, Kind: WaitTimer, Node: e.Node.ID, Since: c.now}
	if e.Timer.Work > 0 {
		w.Work, w.Due = e.Timer.Work, c.cal.Add(c.now, e.Timer.Work)
		c.wait(w)
		return nil
	}
	due, ok := c.instant(*e.Timer)
	if !ok && e.Node.Type == bpmn.TypeCatch {
		due, ok = c.now, true // the way leads through it, and nothing else would ever open it
	}
	if ok {
		w.Due = due
		if !due.After(time.Unix(0, 0)) {
			w.Due = time.Unix(1, 0) // long past: it comes at once, where 0 would be never
		}
	}
	c.wait(w) // a cycle whose end is past stays without a date: it comes no more
	return nil
}

// instant returns when a timer of ISO 8601 comes. A later round of a cycle is counted from when the
// round before was due; rounds that passed while nothing ran are not made up for.
func (c *change) instant(t bpmn.Timer) (time.Time, bool) {
	from := c.now
	if t.Kind == bpmn.TimerCycle && t.Round > 1 && !c.fired.IsZero() {
		from = c.fired
	}
	due, ok := t.Due(from, civil.Zone())
	if ok && t.Round > 1 && due.Before(c.now) {
		return t.Due(c.now, civil.Zone())
	}
	return due, ok
}

// turnTimers stops the timers in working time when the dossier's clock stops, and lets them go on
// with it.
func (c *change) turnTimers(tx *db.Tx, stands bool) error {
	list, err := waitsOf(tx, c.d.ID)
	if err != nil {
		return err
	}
	for _, w := range list {
		if w.Kind != WaitTimer || w.Work <= 0 || w.Runs {
			continue
		}
		if stands {
			left := w.Work - c.cal.Between(w.Since, c.now)
			if w.Due.IsZero() || left <= 0 {
				continue // it stands already, or has come
			}
			w.Work, w.Due = left, time.Time{}
		} else {
			w.Due = c.cal.Add(c.now, w.Work)
		}
		w.Since = c.now
		if err := c.setTimer(tx, w); err != nil {
			return err
		}
	}
	return nil
}

// rederiveTimers brings timers in working time in line with the calendar and tells whether any moved.
func (c *change) rederiveTimers(tx *db.Tx) (moved bool, err error) {
	if !waitsFor(c.d.Process, bpmn.TokenTimer) {
		return false, nil
	}
	list, err := waitsOf(tx, c.d.ID)
	if err != nil {
		return false, err
	}
	for _, w := range list {
		if w.Kind != WaitTimer || w.Work <= 0 || w.Due.IsZero() {
			continue
		}
		due := c.cal.Add(w.Since, w.Work)
		if due.Equal(w.Due) {
			continue
		}
		w.Due, moved = due, true
		if err := c.setTimer(tx, w); err != nil {
			return false, err
		}
	}
	return moved, nil
}

func (c *change) setTimer(tx *db.Tx, w *Wait) error {
	_, err := tx.Exec(`UPDATE dossier_wait SET due_at = $3, since = $4, work = $5 WHERE dossier_id = $1 AND token = $2`,
		w.Dossier, w.Token, db.Micros(w.Due), db.Micros(w.Since), w.Work)
	return err
}

// caught notes that something the process waited for has come.
func (c *change) caught(e bpmn.Effect) {
	if e.Node.Event == nil {
		return
	}
	act := map[bpmn.TriggerKind]string{bpmn.TriggerTimer: "timer", bpmn.TriggerMessage: "message_heard",
		bpmn.TriggerSignal: "signal_heard", bpmn.TriggerCondition: "condition"}[e.Node.Event.Kind]
	if act == "" {
		return
	}
	data := map[string]any{}
	if e.Name != "" {
		data["name"] = e.Name
	}
	c.auto(act, e.Node, data)
}
