package worktime

import (
	"cmp"
	"slices"
)

// ruleNames are the fields of Rules that a decree may leave in doubt.
func ruleNames() []string {
	return []string{"same_day_cutoff", "count_receipt_day", "after_hours_next", "end_at_close", "move_end",
		"pause_reasons", "restart_reasons", "max_extensions", "extension_notice"}
}

// Complete returns the sets with every Unknown field counted as under the set before it, by date of
// effect, and for the first set as in DefaultRules: until the text of a decree is at hand its offices
// go on as they did. Unknown stays, so that whoever explains a date can say what is not known.
func Complete(sets []Rules) []Rules {
	out := slices.Clone(sets)
	order := make([]int, len(out))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(out[a].From, out[b].From) })
	before := DefaultRules()
	for _, i := range order {
		for _, name := range out[i].Unknown {
			out[i].take(name, &before)
		}
		before = out[i]
	}
	return out
}

// take copies the field with the JSON name from another set.
func (r *Rules) take(name string, from *Rules) {
	switch name {
	case "same_day_cutoff":
		r.SameDayCutoff = from.SameDayCutoff
	case "count_receipt_day":
		r.CountReceiptDay = from.CountReceiptDay
	case "after_hours_next":
		r.AfterHoursNext = from.AfterHoursNext
	case "end_at_close":
		r.EndAtClose = from.EndAtClose
	case "move_end":
		r.MoveEnd = from.MoveEnd
	case "pause_reasons":
		r.PauseReasons = from.PauseReasons
	case "restart_reasons":
		r.RestartReasons = from.RestartReasons
	case "max_extensions":
		r.MaxExtensions = from.MaxExtensions
	case "extension_notice":
		r.ExtensionNotice = from.ExtensionNotice
	}
}

// Pauses tells whether a pause for the reason stops the clock under the rules.
func (r *Rules) Pauses(reason string) bool { return r.pauses(reason) }

// Waiting returns the reasons whose pause is open at the end of the ledger, in the order in which they
// began, whether or not the rules let them stop the clock.
func Waiting(ledger []Entry) []string {
	var open []string
	for _, e := range ledger {
		switch e.Kind {
		case Pause:
			open = append(open, e.Reason)
		case Resume:
			open = slices.DeleteFunc(open, func(r string) bool { return e.Reason == "" || e.Reason == r })
		case Restart, Stop:
			open = nil
		}
	}
	return open
}
