package dossierapi_test

import (
	"testing"
	"time"

	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
)

// Claiming, giving to others, taking back, stopping the clock and putting dates off.
func TestActsOfOfficials(t *testing.T) {
	t.Parallel()
	x := newHouse(t, testkit.SQLite(t))
	x.commune(banglung)
	x.add("second", x.w.Staff("Người thứ hai", banglung, "specialist"))
	x.add("stranger", x.w.Staff("Người lạ", district, "specialist"))
	code := x.filed("receiver", funeral, banglung, dossier.Counter).text("code")
	at := "/dossiers/" + code
	task := x.task("specialist", code, "examine")

	x.post("specialist", "/tasks/"+task+"/release", nil).want(409, "dossier.not_claimed_by_you")
	x.post("specialist", "/tasks/"+task+"/claim", nil).want(200)
	x.post("second", "/tasks/"+task+"/claim", nil).want(409, "dossier.assigned_to")
	x.post("second", "/tasks/"+task+"/complete", object{"outcome": "pass"}).want(409, "dossier.assigned_to")
	if n := len(x.get("second", "/worklist?mine=true").want(200).list("items")); n != 0 {
		t.Errorf("the second specialist has %d tasks of his own", n)
	}
	x.post("specialist", "/tasks/"+task+"/release", object{"note": "đi họp"}).want(200)

	colleagues := x.get("division_head", "/colleagues?role=specialist").want(200).list("items")
	second := find(colleagues, "name", "Người thứ hai")
	if len(colleagues) != 2 || second == nil {
		t.Fatalf("colleagues %v", colleagues)
	}
	to := object{"account": second.text("account")}
	x.post("second", "/tasks/"+task+"/assign", to).want(403, "dossier.not_yours_to_assign")
	far := object{"account": x.actors["stranger"].Account.String()}
	if o := x.post("division_head", "/tasks/"+task+"/assign", far).want(422, "dossier.step_incomplete"); o.list("errors")[0].text("location") != "/account" {
		t.Errorf("assigned to another agency: %v", o)
	}
	x.post("division_head", "/tasks/"+task+"/assign", to).want(200)
	if i := x.get("second", "/worklist?mine=true").want(200).list("items"); len(i) != 1 || i[0].text("assignee") != "Người thứ hai" {
		t.Errorf("assigned: %v", i)
	}

	x.post("second", at+"/hold", object{"reason": "x"}).want(403)
	x.post("leader", at+"/hold", object{}).want(422)
	if o := x.post("leader", at+"/hold", object{"reason": " \n "}).want(422); o.list("errors")[0].text("location") != "/reason" {
		t.Errorf("held for no reason: %v", o)
	}
	if o := x.post("leader", at+"/hold", object{"reason": "Chờ ý kiến"}).want(200); o.int("status") != 8 || o["paused"] != true {
		t.Errorf("held: %v", o)
	}
	x.post("second", "/tasks/"+task+"/complete", object{"outcome": "pass"}).want(409, "dossier.on_hold")
	before := x.post("leader", at+"/resume", nil).want(200).text("due_at")
	x.post("leader", at+"/extend", object{"days": 61, "reason": "x"}).want(422)
	after := x.post("leader", at+"/extend", object{"days": 2, "reason": "Xin lỗi vì chậm"}).want(200).text("due_at")
	if b, a := instant(t, before), instant(t, after); a.Sub(b) < 48*time.Hour {
		t.Errorf("put off from %s to %s", b, a)
	}
	x.post("leader", at+"/extend", object{"days": 2, "reason": "nữa"}).want(409, "dossier.extended_already")
	if c := x.get("second", at).want(200).object("clock"); c.text("short") == "" || c["lines"] == nil {
		t.Errorf("the date does not explain itself: %v", c)
	}

	// Sent to the wrong place, and taken back.
	x.forward("second", code, "examine")
	back := x.get("second", at).want(200).text("take_back")
	if back != task {
		t.Fatalf("may take back %q, want %q", back, task)
	}
	x.post("specialist", "/tasks/"+back+"/take-back", object{"reason": "nhầm"}).want(403, "dossier.not_your_transfer")
	x.post("second", "/tasks/"+back+"/take-back", object{"reason": "nhầm"}).want(200)
	x.forward("second", code, "examine")
	x.post("leader", "/tasks/"+x.task("leader", code, "approve")+"/claim", nil).want(200)
	x.post("second", "/tasks/"+back+"/take-back", object{"reason": "nhầm"}).want(409)

	x.post("receiver", at+"/withdraw", object{"note": "Người dân xin rút"}).want(200)
	x.post("receiver", at+"/withdraw", nil).want(409, "dossier.cannot_withdraw")
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	must(t, err)
	return at
}

// A long worklist comes in pages without gaps or repeats.
func TestWorklistPages(t *testing.T) {
	t.Parallel()
	x := newHouse(t, testkit.SQLite(t))
	x.commune(banglung)
	want := map[string]bool{}
	for range 5 {
		want[x.filed("receiver", birth, banglung, dossier.Counter).text("code")] = true
	}
	path, got, pages := "/worklist?limit=2", map[string]bool{}, 0
	for path != "" {
		o := x.get("specialist", path).want(200)
		for _, i := range o.list("items") {
			if got[i.text("code")] {
				t.Errorf("%s comes twice", i.text("code"))
			}
			got[i.text("code")] = true
		}
		pages++
		path = ""
		if next := o.text("next"); next != "" {
			path = "/worklist?limit=2&cursor=" + next
		}
	}
	if pages != 3 || len(got) != len(want) {
		t.Errorf("%d pages with %d of %d", pages, len(got), len(want))
	}
	c := x.get("specialist", "/worklist/counts").want(200)
	if c.int("all") != 5 || c.int("today") != 5 || c.int("mine") != 0 {
		t.Errorf("counts %v", c)
	}
	x.get("specialist", "/worklist?cursor=bm9uc2Vuc2U").want(422, "rest.bad_cursor")
	x.get("specialist", "/worklist?limit=101").want(422)
	x.get("specialist", "/worklist?due=whenever").want(422)
	x.get("specialist", "/worklist?mien=true").want(422) // misspelt
}

