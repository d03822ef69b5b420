package dossier_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

// rawJSON is a payload as it is delivered.
func rawJSON(s string) json.RawMessage { return json.RawMessage(s) }

// treasury is an address that answers as it is told to.
type treasury struct {
	mu    sync.Mutex
	reply func(call dossier.Call) (dossier.Reply, error)
	calls []dossier.Call
}

// Names implements dossier.Endpoints.
func (y *treasury) Names() []string { return []string{"treasury"} }

// Call implements dossier.Endpoints.
func (y *treasury) Call(_ context.Context, name string, c dossier.Call) (dossier.Reply, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.calls = append(y.calls, c)
	if name != "treasury" {
		return dossier.Reply{}, fmt.Errorf("no such address")
	}
	return y.reply(c)
}

func asks() string {
	return begun().add("receiver", "serviceTask", "ask", `lt:service="http:treasury" lt:result="tax"`, "").
		event("boundaryEvent", "unknown", `attachedToRef="ask"`, "error:NO_SUCH_LAND").
		add("receiver", "exclusiveGateway", "meet", "", "").
		task("leader", "approve", "approve", "", "sign").
		task("specialist", "search", "examine", "", "found").
		add("receiver", "endEvent", "end", `lt:status="10"`, "").
		flow("receive>ask", "ask>meet", "unknown>search", "search>meet", "meet>approve", "approve>end").String()
}

// allow has the province know the address.
func (p *people) allow(y dossier.Endpoints, decisions dossier.Decider) {
	p.w.Dossiers.Endpoints, p.w.Dossiers.Decisions = y, decisions
}

func castWith(t *testing.T, d *db.DB, y dossier.Endpoints, decisions dossier.Decider, process string) *people {
	t.Helper()
	p := castOf(dossiertest.New(t, d))
	p.allow(y, decisions)
	p.w.Follow(certified, "thu", process)
	return p
}

// A call is made with a key of its own, made again until it is answered, and its answer goes on.
func TestServiceIsCalled(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		y := &treasury{reply: func(dossier.Call) (dossier.Reply, error) {
			return dossier.Reply{}, fault.New(fault.Unavailable, "dossier.service_unavailable", "name", "treasury")
		}}
		p := castWith(t, d, y, nil, asks())
		dos := p.filed(t)
		p.at(t, dos.ID, "ask:service")
		p.pass(t)
		if len(y.calls) != 1 || y.calls[0].Code != dos.Code || y.calls[0].Vars["channel"] != 1.0 {
			t.Fatalf("called %+v", y.calls)
		}
		p.pass(t)
		if len(y.calls) != 1 {
			t.Fatal("it was called again without a pause")
		}
		p.w.Later(2 * time.Minute)
		y.reply = func(dossier.Call) (dossier.Reply, error) { return dossier.Reply{Result: 75000.0}, nil }
		p.pass(t)
		if len(y.calls) != 2 || y.calls[0].Key != y.calls[1].Key {
			t.Fatalf("called %+v", y.calls)
		}
		dos = p.at(t, dos.ID, "approve:task")
		if dos.Process.Vars["tax"] != 75000.0 {
			t.Errorf("variables %v", dos.Process.Vars)
		}
		noTrouble(t, p.w)
	})
}

