package dossierapi_test

import (
	"strings"
	"testing"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
)

// funeral is an interlinked procedure: received and examined at the commune, decided at the district.
const funeral = "1.001731"

// An interlinked dossier over commune and district with a supplement round, by the API alone.
func TestInterlinkedDossier(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		x := newHouse(t, d)
		x.commune(banglung)
		for _, role := range []string{"specialist", "leader", "clerk"} {
			x.add("district-"+role, x.w.Staff("Huyện "+role, district, role))
		}
		x.add("lan", x.w.Citizen("Nông Thị Lan", 0))
		filed := x.filed("lan", funeral, banglung, dossier.Online)
		code := filed.text("code")
		x.get("district-leader", "/dossiers/"+code).want(200) // it decides, so it takes part from the beginning
		x.forward("receiver", code, "receive")
		x.w.Later(2 * time.Hour)

		// The commune asks for what is missing, naming the paper.
		task := x.task("specialist", code, "examine")
		x.post("specialist", "/tasks/"+task+"/complete", object{"outcome": "supplement", "note": "thiếu"}).want(422, "dossier.name_the_defects")
		x.post("specialist", "/tasks/"+task+"/supplement", object{"items": []object{}, "reason": "thiếu"}).want(422)
		ask := object{"items": []object{{"component": "giay-chung-tu", "what": "Ảnh mờ"}}, "reason": "Không đọc được"}
		if o := x.post("specialist", "/tasks/"+task+"/supplement", ask).want(200); o.int("status") != 5 || o["paused"] != true || o.text("due_at") != "" {
			t.Errorf("asked: %v", o)
		}
		own := x.get("lan", "/dossiers/"+code).want(200)
		if s := own.list("supplements"); len(s) != 1 || s[0].list("items")[0].text("what") != "Ảnh mờ" ||
			!strings.HasPrefix(s[0].list("items")[0].text("name"), "Bản sao trích lục khai tử") || s[0].text("asked_by") != "" {
			t.Errorf("the citizen is asked %v", s)
		}
		if mine := own.list("tasks"); len(mine) != 1 || mine[0]["mine"] != true {
			t.Errorf("the citizen's own task: %v", mine)
		}
		x.w.Later(24 * time.Hour)
		x.attach("lan", filed.text("id"), "result", "giay-chung-tu").want(409, "dossier.no_attaching")
		x.attach("lan", filed.text("id"), "supplement", "giay-chung-tu").want(201)
		if o := x.post("lan", "/dossiers/"+code+"/answer", object{"note": "Đã chụp lại"}).want(200); o["paused"] != false || o.text("due_at") == "" {
			t.Errorf("answered: %v", o)
		}
		x.post("lan", "/dossiers/"+code+"/answer", object{}).want(409, "dossier.nothing_asked")

		// A second request waits for the leader.
		task = x.task("specialist", code, "examine")
		x.post("specialist", "/tasks/"+task+"/supplement", ask).want(200)
		x.get("specialist", "/supplements/proposed").want(403)
		proposed := x.get("leader", "/supplements/proposed").want(200).list("items")
		if len(proposed) != 1 || proposed[0].int("n") != 2 {
			t.Fatalf("proposed: %v", proposed)
		}
		if n := len(x.get("district-leader", "/supplements/proposed").want(200).list("items")); n != 0 {
			t.Errorf("the district reads %d requests of the commune", n)
		}
		if n := len(x.get("lan", "/dossiers/"+code).want(200).list("supplements")); n != 1 {
			t.Errorf("the citizen sees %d requests while one is only proposed", n)
		}
		decide := "/supplements/" + proposed[0].text("id") + "/decide"
		x.post("district-leader", decide, object{"approve": true}).want(404)
		x.post("leader", decide, object{"approve": false}).want(422)
		x.post("leader", decide, object{"approve": false, "note": "Đủ rồi"}).want(200)

		x.forward("specialist", code, "examine")
		x.forward("leader", code, "approve")
		if o := x.get("lan", "/dossiers/"+code).want(200); !strings.Contains(o.object("holder").text("name"), "Chợ Đồn") {
			t.Errorf("held by %v", o.object("holder"))
		}
		if n := len(x.get("specialist", "/worklist").want(200).list("items")); n != 0 {
			t.Errorf("the commune still has %d tasks", n)
		}
		x.forward("district-specialist", code, "examine")
		// The district's leader approves in bulk: one task of his, one that is none.
		approve := x.task("district-leader", code, "approve")
		rows := x.post("district-leader", "/tasks/complete", object{"steps": []object{
			{"task": approve, "outcome": "approve"}, {"task": task, "outcome": "approve"}}}).want(200).list("items")
		if len(rows) != 2 || rows[0].object("dossier") == nil || rows[1].text("code") == "" || rows[1].text("message") == "" {
			t.Errorf("bulk: %v", rows)
		}
		x.forward("district-clerk", code, "number", "number", "88/QĐ")
		if o := x.forward("receiver", code, "return", "signed", "Nông Thị Lan"); o.int("status") != 10 || o["late"] != false {
			t.Errorf("returned: %v", o)
		}
		bad, err := x.w.Dossiers.Recount(t.Context())
		must(t, err)
		for _, b := range bad {
			t.Error(b)
		}
	})
}

// Over three levels: each sees it once it takes part, and nobody before.
func TestThreeLevels(t *testing.T) {
	t.Parallel()
	const martyr = "1.010803" // commune, district, department
	x := newHouse(t, testkit.SQLite(t))
	x.commune(banglung)
	for _, role := range []string{"specialist", "leader", "clerk"} {
		x.add("district-"+role, x.w.Staff("Huyện "+role, district, role))
		x.add("department-"+role, x.w.Staff("Sở "+role, "so-ldtbxh", role))
	}
	code := x.filed("receiver", martyr, banglung, dossier.Counter).text("code")
	x.get("district-specialist", "/dossiers/"+code).want(404)
	x.forward("specialist", code, "examine")
	x.forward("leader", code, "approve")
	x.forward("district-specialist", code, "examine")
	x.forward("district-leader", code, "approve")
	x.forward("department-specialist", code, "examine")
	x.forward("department-leader", code, "approve")
	x.forward("department-clerk", code, "number", "number", "12/QĐ-SLĐTBXH")
	if o := x.forward("receiver", code, "return"); o.int("status") != 10 {
		t.Errorf("returned: %v", o)
	}
}