// Paper dossiers go to a division with a list that both sides confirm.
func TestHandover(t *testing.T) {
	t.Parallel()
	x := newHouse(t, testkit.SQLite(t))
	x.add("counter", x.w.Staff("Quầy", banglung+".mot-cua", "receiver"))
	x.add("justice", x.w.Staff("Tư pháp", banglung+".tu-phap-ho-tich", "specialist"))
	x.add("land", x.w.Staff("Địa chính", banglung+".dia-chinh", "specialist"))
	for range 2 {
		x.filed("counter", birth, banglung, dossier.Counter)
	}
	pile := x.get("counter", "/handovers/waiting").want(200).list("items")
	if len(pile) != 2 {
		t.Fatalf("%d on the pile", len(pile))
	}
	to := x.w.Unit(banglung + ".tu-phap-ho-tich").String()
	a, b := pile[0].text("task"), pile[1].text("task")
	x.post("counter", "/handovers", object{"to": x.w.Unit(banglung + ".dia-chinh").String(), "tasks": []string{a}}).want(409, "dossier.handover_changed")
	x.post("counter", "/handovers", object{"to": to, "tasks": []string{a, a}}).want(422)
	made := x.post("counter", "/handovers", object{"to": to, "tasks": []string{a, b}})
	h := made.want(201)
	at := "/handovers/" + h.text("id")
	if made.header.Get("Location") != "/api/v1"+at || len(h.list("items")) != 2 || h.list("items")[0].text("applicant") == "" {
		t.Errorf("made %v %v", made.header, h)
	}
	if n := len(x.get("counter", "/handovers/waiting").want(200).list("items")); n != 0 {
		t.Errorf("%d still on the pile", n)
	}
	x.add("elsewhere", x.w.Staff("Nơi khác", "xa-01834", "receiver"))
	x.get("elsewhere", at).want(404, "dossier.no_handover")
	x.post("elsewhere", at+"/confirm", object{"found": []string{a}}).want(404)
	x.post("land", at+"/confirm", object{"found": []string{a}}).want(404)
	x.post("justice", at+"/confirm", object{"found": []string{h.text("id")}}).want(422)
	done := x.post("justice", at+"/confirm", object{"found": []string{a}, "remarks": []object{{"task": b, "remark": "Không có trong tập"}}}).want(200)
	if done.text("state") != "confirmed" || find(done.list("items"), "task", a)["taken"] != true || find(done.list("items"), "task", b).text("remark") == "" {
		t.Errorf("confirmed: %v", done)
	}
	x.post("justice", at+"/confirm", object{"found": []string{a}}).want(409, "dossier.handover_done")
	if n := len(x.get("justice", "/handovers").want(200).list("items")); n != 1 {
		t.Errorf("%d lists", n)
	}
}

// Money is recorded, counted by the day and cancelled with a reason.
func TestPayments(t *testing.T) {
	t.Parallel()
	x := newHouse(t, testkit.SQLite(t))
	x.commune(banglung)
	code := x.filed("receiver", birth, banglung, dossier.Counter).text("code")
	at := "/dossiers/" + code
	x.post("receiver", at+"/duty", object{"amount": 8000, "notice": "x"}).want(403)
	x.post("specialist", at+"/duty", object{"amount": 8000, "notice": "Thông báo số 1"}).want(200)
	pay := object{"amount": 9000, "method": "cash", "receipt": "0001"}
	x.post("receiver", at+"/payments", pay).want(403)
	x.post("cashier", at+"/payments", pay).want(409, "dossier.pays_too_much")
	pay["amount"] = 8000
	x.send("cashier", "POST", at+"/payments", pay, "Idempotency-Key", "till-1").want(200)
	x.send("cashier", "POST", at+"/payments", pay, "Idempotency-Key", "till-1").want(200) // the same request again
	pay["amount"] = 7000
	x.send("cashier", "POST", at+"/payments", pay, "Idempotency-Key", "till-1").want(422, "rest.key_reused")
	list := x.get("cashier", at+"/payments").want(200).list("items")
	if len(list) != 1 || list[0].int("amount") != 8000 || list[0].text("cashier") == "" {
		t.Fatalf("payments %v", list)
	}
	day := x.get("cashier", "/payments").want(200)
	if day.text("day") != "2026-11-23" || day.int("cash") != 8000 || day.int("total") != 8000 {
		t.Errorf("the day: %v", day)
	}
	x.get("specialist", "/payments").want(403, "dossier.not_your_counter")
	x.get("cashier", "/payments?agency="+x.w.Unit("xa-01834").String()).want(403)
	x.get("cashier", "/payments?day=2026-02-30").want(422)
	cancel := "/payments/" + list[0].text("id") + "/cancel"
	x.post("cashier", cancel, object{}).want(422)
	x.post("cashier", cancel, object{"reason": "Ghi nhầm"}).want(200)
	x.post("cashier", cancel, object{"reason": "Ghi nhầm"}).want(409, "dossier.cancelled_already")
	if d := x.get("leader", "/payments").want(200); d.int("total") != 0 || len(d.list("items")) != 1 {
		t.Errorf("after cancelling: %v", d)
	}
}
