package dossierapi_test

import (
	"errors"
	"testing"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

// Incidents and messages by the API alone: who may, what is answered, and that a message sent twice is
// one.
func TestProcessesByTheAPI(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		x := newHouse(t, d)
		x.commune(banglung)
		x.w.Dossiers.Endpoints = dossiertest.Treasury{Reply: func(dossier.Call) (dossier.Reply, error) {
			return dossier.Reply{}, errors.New("HTTP 400")
		}}
		x.w.Follow(birth, "hoi-kho-bac", dossiertest.Asking)
		x.add("hoa", x.w.Citizen("Nông Thị Hoa", 2))
		x.add("admin", actor.With(t.Context(), actor.Actor{Kind: actor.Staff, Account: x.w.IDs.New(), Name: "Quản trị", Lang: "vi",
			Grants: []actor.Grant{{Perm: dossier.PermIncident, All: true}}}))
		x.add("robot", actor.With(t.Context(), actor.Actor{Kind: actor.Token, Account: x.w.IDs.New(), Name: "Thuế", Lang: "vi",
			Scopes: []string{dossier.PermDeliver}, Grants: []actor.Grant{{Perm: dossier.PermDeliver, Agency: x.w.Unit(banglung)}}}))
		code := x.filed("hoa", birth, banglung, dossier.Online).text("code")
		other := x.filed("hoa", birth, banglung, dossier.Online).text("code")
		x.forward("receiver", code, "receive")
		if _, err := x.w.Dossiers.CarryOut(t.Context()); err != nil {
			t.Fatal(err)
		}
		x.get("leader", "/incidents").want(403)
		if w := x.get("leader", "/dossiers/"+code).want(200).list("waits"); len(w) != 1 || w[0].text("kind") != "incident" || w[0].text("name") != "Hỏi kho bạc" {
			t.Errorf("officials see %v", w)
		}
		if w := x.get("hoa", "/dossiers/"+code).want(200)["waits"]; w != nil {
			t.Errorf("the applicant sees %v", w)
		}
		list := x.get("admin", "/incidents?procedure="+birth).want(200).list("items")
		if len(list) != 1 || list[0].text("dossier") != code || list[0].text("code") != "dossier.service_refused" || list[0]["skippable"] != true ||
			list[0].text("name") != "Hỏi kho bạc" {
			t.Fatalf("incidents %v", list)
		}
		at := "/incidents/" + list[0].text("id")
		x.post("leader", at+"/retry", nil).want(403)
		x.post("admin", "/incidents/retry", object{"procedure": birth, "element": "ask", "code": "dossier.service_refused"}).want(200)
		x.post("admin", at+"/retry", nil).want(409, "dossier.incident_over")
		if _, err := x.w.Dossiers.CarryOut(t.Context()); err != nil {
			t.Fatal(err)
		}
		at = "/incidents/" + x.get("admin", "/incidents").want(200).list("items")[0].text("id")
		x.post("admin", at+"/skip", object{"reason": " "}).want(422)
		x.post("admin", at+"/skip", object{"reason": "Đã hỏi bằng điện thoại", "result": 5000}).want(204)

		m := object{"key": "thue-1", "name": "tax.decided", "vars": object{"decision_no": "12"}}
		x.post("leader", "/dossiers/"+code+"/messages", m).want(403)
		x.post("robot", "/dossiers/"+code+"/messages", object{"key": "k", "name": "tax.decided", "vars": object{"fee": 1}}).want(422)
		x.post("robot", "/dossiers/000/messages", m).want(404)
		first := x.post("robot", "/dossiers/"+code+"/messages", m).want(200)
		if first["heard"] != true {
			t.Errorf("it was waited for: %v", first)
		}
		if again := x.post("robot", "/dossiers/"+code+"/messages", m).want(200); again.object("dossier").int("version") != first.object("dossier").int("version") {
			t.Errorf("sent again it did something: %v after %v", again, first)
		}
		x.post("receiver", "/dossiers/"+code+"/links", object{"code": other}).want(403)
		x.post("specialist", "/dossiers/"+code+"/links", object{"code": other}).want(200)
		x.post("specialist", "/dossiers/"+code+"/links", object{"code": code}).want(422, "dossier.link_itself")
		x.forward("specialist", code, "examine")
		if own := x.get("hoa", "/dossiers/"+code+"/history").want(200); len(own.list("items")) == 0 {
			t.Error("the applicant has no history")
		}
	})
}
