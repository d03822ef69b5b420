package procedure

import (
	"context"
	"strings"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/simulate"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// TrialOffice is what a trial asks about agencies of today.
type TrialOffice interface {
	// Agencies returns every agency, no divisions, each superior before those below it.
	Agencies(ctx context.Context) ([]Unit, error)
	// Calendar returns how time is counted at the agency.
	Calendar(ctx context.Context, agency id.ID) (*worktime.Calendar, error)
	// People counts who holds the role at the agency: in the division with the tag if there are
	// any, otherwise in the whole agency.
	People(ctx context.Context, agency id.ID, division, role string) (int, error)
}

// TrialPast tells what dossiers of the past were like.
type TrialPast interface {
	Experience(ctx context.Context, code string, decision id.ID) (Experience, error)
}

// Experience is what the dossiers of a procedure at one agency were like in the twelve months before
// today. Counts are dossiers or completed tasks.
type Experience struct {
	Months   [12]int                   // submitted, by month of the calendar from January
	Outcomes map[string]map[string]int // of tasks, by node of the process and key of the outcome
}

// Total returns how many were submitted.
func (e Experience) Total() int {
	n := 0
	for _, m := range e.Months {
		n += m
	}
	return n
}

// Trial tries processes out before dossiers run on them. It changes nothing and keeps nothing.
// Procedures, Office, RuleSets and Now are needed.
type Trial struct {
	Procedures *Service
	Office     TrialOffice
	RuleSets   []worktime.Rules
	Now        func() time.Time
	Past       TrialPast // optional
	// Draft returns the file of a library process that is being drawn, or NotFound. Optional: without
	// it only what is in the library and in procedures can be tried.
	Draft func(ctx context.Context, who actor.Actor, key string) ([]byte, error)
}

// TrialSource is a process that is tried, with what is known of where it runs.
type TrialSource struct {
	Process  *bpmn.Definition
	Key      string         // of the library, or of the process a procedure's version carries
	Code     string         // of the procedure, "" for a process of the library
	Number   int            // of the procedure's version
	Draft    bool           // not published
	Problems []bpmn.Problem // what keeps it from running as it is
	record   *Record
}

// Library returns a process of the library, or the draft of it.
func (t *Trial) Library(ctx context.Context, who actor.Actor, key string, draft bool) (*TrialSource, error) {
	var src []byte
	if draft {
		if t.Draft == nil {
			return nil, fault.New(fault.NotFound, "procedure.no_such_process", "key", clip(key))
		}
		var err error
		if src, err = t.Draft(ctx, who, key); err != nil {
			return nil, err
		}
	} else {
		a, err := t.Procedures.Process(ctx, key)
		if err != nil {
			return nil, err
		}
		src = a.BPMN
	}
	d, err := bpmn.Parse(src)
	if err != nil {
		return nil, fault.Input("procedure.process_invalid", processField(err))
	}
	return &TrialSource{Process: d, Key: key, Draft: draft, Problems: d.CheckFor(bpmn.Everything())}, nil
}

// Version returns the process of a version of a procedure, drafts for editors only.
func (t *Trial) Version(ctx context.Context, who actor.Actor, code string, number int) (*TrialSource, error) {
	v, err := t.Procedures.Numbered(ctx, who, code, number)
	if err != nil {
		return nil, err
	}
	d, err := bpmn.Parse(v.BPMN)
	if err != nil {
		return nil, fault.Input("procedure.process_invalid", processField(err))
	}
	return &TrialSource{Process: d, Key: v.ProcessKey, Code: code, Number: number, Draft: v.State == Draft,
		Problems: d.CheckFor(bpmn.Everything()), record: &v.Record}, nil
}

// Term returns the legal limit of the procedure by the channel; N is 0 where none is known.
func (s *TrialSource) Term(channel int) worktime.Term {
	if s.record == nil {
		return worktime.Term{}
	}
	term, _ := s.record.Term(channel)
	return term
}

// Agencies returns the agencies a process can be tried at: those that receive the procedure today, or
// every one where none does.
func (t *Trial) Agencies(ctx context.Context, src *TrialSource) ([]Unit, error) {
	if src.Code != "" {
		list, err := t.Procedures.OfferingAgencies(ctx, src.Code)
		if err != nil || len(list) > 0 {
			return list, err
		}
	}
	return t.Office.Agencies(ctx)
}

// Setting is where and when a trial takes place.
type Setting struct {
	Agency string        // key of the agency that offers; "" for the actor's own, or the first
	Term   worktime.Term // N 0: without a limit
	On     civil.Date    // day that decides which rules count
}

// Place is a setting looked up.
type Place struct {
	Agency              Unit // that offers the procedure
	Reception, Decision id.ID
	Scene               *simulate.Scene
}

// Place looks up what a trial needs to know about where it takes place. It fails with Invalid if the
// agency is unknown.
func (t *Trial) Place(ctx context.Context, src *TrialSource, in Setting) (*Place, error) {
	all, err := t.Agencies(ctx, src)
	if err != nil {
		return nil, err
	}
	p := &Place{}
	own := actor.From(ctx).Agency
	for i, u := range all {
		if in.Agency == "" && (i == 0 || u.ID == own) || in.Agency != "" && u.Key == in.Agency {
			p.Agency = u
		}
	}
	if p.Agency.ID.Zero() {
		return nil, fault.Input("procedure.invalid", fault.Field{Path: "/agency", Key: "procedure.no_such_unit", Args: fault.Args("key", clip(in.Agency))})
	}
	var wired Wiring
	if src.record != nil {
		wired = src.record.Wiring
	}
	if p.Reception, err = t.place(ctx, p.Agency, wired.Reception); err != nil {
		return nil, err
	}
	if p.Decision, err = t.place(ctx, p.Agency, wired.Decision); err != nil {
		return nil, err
	}
	cal, err := t.Office.Calendar(ctx, p.Decision)
	if err != nil {
		return nil, err
	}
	p.Scene = &simulate.Scene{Process: src.Process, Calendar: cal, Term: in.Term, Rules: t.rules(in.On)}
	return p, nil
}

// rules returns the rule set for a dossier received on the day; a day before all of them takes the
// usual counting.
func (t *Trial) rules(on civil.Date) worktime.Rules {
	r, err := worktime.RulesOn(t.RuleSets, on)
	if err != nil {
		return worktime.DefaultRules()
	}
	return r
}

// place finds the agency that a wiring or a lane means; where there is none, the offering one stands
// in for it.
func (t *Trial) place(ctx context.Context, offer Unit, where string) (id.ID, error) {
	if key, named := strings.CutPrefix(where, bpmn.AgencyUnit); named {
		u, ok, err := t.Procedures.Units.UnitByKey(ctx, key)
		if err != nil || ok {
			return u.ID, err
		}
	}
	if where == WiredSuperior && !offer.Parent.Zero() {
		return offer.Parent, nil
	}
	return offer.ID, nil
}

// Basis says what the assumptions of a plan rest on.
type Basis struct {
	People   map[string]int // who holds the lane's role at its agency, by id of lane; 0: nobody does
	Arrivals int            // dossiers of the last twelve months whose months were taken, 0 for none
	Decided  map[string]int // recorded outcomes of a task, by node; none: its outcomes count alike
}

// Plan returns the assumptions about a thousand dossiers that the place suggests: people from the
// organisation, months and outcomes from dossiers of the past where there are any.
func (t *Trial) Plan(ctx context.Context, src *TrialSource, p *Place, from civil.Date) (simulate.Plan, Basis, error) {
	plan := p.Scene.DefaultPlan(from)
	b := Basis{People: map[string]int{}, Decided: map[string]int{}}
	for _, laneID := range p.Scene.Lanes() {
		lane := src.Process.Lane(laneID)
		if lane == nil {
			continue
		}
		n, err := t.people(ctx, src, p, lane)
		if err != nil {
			return plan, b, err
		}
		b.People[laneID] = n
		plan.Staff[laneID] = min(max(n, 1), simulate.MaxStaff)
	}
	if t.Past == nil || src.Code == "" {
		return plan, b, nil
	}
	past, err := t.Past.Experience(ctx, src.Code, p.Decision)
	if err != nil {
		return plan, b, err
	}
	if b.Arrivals = past.Total(); b.Arrivals > 0 {
		plan.Months = past.Months
	}
	for node, counts := range past.Outcomes {
		n := src.Process.Node(node)
		task, ok := plan.Tasks[node]
		if n == nil || !ok {
			continue
		}
		shares, sum := map[string]float64{}, 0
		for i := range n.Outcomes {
			c := counts[n.Outcomes[i].Key]
			shares[n.Outcomes[i].Key] = float64(c)
			sum += c
		}
		if sum > 0 {
			task.Shares, b.Decided[node] = shares, sum
			plan.Tasks[node] = task
		}
	}
	return plan, b, nil
}

// people counts who works in the lane at the place.
func (t *Trial) people(ctx context.Context, src *TrialSource, p *Place, lane *bpmn.Lane) (int, error) {
	agency := p.Reception
	switch {
	case lane.Agency == bpmn.AgencyDecision:
		agency = p.Decision
	case lane.Agency != "" && lane.Agency != bpmn.AgencyReception:
		reception, ok, err := t.Procedures.Units.Unit(ctx, p.Reception)
		if err != nil {
			return 0, err
		}
		if !ok {
			reception = p.Agency
		}
		if agency, err = t.place(ctx, reception, lane.Agency); err != nil {
			return 0, err
		}
	}
	division := lane.Division
	if division == "" && src.record != nil && (lane.Role == "specialist" || lane.Role == "division_head") {
		u, ok, err := t.Procedures.Units.Unit(ctx, agency)
		if err != nil {
			return 0, err
		}
		if ok {
			division = src.record.Divisions.Value[u.Kind]
		}
	}
	return t.Office.People(ctx, agency, division, lane.Role)
}
