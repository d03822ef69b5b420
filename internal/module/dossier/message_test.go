package dossier_test

import (
	"testing"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
)

// carry hands every event of the outbox with the subject to the module's own consumer, twice.
func (p *people) carry(t testing.TB, subject string) int {
	t.Helper()
	type row struct {
		id      id.ID
		at      int64
		payload string
	}
	var rows []row
	found, err := p.w.DB.Read(p.system).Query(`SELECT id, at, payload FROM kit_outbox WHERE subject = $1 ORDER BY id`, subject)
	must(t, err)
	for found.Next() {
		var r row
		must(t, found.Scan(&r.id, &r.at, &r.payload))
		rows = append(rows, r)
	}
	must(t, found.Err())
	must(t, found.Close())
	for _, r := range rows {
		for range 2 {
			must(t, p.w.Dossiers.Handle(p.system, outbox.Event{ID: r.id, Subject: subject, At: db.Time(r.at), Payload: rawJSON(r.payload)}))
		}
	}
	return len(rows)
}

func waitsForMessage() string {
	return begun().event("intermediateCatchEvent", "tax", "", "message:tax.decided").
		task("leader", "approve", "approve", "", "sign").
		add("receiver", "endEvent", "end", `lt:status="10"`, "").
		flow("receive>tax", "tax>approve", "approve>end").String()
}

// A program of another system hands a message to a dossier: once, by those who may, also before the
// process waits for it.
func TestMessageFromOutside(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		p := cast(t, d, waitsForMessage())
		dos := p.filed(t)
		p.at(t, dos.ID, "tax:message")
		m := dossier.Message{Key: "kb-1", Name: "tax.decided", Vars: map[string]any{"tax": 120000}}
		_, _, err := p.w.Dossiers.DeliverTo(p.leader, dos.Code, m)
		kind(t, "an official without the permission", err, fault.NotFound)
		elsewhere := actor.With(p.robot, actor.Actor{Kind: actor.Token, Account: p.w.IDs.New(), Lang: "vi", Scopes: []string{dossier.PermDeliver},
			Grants: []actor.Grant{{Perm: dossier.PermDeliver, Agency: p.w.Unit("xa-01834")}}})
		_, _, err = p.w.Dossiers.DeliverTo(elsewhere, dos.Code, m)
		kind(t, "another commune's program", err, fault.NotFound)
		_, _, err = p.w.Dossiers.DeliverTo(p.robot, dos.Code, dossier.Message{Key: "x", Name: "tax.decided", Vars: map[string]any{"fee": 1}})
		kind(t, "the dossier's own variable", err, fault.Invalid)
		_, heard, err := p.w.Dossiers.DeliverTo(p.robot, dos.Code, m)
		must(t, err)
		if !heard {
			t.Error("it was waited for and not heard")
		}
		dos = p.at(t, dos.ID, "approve:task")
		if dos.Process.Vars["tax"] != 120000.0 {
			t.Errorf("variables %v", dos.Process.Vars)
		}
		again, heard, err := p.w.Dossiers.DeliverTo(p.robot, dos.Code, m)
		must(t, err)
		if !heard || again.Version != dos.Version {
			t.Errorf("the same message again: heard %t, version %d after %d", heard, again.Version, dos.Version)
		}
		m.Name = "other"
		_, _, err = p.w.Dossiers.DeliverTo(p.robot, dos.Code, m)
		kind(t, "the key of another message", err, fault.Conflict)
		noTrouble(t, p.w)
	})
}

// A message that comes too early is kept, and delivered when the process waits for it.
func TestMessageTooEarly(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		process := begun().task("specialist", "examine", "examine", "", "pass").
			event("intermediateCatchEvent", "tax", "", "message:tax.decided").
			task("leader", "approve", "approve", "", "sign").
			add("receiver", "endEvent", "end", `lt:status="10"`, "").
			flow("receive>examine", "examine>tax", "tax>approve", "approve>end").String()
		p := cast(t, d, process)
		dos := p.filed(t)
		_, heard, err := p.w.Dossiers.DeliverTo(p.robot, dos.Code, dossier.Message{Key: "kb-1", Name: "tax.decided"})
		must(t, err)
		if heard || p.pass(t) != 0 {
			t.Error("it was heard before anybody listened")
		}
		outcome(t, p.w, p.officer, dos, "examine", "pass", "")
		p.at(t, dos.ID, "tax:message")
		if p.pass(t) != 1 {
			t.Error("it was not delivered")
		}
		p.at(t, dos.ID, "approve:task")
		noTrouble(t, p.w)
	})
}