// An error that the process knows takes its way; a refusal, and silence for hours, are incidents that
// are retried, alone or together, or passed over with a reason.
func TestIncidents(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		y := &treasury{reply: func(dossier.Call) (dossier.Reply, error) { return dossier.Reply{Error: "NO_SUCH_LAND"}, nil }}
		p := castWith(t, d, y, nil, asks())
		known := p.filed(t)
		p.pass(t)
		p.at(t, known.ID, "search:task")

		y.reply = func(dossier.Call) (dossier.Reply, error) { return dossier.Reply{}, fmt.Errorf("HTTP 400") }
		var filed []*dossier.Dossier
		for range 4 {
			filed = append(filed, p.filed(t))
		}
		p.pass(t)
		for _, x := range filed {
			p.at(t, x.ID, "ask:incident")
		}
		before := figuresOf(t, p)
		if _, err := p.w.Dossiers.Incidents(p.leader, dossier.IncidentFilter{}); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("a leader reads the incidents: %v", err)
		}
		list, err := p.w.Dossiers.Incidents(p.admin, dossier.IncidentFilter{Procedure: certified})
		must(t, err)
		groups, err := p.w.Dossiers.IncidentGroups(p.admin)
		must(t, err)
		if len(list) != 4 || len(groups) != 1 || groups[0].N != 4 || groups[0].Node != "ask" || list[0].Key != "dossier.service_refused" || list[0].Code == "" {
			t.Fatalf("%d incidents, groups %+v", len(list), groups)
		}
		again, err := p.w.Dossiers.RetryIncident(p.admin, list[0].ID, nil) // the call is made again, and refused again
		must(t, err)
		p.pass(t)
		if again {
			t.Error("a call that is only asked for has failed already")
		}
		p.at(t, list[0].Dossier, "ask:incident")
		_, err = p.w.Dossiers.RetryIncident(p.admin, list[0].ID, nil)
		kind(t, "an incident that is over", err, fault.Conflict)

		fresh, err := p.w.Dossiers.Incidents(p.admin, dossier.IncidentFilter{Dossier: list[0].Dossier})
		must(t, err)
		kind(t, "skipping without a reason", p.w.Dossiers.SkipIncident(p.admin, fresh[0].ID, " ", nil), fault.Invalid)
		must(t, p.w.Dossiers.SkipIncident(p.admin, fresh[0].ID, "Đã hỏi bằng điện thoại", 90000.0))
		if dos := p.at(t, list[0].Dossier, "approve:task"); dos.Process.Vars["tax"] != 90000.0 {
			t.Errorf("variables %v", dos.Process.Vars)
		}
		y.reply = func(dossier.Call) (dossier.Reply, error) { return dossier.Reply{Result: 1.0}, nil }
		r, err := p.w.Dossiers.RetryIncidents(p.admin, dossier.IncidentFilter{Procedure: certified, Node: "ask", Key: "dossier.service_refused"})
		must(t, err)
		if r.Done != 3 || r.Again+r.Failed != 0 {
			t.Errorf("retried %+v", r)
		}
		p.pass(t)
		for _, x := range filed {
			p.at(t, x.ID, "approve:task")
		}
		if after := figuresOf(t, p); after != before {
			t.Errorf("incidents changed the figures: %s, before %s", after, before)
		}
		old, err := p.w.Dossiers.Incidents(p.admin, dossier.IncidentFilter{Closed: true})
		must(t, err)
		how := map[string]int{}
		for _, x := range old {
			how[x.Closed]++
		}
		if how["retried"] != 4 || how["skipped"] != 1 {
			t.Errorf("closed %v", how)
		}
		noTrouble(t, p.w)
	})
}

func figuresOf(t *testing.T, p *people) string {
	t.Helper()
	list, err := p.w.Dossiers.Figures(p.system, dossier.FigureFilter{From: 20000, To: 30000}, dossier.ByNothing)
	must(t, err)
	return fmt.Sprintf("%+v", list)
}

// An expression that cannot be decided stops the dossier where it is; it goes on once the form was
// corrected. A person at a task would have been told at once.
func TestExpressionFails(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		process := begun().event("intermediateCatchEvent", "later", "", "timer:PT1H").
			add("receiver", "exclusiveGateway", "which", "", "").
			task("leader", "approve", "approve", "", "sign").
			task("specialist", "examine", "examine", "", "pass").
			add("receiver", "endEvent", "end", `lt:status="10"`, "").
			flow("receive>later", "later>which", "which>examine:vars.size > 5", "which>approve!", "approve>end", "examine>end").String()
		p := cast(t, d, process)
		dos := p.filed(t)
		p.w.Later(time.Hour)
		p.pass(t)
		p.at(t, dos.ID, "which:incident")
		list, err := p.w.Dossiers.Incidents(p.admin, dossier.IncidentFilter{})
		must(t, err)
		if len(list) != 1 || list[0].Key != "bpmn.state.condition" || list[0].Skippable {
			t.Fatalf("%+v", list)
		}
		again, err := p.w.Dossiers.RetryIncident(p.admin, list[0].ID, nil)
		must(t, err)
		if !again {
			t.Error("nothing has changed, and it is said to go on")
		}
		kind(t, "skipping what is no work", p.w.Dossiers.SkipIncident(p.admin, last(t, p).ID, "thôi", nil), fault.Conflict)
		_, _, err = p.w.Dossiers.DeliverTo(p.robot, dos.Code, dossier.Message{Key: "1", Name: "anything", Vars: map[string]any{"size": 7}})
		must(t, err)
		p.at(t, dos.ID, "which:incident")
		other := p.filed(t)
		p.w.Later(time.Hour)
		p.pass(t)
		p.at(t, other.ID, "which:incident")
		_, err = p.w.Dossiers.RetryIncident(p.admin, last(t, p).ID, map[string]any{"fee": 1})
		kind(t, "setting what the dossier itself knows", err, fault.Invalid)
		again, err = p.w.Dossiers.RetryIncident(p.admin, last(t, p).ID, map[string]any{"size": 7})
		must(t, err)
		if again {
			t.Error("the value is there, and it failed again")
		}
		p.at(t, other.ID, "examine:task")
		_, err = p.w.Dossiers.Withdraw(p.counter, dos.ID, "thôi")
		must(t, err)
		if x, err := p.w.Dossiers.Incidents(p.admin, dossier.IncidentFilter{}); err != nil || len(x) != 0 {
			t.Errorf("withdrawn, and %d incidents are open: %v", len(x), err)
		}
		noTrouble(t, p.w)
	})
}

