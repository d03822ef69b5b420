package dossier_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

// drawn writes a process for people: nodes are put into lanes of the receiving agency by the text
// before "@" of their id's prefix in lanes; flows are "a>b", "a>b:condition", "a>b!" for the default.
type drawn struct {
	nodes strings.Builder
	flows strings.Builder
	lanes map[string][]string
	n     int
	after []string // event definitions' root elements
}

func draw() *drawn { return &drawn{lanes: map[string][]string{}} }

// add writes a node into the lane of the role.
func (p *drawn) add(role, typ, id, attrs, inner string) *drawn {
	fmt.Fprintf(&p.nodes, `<bpmn:%s id="%s" name="%s" %s>%s</bpmn:%s>`, typ, id, id, attrs, inner, typ)
	p.lanes[role] = append(p.lanes[role], id)
	return p
}

// task writes a task for the role; outcomes are "key" or "key:kind".
func (p *drawn) task(role, id, action, more string, outcomes ...string) *drawn {
	s := "<bpmn:extensionElements>"
	for _, o := range outcomes {
		key, kind, ok := strings.Cut(o, ":")
		if !ok {
			kind = "forward"
		}
		s += fmt.Sprintf(`<lt:outcome key="%s" name="%s" kind="%s"/>`, key, key, kind)
	}
	return p.add(role, "userTask", id, `lt:action="`+action+`" `+more, s+"</bpmn:extensionElements>")
}

// event writes an event with a definition: "timer:P1D", "work:2d", "cycle:R3/PT1H", "message:name",
// "signal:name", "when:condition", "error:code".
func (p *drawn) event(typ, id, attrs, def string) *drawn {
	kind, text, _ := strings.Cut(def, ":")
	root := func(element string) string {
		ref := "r_" + element + "_" + strings.NewReplacer(".", "_").Replace(text)
		attr := "name"
		if element == "error" {
			attr = "errorCode"
		}
		e := fmt.Sprintf(`<bpmn:%s id="%s" %s="%s"/>`, element, ref, attr, text)
		for _, x := range p.after {
			if x == e {
				return ref
			}
		}
		p.after = append(p.after, e)
		return ref
	}
	inner := map[string]func() string{
		"timer": func() string {
			return `<bpmn:timerEventDefinition><bpmn:timeDuration>` + text + `</bpmn:timeDuration></bpmn:timerEventDefinition>`
		},
		"date": func() string {
			return `<bpmn:timerEventDefinition><bpmn:timeDate>` + text + `</bpmn:timeDate></bpmn:timerEventDefinition>`
		},
		"cycle": func() string {
			return `<bpmn:timerEventDefinition><bpmn:timeCycle>` + text + `</bpmn:timeCycle></bpmn:timerEventDefinition>`
		},
		"work":    func() string { return `<bpmn:timerEventDefinition lt:work="` + text + `"/>` },
		"message": func() string { return `<bpmn:messageEventDefinition messageRef="` + root("message") + `"/>` },
		"signal":  func() string { return `<bpmn:signalEventDefinition signalRef="` + root("signal") + `"/>` },
		"error":   func() string { return `<bpmn:errorEventDefinition errorRef="` + root("error") + `"/>` },
		"when": func() string {
			return `<bpmn:conditionalEventDefinition><bpmn:condition>` + strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(text) + `</bpmn:condition></bpmn:conditionalEventDefinition>`
		},
		"": func() string { return "" },
	}[kind]()
	return p.add("receiver", typ, id, attrs, inner)
}

// flow connects nodes.
func (p *drawn) flow(list ...string) *drawn {
	for _, f := range list {
		arrow, cond, _ := strings.Cut(f, ":")
		arrow, isDefault := strings.CutSuffix(arrow, "!")
		from, to, _ := strings.Cut(arrow, ">")
		p.n++
		id := fmt.Sprintf("f%d", p.n)
		if isDefault {
			s := strings.Replace(p.nodes.String(), `id="`+from+`"`, `id="`+from+`" default="`+id+`"`, 1)
			p.nodes.Reset()
			p.nodes.WriteString(s)
		}
		fmt.Fprintf(&p.flows, `<bpmn:sequenceFlow id="%s" sourceRef="%s" targetRef="%s">`, id, from, to)
		if cond != "" {
			fmt.Fprintf(&p.flows, `<bpmn:conditionExpression>%s</bpmn:conditionExpression>`, strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(cond))
		}
		p.flows.WriteString(`</bpmn:sequenceFlow>`)
	}
	return p
}

