package dossier_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
)

// grower draws well-built processes of what dossiers carry out.
type grower struct {
	r *rapid.T
	p *drawn
	n int
}

func (g *grower) id(prefix string) string { g.n++; return fmt.Sprintf("%s%d", prefix, g.n) }

func (g *grower) node(typ, attrs string) string {
	id := g.id("n")
	g.p.add("receiver", typ, id, attrs, "")
	return id
}

func (g *grower) work() string {
	id := g.id("t")
	g.p.task("specialist", id, "examine", "", "yes", "no")
	return id
}

func (g *grower) block(depth int) (first, last string) {
	kind := rapid.IntRange(0, 4).Draw(g.r, "leaf")
	if depth > 0 {
		kind = rapid.IntRange(0, 9).Draw(g.r, "block")
	}
	switch kind {
	case 1: // waits for time
		id := g.id("w")
		g.p.event("intermediateCatchEvent", id, "", rapid.SampledFrom([]string{"timer:PT3H", "work:1d", "date:2026-11-25T10:00"}).Draw(g.r, "timer"))
		return id, id
	case 2: // waits for a message
		id := g.id("m")
		g.p.event("intermediateCatchEvent", id, "", "message:news")
		return id, id
	case 3: // a service, at once or far away
		s := g.node("serviceTask", `lt:service="`+rapid.SampledFrom([]string{"fee.compute", "notify.applicant", "http:treasury"}).Draw(g.r, "service")+`"`)
		return s, s
	case 4: // a script, which may fail
		id := g.id("x")
		g.p.add("receiver", "scriptTask", id, "", `<bpmn:script>`+rapid.SampledFrom([]string{"n = 1", "n = vars.fee + 1", "n = vars.none.such"}).Draw(g.r, "script")+`</bpmn:script>`)
		return id, id
	case 5:
		a, b := g.block(depth - 1)
		c, d := g.block(depth - 1)
		g.p.flow(b + ">" + c)
		return a, d
	case 6: // parallel
		fork, join := g.node("parallelGateway", ""), g.node("parallelGateway", "")
		for range 2 {
			a, b := g.block(depth - 1)
			g.p.flow(fork+">"+a, b+">"+join)
		}
		return fork, join
	case 7: // whichever comes first
		gate, merge := g.node("eventBasedGateway", ""), g.node("exclusiveGateway", "")
		for _, def := range []string{"timer:PT5H", "message:news", "signal:bell"} {
			id := g.id("e")
			g.p.event("intermediateCatchEvent", id, "", def)
			g.p.flow(gate+">"+id, id+">"+merge)
		}
		return gate, merge
	case 8: // work with a limit and a reminder
		t, merge := g.work(), g.node("exclusiveGateway", "")
		limit, bell := g.id("b"), g.id("b")
		g.p.event("boundaryEvent", limit, `attachedToRef="`+t+`"`, rapid.SampledFrom([]string{"work:2d", "timer:PT8H", "message:news"}).Draw(g.r, "limit"))
		g.p.event("boundaryEvent", bell, `attachedToRef="`+t+`" cancelActivity="false"`, "cycle:R3/PT2H")
		told := g.node("serviceTask", `lt:service="notify.applicant"`)
		g.p.flow(t+">"+merge, limit+">"+merge, bell+">"+told, told+">"+g.node("endEvent", ""))
		return t, merge
	case 9: // a choice, and a signal on one way
		t, split, merge := g.work(), g.node("exclusiveGateway", ""), g.node("exclusiveGateway", "")
		rung := g.id("s")
		g.p.event("intermediateThrowEvent", rung, "", "signal:bell")
		a, b := g.block(depth - 1)
		g.p.flow(t+">"+split, split+">"+rung+`:outcome == "yes"`, split+">"+a+"!", rung+">"+merge, b+">"+merge)
		return t, merge
	}
	t := g.work()
	return t, t
}

// errPower is what a transaction ends with when the power is cut.
var errPower = errors.New("the power is cut")