func last(t *testing.T, p *people) *dossier.Incident {
	t.Helper()
	list, err := p.w.Dossiers.Incidents(p.admin, dossier.IncidentFilter{})
	must(t, err)
	if len(list) == 0 {
		t.Fatal("there is no incident")
	}
	return list[0]
}

// A process that ends by an error that nothing handles has no result: the dossier is stopped.
func TestErrorEndIsNoResult(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		process := begun().task("specialist", "examine", "examine", "", "pass").
			event("endEvent", "broken", "", "error:LOST").flow("receive>examine", "examine>broken").String()
		p := cast(t, d, process)
		dos := p.filed(t)
		status(t, outcome(t, p.w, p.officer, dos, "examine", "pass", ""), dossier.StatusStopped)
		noTrouble(t, p.w)
	})
}

// What a timer leads to that cannot be done, such as work for an agency that does not exist, is an
// incident, too, and goes on when it can be.
func TestTimerLeadsNowhere(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		process := begun().add("receiver", "scriptTask", "whom", "", `<bpmn:script>agencies = ["no-such-unit"]</bpmn:script>`).
			event("intermediateCatchEvent", "later", "", "timer:PT1H").
			add("specialist", "userTask", "opinion", `lt:action="examine"`, `<bpmn:extensionElements><lt:outcome key="yes" name="yes" kind="forward"/></bpmn:extensionElements>`+
				`<bpmn:multiInstanceLoopCharacteristics lt:collection="agencies" lt:element="agency"/>`).
			add("receiver", "endEvent", "end", `lt:status="10"`, "").
			flow("receive>whom", "whom>later", "later>opinion", "opinion>end").String()
		p := cast(t, d, process)
		dos := p.filed(t)
		p.w.Later(time.Hour)
		p.pass(t)
		p.at(t, dos.ID, "later:timer")
		x := last(t, p)
		if x.Kind != dossier.IncidentWait || x.Key != "dossier.no_such_agency" {
			t.Fatalf("%+v", x)
		}
		if p.pass(t) != 0 {
			t.Error("it was tried again by itself")
		}
		_, _, err := p.w.Dossiers.DeliverTo(p.robot, dos.Code, dossier.Message{Key: "1", Name: "x"})
		must(t, err)
		_, err = p.w.Dossiers.RetryIncident(p.admin, x.ID, nil)
		must(t, err)
		p.pass(t)
		if y := last(t, p); y.ID == x.ID {
			t.Error("the same incident")
		}
		noTrouble(t, p.w)
	})
}

// Several agencies are asked at once; the step is over as soon as two have agreed.
func TestOpinionsOfSeveralAgencies(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		process := begun().add("receiver", "scriptTask", "whom", "", `<bpmn:script>agencies = ["xa-02020", "xa-01834", "huyen-cho-don"]</bpmn:script>`).
			add("leader", "userTask", "opinion", `lt:action="examine"`, `<bpmn:extensionElements><lt:outcome key="yes" name="yes" kind="forward"/><lt:outcome key="no" name="no" kind="forward"/></bpmn:extensionElements>`+
				`<bpmn:multiInstanceLoopCharacteristics lt:collection="agencies" lt:element="agency"><bpmn:completionCondition>loop.done >= 2</bpmn:completionCondition></bpmn:multiInstanceLoopCharacteristics>`).
			task("leader", "approve", "approve", "", "sign").
			add("receiver", "endEvent", "end", `lt:status="10"`, "").
			flow("receive>whom", "whom>opinion", "opinion>approve", "approve>end").String()
		p := cast(t, d, process)
		dos := p.filed(t)
		p.at(t, dos.ID, "opinion:task opinion:task opinion:task")
		other := p.w.Staff("Chủ tịch xã khác", "xa-01834", "leader")
		for _, who := range []context.Context{other, p.leader} {
			must(t, wl(t, p.w, who, 1))
			items, err := p.w.Dossiers.Worklist(who, dossier.WorkFilter{})
			must(t, err)
			_, err = p.w.Dossiers.Complete(who, dossier.Step{Task: items[0].Task.ID, Outcome: "yes"})
			must(t, err)
		}
		p.at(t, dos.ID, "approve:task")
		must(t, wl(t, p.w, p.w.Staff("Chủ tịch huyện", "huyen-cho-don", "leader"), 0))
		noTrouble(t, p.w)
	})
}

