package simulate

import (
	"slices"
	"strconv"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
)

// Limits of a plan.
const (
	MaxDossiers = 10_000
	MaxStaff    = 1_000
	MaxMinutes  = 100 * 480 // office minutes of work at one task
	maxMonth    = 1_000_000
	maxShare    = 1_000_000
	maxDays     = 366
	maxSpread   = 3.0
)

// Plan says what to assume about a thousand dossiers.
type Plan struct {
	Dossiers int        // 1 to MaxDossiers
	Seed     uint64     // the same seed gives the same figures
	From     civil.Date // first day of the year of arrivals
	// Months are the proportions of arrivals by month of the calendar, from January; all 0 spreads
	// them evenly over office days.
	Months  [12]int
	Channel int // value of the variable "channel"; every dossier is received at the counter's queue
	Tasks   map[string]TaskPlan
	Staff   map[string]int // people by id of lane; "" for tasks in no lane; 1 where nothing is said
	// Applicant is how long the applicant takes for a supplement or a duty, in days of the calendar.
	Applicant float64
	// Elsewhere is how long messages, services, decisions and called processes take, in office minutes.
	Elsewhere int
	// Spread is the standard deviation of every duration as a share of its mean; 0: always the mean.
	Spread float64
	Vars   map[string]any // further variables at the start
}

// TaskPlan says what to assume about one task.
type TaskPlan struct {
	Minutes int                // mean office minutes of work, not of waiting
	Shares  map[string]float64 // of its outcomes, by key; none: all alike
}

// Assumptions of DefaultPlan where nothing is known. They are guesses that the user sees and changes:
// of a step's budget most is waiting and only a part is work.
const (
	DefaultDossiers  = 1000
	workShare        = 10 // per cent of the budget is work
	defaultMinutes   = 30 // of work at a task without a budget
	defaultApplicant = 5
	defaultSpread    = 0.5
)

// weightOf is how often an outcome comes, beside the others of its step, where nothing is known: what
// leads on is the rule, what leads back or out is not. The numbers are guesses too.
func weightOf(o *bpmn.Outcome) float64 {
	switch o.Kind {
	case bpmn.OutcomeSupplement:
		return 10
	case bpmn.OutcomeBack:
		return 5
	case bpmn.OutcomeRefuse:
		return 3
	}
	return 100
}

// DefaultPlan returns a plan for the process with 1,000 dossiers from the day on: a tenth of each
// budget is work; of an outcome that leads on there are 100 where 10 ask for papers, 5 lead back and 3
// refuse; one person in each lane; applicants take 5 days.
func (sc *Scene) DefaultPlan(from civil.Date) Plan {
	p := Plan{Dossiers: DefaultDossiers, Seed: 1, From: from, Channel: ChannelOnline, Tasks: map[string]TaskPlan{},
		Staff: map[string]int{}, Applicant: defaultApplicant, Elsewhere: aWorkday, Spread: defaultSpread}
	for _, n := range sc.Tasks() {
		t := TaskPlan{Minutes: max(n.Budget*workShare/100, 1), Shares: map[string]float64{}}
		if n.Budget == 0 {
			t.Minutes = defaultMinutes
		}
		for i := range n.Outcomes {
			t.Shares[n.Outcomes[i].Key] = weightOf(&n.Outcomes[i])
		}
		p.Tasks[n.ID] = t
	}
	for _, lane := range sc.Lanes() {
		p.Staff[lane] = 1
	}
	return p
}

// Tasks returns the tasks people do, in the order in which they stand in the file. Those of the
// applicant are among them: their outcomes have shares too.
func (sc *Scene) Tasks() []*bpmn.Node {
	var out []*bpmn.Node
	for i := range sc.Process.Nodes {
		if n := &sc.Process.Nodes[i]; n.IsTask() {
			out = append(out, n)
		}
	}
	return out
}

// Lanes returns the ids of the lanes in which an office works, in the order of the file; "" stands for
// tasks in no lane.
func (sc *Scene) Lanes() []string {
	var out []string
	for i := range sc.Process.Lanes {
		id := sc.Process.Lanes[i].ID
		if slices.ContainsFunc(sc.Tasks(), func(n *bpmn.Node) bool { return n.Lane == id && sc.InOffice(n) }) {
			out = append(out, id)
		}
	}
	if slices.ContainsFunc(sc.Tasks(), func(n *bpmn.Node) bool { return sc.Process.LaneOf(n) == nil && sc.InOffice(n) }) {
		out = append(out, "")
	}
	return out
}

// Check returns nil or an Invalid fault with one field for each assumption out of range. Paths are
// those of the form: /dossiers, /staff/<lane>, /tasks/<node>/minutes, /tasks/<node>/shares.
func (p *Plan) Check(sc *Scene) error {
	var f []fault.Field
	add := func(path, key string, args ...any) {
		f = append(f, fault.Field{Path: path, Key: key, Args: fault.Args(args...)})
	}
	if p.Dossiers < 1 || p.Dossiers > MaxDossiers {
		add("/dossiers", "simulate.plan.dossiers", "min", 1, "max", MaxDossiers)
	}
	if y := p.From.Year(); y < firstYear || y > lastYear {
		add("/from", "simulate.plan.from", "min", strconv.Itoa(firstYear), "max", strconv.Itoa(lastYear))
	}
	for _, n := range p.Months {
		if n < 0 || n > maxMonth {
			add("/months", "simulate.plan.months", "max", maxMonth)
			break
		}
	}
	for _, lane := range sc.Lanes() {
		if n, ok := p.Staff[lane]; ok && (n < 1 || n > MaxStaff) {
			add("/staff/"+lane, "simulate.plan.staff", "min", 1, "max", MaxStaff)
		}
	}
	for _, n := range sc.Tasks() {
		t, ok := p.Tasks[n.ID]
		if !ok {
			continue
		}
		if t.Minutes < 1 || t.Minutes > MaxMinutes {
			add("/tasks/"+n.ID+"/minutes", "simulate.plan.minutes", "min", 1, "max", MaxMinutes)
		}
		sum, bad := 0.0, false
		for i := range n.Outcomes {
			s := t.Shares[n.Outcomes[i].Key]
			sum, bad = sum+s, bad || !(s >= 0 && s <= maxShare)
		}
		if bad || len(t.Shares) > 0 && len(n.Outcomes) > 0 && sum <= 0 {
			add("/tasks/"+n.ID+"/shares", "simulate.plan.share", "max", maxShare)
		}
	}
	if !(p.Applicant >= 0 && p.Applicant <= maxDays) {
		add("/applicant", "simulate.plan.days", "max", maxDays)
	}
	if p.Elsewhere < 0 || p.Elsewhere > MaxMinutes {
		add("/elsewhere", "simulate.plan.minutes", "min", 0, "max", MaxMinutes)
	}
	if !(p.Spread >= 0 && p.Spread <= maxSpread) {
		add("/spread", "simulate.plan.spread", "max", maxSpread)
	}
	if len(f) == 0 {
		return nil
	}
	return fault.Input("simulate.plan.invalid", f...)
}
