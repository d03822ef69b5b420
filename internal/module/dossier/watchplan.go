package dossier

import (
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/id"
)

// Kinds of alerts.
const (
	AlertStepWarn    = "step_warn"    // a step is soon due
	AlertDossierWarn = "dossier_warn" // its dossier is
	AlertStepLate    = "step_late"    // a step is overdue
	AlertDossierLate = "dossier_late" // its dossier is
)

// alert is one thing to be told about a task's time.
type alert struct {
	kind    string
	minutes int // office time before or after the date at which it is to be told
	due     time.Time
	to      string
	silent  bool // noted, and not told: a nearer one says more, or it is long past
}

// watched is an open task with what its alerts follow from.
type watched struct {
	task, dossier          id.ID
	code, procedure        string
	record                 id.ID // the procedure's version
	node, step, role       string
	agency, unit, assignee id.ID
	officer                string
	created, due           time.Time
	dossierDue             time.Time
	watch                  int64 // as stored
}

// stale is how long after its time an alert is still told: after an upgrade or a long outage nobody
// reads a thousand of them.
const stale = 3 * 24 * time.Hour

// plan returns what is to be told about the task by now, and when to look again; never is zero.
func plan(cal *worktime.Calendar, c WatchChoice, t *watched, now time.Time) (due []alert, next time.Time) {
	look := func(at time.Time) {
		if at.After(now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	one := func(date time.Time, warn, late string, since time.Time) {
		if date.IsZero() {
			return
		}
		look(date.Add(time.Second)) // the date itself is in time
		nearest := -1
		for _, n := range c.Warn { // the earliest first
			at := cal.Before(date, n)
			look(at)
			if at.After(now) || now.After(date) || !at.After(since) {
				continue
			}
			if nearest >= 0 {
				due[nearest].silent = true
			}
			nearest = len(due)
			due = append(due, alert{kind: warn, minutes: n, due: date, to: ToOfficer})
		}
		for _, e := range c.Escalate {
			at := cal.Add(date, e.After)
			if !at.After(date) {
				at = date.Add(time.Second)
			}
			look(at)
			if !at.After(now) {
				due = append(due, alert{kind: late, minutes: e.After, due: date, to: e.To, silent: now.Sub(at) > stale})
			}
		}
	}
	// A step with less time than the warning's would be warned of in the moment it begins.
	one(t.due, AlertStepWarn, AlertStepLate, t.created)
	if !t.dossierDue.Equal(t.due) {
		one(t.dossierDue, AlertDossierWarn, AlertDossierLate, time.Time{})
	}
	return due, next
}