// table decides one thing.
type table struct{}

// Known implements dossier.Decider.
func (table) Known(name string) bool { return name == "exempt" }

// Decide implements dossier.Decider.
func (table) Decide(name string, in map[string]any) (any, string, error) {
	if in["procedure"] != certified || in["form"] == nil {
		return nil, "", fmt.Errorf("inputs %v", in)
	}
	return "yes", "Miễn theo dòng 2", nil
}

func TestDecisionIsAsked(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		process := begun().add("receiver", "businessRuleTask", "rule", `lt:decision="exempt" lt:result="free"`, "").
			add("receiver", "exclusiveGateway", "which", "", "").
			task("leader", "approve", "approve", "", "sign").
			task("specialist", "examine", "examine", "", "pass").
			add("receiver", "endEvent", "end", `lt:status="10"`, "").
			flow("receive>rule", "rule>which", `which>approve:vars.free == "yes"`, "which>examine!", "approve>end", "examine>end").String()
		p := castWith(t, d, nil, table{}, process)
		dos := p.filed(t)
		p.at(t, dos.ID, "approve:task")
		list, err := p.w.Dossiers.History(p.system, dos.ID)
		must(t, err)
		said := false
		for _, e := range list {
			said = said || e.Act == "decision" && e.Note == "Miễn theo dòng 2"
		}
		if !said {
			t.Error("the history does not say why")
		}
		noTrouble(t, p.w)
	})
}

// What dossiers cannot carry out is refused when it is published, by name.
func TestUnknownNamesAreRefused(t *testing.T) {
	d := testkit.SQLite(t)
	p := castOf(dossiertest.New(t, d))
	for what, process := range map[string]string{
		"service":  begun().add("receiver", "serviceTask", "x", `lt:service="http:nowhere"`, "").add("receiver", "endEvent", "end", "", "").flow("receive>x", "x>end").String(),
		"decision": begun().add("receiver", "businessRuleTask", "x", `lt:decision="none"`, "").add("receiver", "endEvent", "end", "", "").flow("receive>x", "x>end").String(),
		"call":     begun().add("receiver", "callActivity", "x", `calledElement="other"`, "").add("receiver", "endEvent", "end", "", "").flow("receive>x", "x>end").String(),
	} {
		err := p.w.Proc.PutProcess(p.system, actor.System("test"), "thu-"+what, []byte(process))
		f := fault.As(err)
		if f == nil || f.Key != "procedure.process_invalid" || len(f.Fields) != 1 || f.Fields[0].Path != map[bool]string{true: "/process", false: "/process/x"}[what == "call"] {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A process of the library is called by its key: published versions keep the one they were made with.
func TestLibraryProcessIsCalled(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		p := castOf(dossiertest.New(t, d))
		called := func(id string) string {
			return draw().add("receiver", "startEvent", "s", "", "").task("cashier", id, "examine", "", "yes").
				event("boundaryEvent", "b", `attachedToRef="`+id+`"`, "timer:PT4H").
				add("receiver", "endEvent", "e", "", "").add("receiver", "endEvent", "e2", "", "").flow("s>"+id, id+">e", "b>e2").String()
		}
		must(t, p.w.Proc.PutProcess(p.system, actor.System("test"), "thu-phi", []byte(called("collect"))))
		calling := begun().add("receiver", "callActivity", "fees", `calledElement="thu-phi"`, "").
			task("leader", "approve", "approve", "", "sign").add("receiver", "endEvent", "end", `lt:status="10"`, "").
			flow("receive>fees", "fees>approve", "approve>end").String()
		p.w.Follow(certified, "thu", calling)
		first := p.filed(t)
		p.at(t, first.ID, "thu-phi.collect:task thu-phi.b:timer")
		must(t, p.w.Proc.PutProcess(p.system, actor.System("test"), "thu-phi", []byte(called("gather"))))
		p.at(t, p.filed(t).ID, "thu-phi.collect:task thu-phi.b:timer")
		p.w.Follow(certified, "thu", calling)
		p.at(t, p.filed(t).ID, "thu-phi.gather:task thu-phi.b:timer")
		p.w.Later(4 * time.Hour)
		p.pass(t)
		p.at(t, first.ID, "approve:task")
		noTrouble(t, p.w)
	})
}