func (p *drawn) String() string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:lt="https://lienthong.vn/ns/bpmn/1" id="defs">`)
	for _, a := range p.after {
		b.WriteString(a)
	}
	b.WriteString(`<bpmn:process id="p" name="Quy trình thử" isExecutable="true"><bpmn:laneSet id="ls">`)
	for _, role := range []string{"applicant", "receiver", "specialist", "leader", "cashier"} {
		if len(p.lanes[role]) == 0 {
			continue
		}
		agency := ` lt:agency="decision"`
		if role == "applicant" {
			agency = ""
		}
		fmt.Fprintf(&b, `<bpmn:lane id="l_%s" name="%s" lt:role="%s"%s>`, role, role, role, agency)
		for _, n := range p.lanes[role] {
			b.WriteString(`<bpmn:flowNodeRef>` + n + `</bpmn:flowNodeRef>`)
		}
		b.WriteString(`</bpmn:lane>`)
	}
	b.WriteString(`</bpmn:laneSet>` + p.nodes.String() + p.flows.String() + `</bpmn:process></bpmn:definitions>`)
	return b.String()
}

// begun draws the beginning every process here has: filed, received at the counter.
func begun() *drawn {
	return draw().add("receiver", "startEvent", "start", "", "").
		task("receiver", "receive", "receive", `lt:status="2"`, "accept").flow("start>receive")
}

// certified is the procedure whose process the tests here replace.
const certified = "1.001193"

// people of the commune whose dossiers run on drawn processes.
type people struct {
	w                             *dossiertest.World
	counter, officer, leader      context.Context
	admin, system, citizen, robot context.Context
}

func cast(t *testing.T, d *db.DB, process string) *people {
	t.Helper()
	w := dossiertest.New(t, d)
	w.Follow(certified, "thu", process)
	return castOf(w)
}

func castOf(w *dossiertest.World) *people {
	p := &people{w: w, counter: w.Staff("Một cửa", banglung, "receiver", "cashier"), officer: w.Staff("Tư pháp", banglung, "specialist"),
		leader: w.Staff("Chủ tịch", banglung, "leader"), citizen: w.Citizen("Nông Thị Hoa", 2)}
	p.system = actor.With(context.Background(), actor.System("test"))
	p.admin = actor.With(context.Background(), actor.Actor{Kind: actor.Staff, Account: w.IDs.New(), Name: "Quản trị", Lang: "vi",
		Grants: []actor.Grant{{Perm: dossier.PermIncident, All: true}}})
	p.robot = actor.With(context.Background(), actor.Actor{Kind: actor.Token, Account: w.IDs.New(), Name: "Kho bạc", Lang: "vi", Scopes: []string{dossier.PermDeliver},
		Grants: []actor.Grant{{Perm: dossier.PermDeliver, Agency: w.Unit(banglung)}}})
	return p
}

// filed files a dossier at the counter, where it is received at once.
func (p *people) filed(t testing.TB) *dossier.Dossier {
	t.Helper()
	d, err := p.w.Dossiers.Submit(p.counter, fill(t, p.w, p.counter, certified, p.w.Unit(banglung), dossier.Counter).ID)
	must(t, err)
	return d
}

// now returns the dossier as it is stored.
func (p *people) now(t testing.TB, dossier id.ID) *dossier.Dossier {
	t.Helper()
	d, err := p.w.Dossiers.Get(p.system, dossier)
	must(t, err)
	return d
}

// pass carries out what is due and returns how much that was.
func (p *people) pass(t testing.TB) int {
	t.Helper()
	n, err := p.w.Dossiers.CarryOut(p.system)
	must(t, err)
	return n
}

// rests says where the dossier's process waits, as "node:state" in order.
func rests(d *dossier.Dossier) string {
	var out []string
	for _, k := range d.Process.Waiting() {
		out = append(out, k.Node+":"+string(k.State))
	}
	return strings.Join(out, " ")
}

// at checks where the dossier's process waits, and that what is stored beside its state says the same.
func (p *people) at(t testing.TB, dossier id.ID, want string) *dossier.Dossier {
	t.Helper()
	d := p.now(t, dossier)
	if got := rests(d); got != want {
		t.Fatalf("%s rests at %q, want %q", d.Code, got, want)
	}
	agree(t, p.w, d)
	return d
}

// agree checks that open tasks, waits and incidents are what the state waits for.
func agree(t testing.TB, w *dossiertest.World, d *dossier.Dossier) {
	t.Helper()
	want, have := map[string]bool{}, map[string]bool{}
	for _, k := range d.Process.Waiting() {
		switch k.State {
		case "task", "timer", "signal", "service", "incident":
			want[fmt.Sprintf("%s %d %s", k.State, k.ID, k.Node)] = true
		}
	}
	rows := func(query string) {
		found, err := w.DB.Read(context.Background()).Query(query, d.ID)
		must(t, err)
		defer found.Close()
		for found.Next() {
			var kind, node string
			var token int
			must(t, found.Scan(&kind, &token, &node))
			key := fmt.Sprintf("%s %d %s", kind, token, node)
			if have[key] {
				t.Fatalf("%s has %s twice", d.Code, key)
			}
			have[key] = true
		}
		must(t, found.Err())
	}
	rows(`SELECT 'task', token, node FROM dossier_task WHERE dossier_id = $1 AND state = 'open'`)
	rows(`SELECT kind, token, node FROM dossier_wait WHERE dossier_id = $1 AND kind <> 'condition'`)
	rows(`SELECT 'incident', token, node FROM dossier_incident WHERE dossier_id = $1 AND closed_at = 0 AND kind = 'step'`)
	for k := range want {
		if !have[k] {
			t.Fatalf("%s waits for %s, of which nothing is stored", d.Code, k)
		}
	}
	for k := range have {
		if !want[k] {
			t.Fatalf("%s: %s is stored, and nothing waits for it", d.Code, k)
		}
	}
}