// Whatever happens in whatever order, with transactions that come to nothing in between and services
// started anew: no token is stuck or doubled, tasks, timers and incidents are what the state waits for,
// an act that failed left no trace, and the figures equal the records.
func TestRandomProcessesOnDossiers(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		y := &treasury{}
		p := castWith(t, d, y, nil, patient())
		run := 0
		rapid.Check(t, func(r *rapid.T) {
			if run++; run > 25 { // each life costs many commits
				return
			}
			g := &grower{r: r, p: begun()}
			a, b := g.block(rapid.IntRange(1, 2).Draw(r, "depth"))
			last := g.work()
			g.p.add("receiver", "endEvent", "end", `lt:status="10"`, "")
			g.p.flow("receive>"+a, b+">"+last, last+">end")
			p.w.Clock.Set("2026-11-23 08:00")
			p.w.Follow(certified, "thu", g.p.String())
			var filed []*dossier.Dossier
			for range 2 {
				filed = append(filed, p.filed(t))
			}
			y.reply = func(dossier.Call) (dossier.Reply, error) {
				switch rapid.IntRange(0, 3).Draw(r, "reply") {
				case 0:
					return dossier.Reply{}, fmt.Errorf("HTTP 400")
				case 1:
					return dossier.Reply{}, fault.New(fault.Unavailable, "dossier.service_unavailable", "name", "treasury")
				}
				return dossier.Reply{}, nil
			}
			for i := 0; ; i++ {
				open := 0
				for _, x := range filed {
					x = p.at(t, x.ID, rests(p.now(t, x.ID)))
					if x.Process.Done {
						continue
					}
					open++
					p.live(t, r, x, i)
				}
				if open == 0 {
					break
				}
				if i > 400 {
					t.Fatalf("they do not end: %s\n%s", rests(p.now(t, filed[0].ID)), g.p)
				}
			}
		})
		noTrouble(t, p.w)
		var left int
		must(t, d.Read(p.system).QueryRow(`SELECT (SELECT count(*) FROM dossier_wait) + (SELECT count(*) FROM dossier_task WHERE state = 'open')
			+ (SELECT count(*) FROM dossier_incident WHERE closed_at = 0 AND kind <> 'delivery')`).Scan(&left))
		if left != 0 {
			t.Errorf("all are over, and %d rows wait", left)
		}
	})
}

// live lets one thing happen to the dossier, now and then in a transaction that comes to nothing.
func (p *people) live(t *testing.T, r *rapid.T, x *dossier.Dossier, step int) {
	t.Helper()
	cut := step < 100 && rapid.IntRange(0, 5).Draw(r, "power") == 0
	on := func(ctx context.Context) context.Context {
		if !cut {
			return ctx
		}
		return db.Along(ctx, func(*db.Tx) error { return errPower })
	}
	var err error
	switch what := rapid.IntRange(0, 9).Draw(r, "what"); {
	case what == 0:
		_, _, err = p.w.Dossiers.Deliver(on(p.robot), x.ID, dossier.Message{Key: fmt.Sprint(step), Name: "news"})
	case what == 1:
		p.carry(t, dossier.SubjectSignal)
	case what <= 3:
		p.w.Later(time.Duration(rapid.IntRange(1, 300).Draw(r, "minutes")) * time.Minute)
	case what == 4:
		again := *p.w.Dossiers // a process started anew knows what the database knows
		p.w.Dossiers = &again
	case what == 5:
		list, e := p.w.Dossiers.Incidents(p.admin, dossier.IncidentFilter{Dossier: x.ID})
		must(t, e)
		for _, k := range list {
			if k.Skippable && step > 20 {
				err = p.w.Dossiers.SkipIncident(on(p.admin), k.ID, "bằng tay", nil)
			} else if step > 100 && !k.Skippable && k.Kind == dossier.IncidentStep {
				_, err = p.w.Dossiers.Withdraw(p.counter, x.ID, "thôi") // a script that can never run
			} else {
				_, err = p.w.Dossiers.RetryIncident(on(p.admin), k.ID, nil)
			}
			break
		}
	case what <= 7:
		tasks, e := p.w.Dossiers.Tasks(p.system, x.ID)
		must(t, e)
		for _, k := range tasks {
			if k.State == "open" {
				_, err = p.w.Dossiers.Complete(on(p.officer), dossier.Step{Task: k.ID, Outcome: rapid.SampledFrom([]string{"yes", "no"}).Draw(r, "outcome")})
				break
			}
		}
	default:
		p.pass(t)
	}
	if err == nil {
		return
	}
	if f := fault.As(err); f != nil && f.Kind != fault.Unknown {
		if strings.HasPrefix(f.Key, "bpmn.") { // a script after the task fails at once, and the official is told
			return
		}
		if f.Kind == fault.Conflict || f.Kind == fault.NotFound {
			return
		}
	}
	if cut && errors.Is(err, errPower) {
		after := p.now(t, x.ID)
		if after.Version != x.Version {
			t.Fatalf("an act that failed left a trace: version %d after %d", after.Version, x.Version)
		}
		return
	}
	t.Fatalf("%s at %s: %v", x.Code, rests(x), err)
}