// Linked dossiers hear each other's messages, dossiers of one agency its signals, once each.
func TestDossiersSpeakToEachOther(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		process := begun().task("specialist", "examine", "examine", "", "tell", "call", "wait").
			add("receiver", "exclusiveGateway", "which", "", "").
			event("intermediateThrowEvent", "told", "", "message:done.here").
			event("intermediateThrowEvent", "called", "", "signal:office.closed").
			add("receiver", "eventBasedGateway", "either", "", "").
			event("intermediateCatchEvent", "hears", "", "message:done.here").
			event("intermediateCatchEvent", "heeds", "", "signal:office.closed").
			add("receiver", "exclusiveGateway", "meet", "", "").
			task("leader", "approve", "approve", "", "sign").
			add("receiver", "endEvent", "end", `lt:status="10"`, "").
			flow("receive>examine", "examine>which", `which>told:outcome == "tell"`, `which>called:outcome == "call"`, "which>either!",
				"either>hears", "either>heeds", "told>meet", "called>meet", "hears>meet", "heeds>meet", "meet>approve", "approve>end").String()
		p := cast(t, d, process)
		a, b, c, e := p.filed(t), p.filed(t), p.filed(t), p.filed(t)
		_, err := p.w.Dossiers.Link(p.officer, a.ID, b.ID)
		must(t, err)
		_, err = p.w.Dossiers.Link(p.w.Staff("Nơi khác", "xa-01834", "specialist"), a.ID, c.ID)
		kind(t, "an official elsewhere links them", err, fault.NotFound)
		for _, x := range []*dossier.Dossier{b, c} {
			outcome(t, p.w, p.officer, x, "examine", "wait", "")
			p.at(t, x.ID, "hears:message heeds:signal")
		}
		outcome(t, p.w, p.officer, a, "examine", "tell", "")
		if p.carry(t, dossier.SubjectMessage) != 1 || p.pass(t) != 1 || p.pass(t) != 0 {
			t.Error("the message did not reach exactly one dossier once")
		}
		p.at(t, b.ID, "approve:task")
		p.at(t, c.ID, "hears:message heeds:signal")
		outcome(t, p.w, p.officer, e, "examine", "call", "")
		if p.carry(t, dossier.SubjectSignal) != 1 || p.pass(t) != 1 || p.pass(t) != 0 {
			t.Error("the signal did not reach exactly one dossier once")
		}
		p.at(t, c.ID, "approve:task")
		p.at(t, e.ID, "approve:task")
		noTrouble(t, p.w)
	})
}

// Payment and answer are heard by the process, and conditions come true by what changes in the dossier.
func TestProcessHearsOfItsDossier(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		process := begun().
			add("receiver", "serviceTask", "price", `lt:service="fee.set"`, "").
			add("receiver", "scriptTask", "reckon", "", `<bpmn:script>amount = 50000</bpmn:script>`).
			event("intermediateCatchEvent", "half", "", "when:vars.fee_paid * 2 >= vars.fee").
			event("intermediateCatchEvent", "paid", "", "message:dossier.paid").
			add("receiver", "exclusiveGateway", "who", "", "").
			task("leader", "approve", "approve", "", "sign").
			task("leader", "look", "approve", "", "sign").
			add("receiver", "endEvent", "end", `lt:status="10"`, "").
			flow("receive>reckon", "reckon>price", "price>half", "half>paid", "paid>who",
				`who>look:vars.form.child.name == "" or vars.decision != "xa-02020"`, "who>approve!", "approve>end", "look>end").String()
		p := cast(t, d, process)
		dos := p.filed(t)
		p.at(t, dos.ID, "half:when")
		dos = p.now(t, dos.ID)
		if dos.Fee != 50000 {
			t.Fatalf("fee %d", dos.Fee)
		}
		_, err := p.w.Dossiers.Pay(p.counter, dos.ID, 20000, "cash", "1", "")
		must(t, err)
		p.at(t, dos.ID, "half:when")
		_, err = p.w.Dossiers.Pay(p.counter, dos.ID, 10000, "cash", "2", "")
		must(t, err)
		p.at(t, dos.ID, "paid:message")
		_, err = p.w.Dossiers.Pay(p.counter, dos.ID, 20000, "cash", "3", "")
		must(t, err)
		p.at(t, dos.ID, "approve:task")
		noTrouble(t, p.w)
	})
}

// A condition on the time left comes true without anybody doing anything.
func TestConditionOnTheTimeLeft(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		process := begun().task("specialist", "examine", "examine", "", "pass").
			event("boundaryEvent", "hurry", `attachedToRef="examine"`, "when:vars.term_left < 60").
			add("receiver", "exclusiveGateway", "meet", "", "").
			task("leader", "approve", "approve", "", "sign").
			add("receiver", "endEvent", "end", `lt:status="10"`, "").
			flow("receive>examine", "examine>meet", "hurry>meet", "meet>approve", "approve>end").String()
		p := cast(t, d, process)
		dos := p.filed(t)
		for range 100 {
			p.w.Later(5 * time.Minute)
			p.pass(t)
			now := p.now(t, dos.ID)
			if left := now.Due.Sub(p.w.Clock.Now()); rests(now) == "approve:task" {
				if left > time.Hour || left < 45*time.Minute {
					t.Errorf("it hurried %s before the end", left)
				}
				p.at(t, dos.ID, "approve:task")
				noTrouble(t, p.w)
				return
			}
		}
		t.Error("it never hurried")
	})
}
