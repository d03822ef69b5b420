package simulate_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lienthong/internal/engine/simulate"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
)

// undecided goes on by a variable that nobody gives after one of two outcomes.
const undecided = `<startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="a"/>
<userTask id="a" name="Xem" lt:action="examine" lt:budget="1h"><extensionElements>
<lt:outcome key="yes" name="Được" kind="forward"/><lt:outcome key="no" name="Không" kind="refuse"/></extensionElements></userTask>
<sequenceFlow id="f2" sourceRef="a" targetRef="x"/><exclusiveGateway id="x" default="f5"/>
<sequenceFlow id="f3" sourceRef="x" targetRef="y"><conditionExpression>outcome == "yes"</conditionExpression></sequenceFlow>
<sequenceFlow id="f5" sourceRef="x" targetRef="e"/>
<exclusiveGateway id="y"/>
<sequenceFlow id="f6" sourceRef="y" targetRef="e"><conditionExpression>vars.fee &gt; 0</conditionExpression></sequenceFlow>
<sequenceFlow id="f7" sourceRef="y" targetRef="e2"><conditionExpression>vars.fee == 0</conditionExpression></sequenceFlow>
<endEvent id="e"/><endEvent id="e2"/>`

// TestBlocked finds the dossiers that a process cannot lead on, and none once it has its data.
func TestBlocked(t *testing.T) {
	sc := scene(t, drawn(undecided), 1)
	p := sc.DefaultPlan(civil.Must("2027-01-01"))
	for _, task := range p.Tasks { // both ways alike
		for key := range task.Shares {
			task.Shares[key] = 1
		}
	}
	r := many(t, sc, p)
	if r.Blocked < 400 || r.Blocked > 600 || r.Out+r.Open+r.Blocked != r.Dossiers {
		t.Errorf("%d of %d blocked", r.Blocked, r.Dossiers)
	}
	if len(r.Troubles) != 1 || r.Troubles[0].Count != r.Blocked || r.Troubles[0].Problem == nil || r.Troubles[0].Node == nil {
		t.Errorf("%+v", r.Troubles)
	}
	p.Vars = map[string]any{"fee": 5}
	if r = many(t, sc, p); r.Blocked != 0 || len(r.Troubles) != 0 {
		t.Errorf("%d blocked: %+v", r.Blocked, r.Troubles)
	}
}

// outsiders asks a service, waits for a message or four working hours, and may time out a task.
const outsiders = `<startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="svc"/>
<serviceTask id="svc" name="Tra cứu" lt:work="lookup"/><sequenceFlow id="f2" sourceRef="svc" targetRef="g"/>
<eventBasedGateway id="g"/><sequenceFlow id="f3" sourceRef="g" targetRef="msg"/><sequenceFlow id="f4" sourceRef="g" targetRef="late"/>
<intermediateCatchEvent id="msg"><messageEventDefinition messageRef="m"/></intermediateCatchEvent><sequenceFlow id="f5" sourceRef="msg" targetRef="a"/>
<intermediateCatchEvent id="late"><timerEventDefinition lt:work="4h"><timeDuration>PT4H</timeDuration></timerEventDefinition></intermediateCatchEvent>
<sequenceFlow id="f6" sourceRef="late" targetRef="b"/>
<userTask id="a" name="Đã trả lời" lt:action="examine" lt:budget="1h"/><sequenceFlow id="f7" sourceRef="a" targetRef="e"/>
<userTask id="b" name="Không trả lời" lt:action="chase" lt:budget="1h"/><sequenceFlow id="f8" sourceRef="b" targetRef="e"/>
<boundaryEvent id="stop" attachedToRef="b"><messageEventDefinition messageRef="n"/></boundaryEvent><sequenceFlow id="f9" sourceRef="stop" targetRef="e"/>
<boundaryEvent id="over" attachedToRef="a"><timerEventDefinition lt:work="30m"><timeDuration>PT30M</timeDuration></timerEventDefinition></boundaryEvent>
<sequenceFlow id="f10" sourceRef="over" targetRef="e"/><endEvent id="e"/>`

func outsideScene(t testing.TB) *simulate.Scene {
	return scene(t, `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:lt="https://lienthong.vn/ns/bpmn/1" targetNamespace="t" id="d">
<message id="m" name="reply"/><message id="n" name="stop"/><process id="p" name="Thử" isExecutable="true">`+outsiders+`</process></definitions>`, 3)
}

// TestElsewhere lets services and messages answer, timers win and interrupt, and what only interrupts
// never come.
func TestElsewhere(t *testing.T) {
	sc := outsideScene(t)
	p := sc.DefaultPlan(civil.Must("2027-01-01"))
	p.Elsewhere = 240 // as long as the timer, so each wins at times
	p.Tasks["a"] = simulate.TaskPlan{Minutes: 28}
	r := many(t, sc, p)
	a, b := r.Tasks[0], r.Tasks[1]
	if r.Blocked != 0 || r.Out < 990 || a.Opened < 200 || b.Opened < 200 || a.Opened+b.Opened > 1000 {
		t.Fatalf("%d blocked %+v, %d out, %d and %d", r.Blocked, r.Troubles, r.Out, a.Opened, b.Opened)
	}
	if b.Done < b.Opened-5 || a.Done >= a.Opened-20 || a.Done == 0 {
		t.Errorf("the chased were done %d of %d; the timer took %d of %d", b.Done, b.Opened, a.Opened-a.Done, a.Opened)
	}
	if l := r.Lanes[0]; l.Use() > 10000 || l.Busy > l.Capacity {
		t.Errorf("used %d", l.Use())
	}
}

// TestManyOfAnything keeps count whatever is assumed: every dossier is out, open or blocked, every task
// that came up is done, waits, is at work or was taken away, and no lane works more than it can.
func TestManyOfAnything(t *testing.T) {
	scenes := []*simulate.Scene{pack(t, "co-nghia-vu-tai-chinh", 5), pack(t, "lien-thong-song-song", 20), outsideScene(t), scene(t, drawn(timed), 3)}
	rapid.Check(t, func(t *rapid.T) {
		sc := rapid.SampledFrom(scenes).Draw(t, "scene")
		p := sc.DefaultPlan(civil.Must("2027-01-01") + civil.Date(rapid.IntRange(0, 400).Draw(t, "from")))
		p.Dossiers = rapid.IntRange(1, 300).Draw(t, "dossiers")
		p.Seed = rapid.Uint64().Draw(t, "seed")
		p.Spread = rapid.Float64Range(0, 3).Draw(t, "spread")
		p.Applicant = rapid.Float64Range(0, 60).Draw(t, "applicant")
		p.Elsewhere = rapid.IntRange(0, 3000).Draw(t, "elsewhere")
		for i := range p.Months {
			p.Months[i] = rapid.IntRange(0, 3).Draw(t, "month")
		}
		for _, lane := range sc.Lanes() {
			p.Staff[lane] = rapid.IntRange(1, 4).Draw(t, "staff")
		}
		for _, n := range sc.Tasks() {
			x := p.Tasks[n.ID]
			x.Minutes = rapid.IntRange(1, 2000).Draw(t, "minutes")
			p.Tasks[n.ID] = x
		}
		r, err := sc.Many(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		if r.Dossiers != p.Dossiers || r.Out+r.Open+r.Blocked != r.Dossiers || r.Queued+r.Worked+r.Outside != r.Open || r.Blocked != 0 {
			t.Fatalf("%d in, %d out, %d open, %d blocked", r.Dossiers, r.Out, r.Open, r.Blocked)
		}
		if r.OnTime+r.Late+r.Refused > r.Out+r.Open || r.Turnaround.N != r.OnTime+r.Late {
			t.Fatalf("%d in time, %d late, %d refused of %d", r.OnTime, r.Late, r.Refused, r.Dossiers)
		}
		for _, x := range r.Tasks {
			if x.Done > x.Opened || x.Wait.N > x.Opened || x.Wait.N < x.Done || x.Queued > x.Opened-x.Wait.N || x.Late > x.Opened {
				t.Fatalf("%s: %+v", x.Node.ID, x)
			}
		}
		for _, l := range r.Lanes {
			if l.Busy > l.Capacity || l.Mean > float64(l.Longest) {
				t.Fatalf("%s: %+v", l.ID, l)
			}
		}
	})
}

// TestPlans says which assumptions are out of range, and stops when nobody waits any more.
func TestPlans(t *testing.T) {
	sc := pack(t, "co-nghia-vu-tai-chinh", 5)
	for path, change := range map[string]func(*simulate.Plan){
		"/dossiers":              func(p *simulate.Plan) { p.Dossiers = simulate.MaxDossiers + 1 },
		"/from":                  func(p *simulate.Plan) { p.From = civil.Must("1999-01-01") },
		"/months":                func(p *simulate.Plan) { p.Months[3] = -1 },
		"/staff/specialist":      func(p *simulate.Plan) { p.Staff["specialist"] = 0 },
		"/tasks/examine/minutes": func(p *simulate.Plan) { p.Tasks["examine"] = simulate.TaskPlan{} },
		"/tasks/examine/shares": func(p *simulate.Plan) {
			p.Tasks["examine"] = simulate.TaskPlan{Minutes: 1, Shares: map[string]float64{"pass": 0}}
		},
		"/applicant": func(p *simulate.Plan) { p.Applicant = -1 },
		"/elsewhere": func(p *simulate.Plan) { p.Elsewhere = -1 },
		"/spread":    func(p *simulate.Plan) { p.Spread = 4 },
	} {
		p := sc.DefaultPlan(civil.Must("2027-01-01"))
		change(&p)
		_, err := sc.Many(context.Background(), p)
		if f := fault.As(err); f == nil || len(f.Fields) != 1 || f.Fields[0].Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := sc.Many(ctx, sc.DefaultPlan(civil.Must("2027-01-01"))); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestArrivals follow the months' proportions and come in office time only.
func TestArrivals(t *testing.T) {
	sc := scene(t, drawn(queueOnly), 0)
	p := sc.DefaultPlan(civil.Must("2027-01-01"))
	p.Months = [12]int{time.March - 1: 3, time.October - 1: 1}
	p.Tasks["a"] = simulate.TaskPlan{Minutes: 500}
	r := many(t, sc, p)
	busy := func(from, to int) int {
		most := 0
		for _, n := range r.Lanes[0].Weeks[from:to] {
			most = max(most, n)
		}
		return most
	}
	if busy(0, 8) != 0 || busy(8, 14) < 600 || r.Dossiers != p.Dossiers {
		t.Errorf("in January %d waited, in March %d, %d came", busy(0, 8), busy(8, 14), r.Dossiers)
	}
}

// TestFast keeps a thousand dossiers under the second they may take, with room for a busy machine.
func TestFast(t *testing.T) {
	sc := pack(t, "lien-thong-xa-huyen-tinh", 20)
	p := sc.DefaultPlan(civil.Must("2027-01-01"))
	begin := time.Now()
	many(t, sc, p)
	if took := time.Since(begin); took > time.Second {
		t.Errorf("a thousand dossiers took %s", took)
	}
}
