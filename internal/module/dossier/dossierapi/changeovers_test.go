package dossierapi_test

import (
	"context"
	"testing"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/procedure"
)

// A program of those who publish procedures previews a move, orders it, reads what became of each
// dossier and takes one back.
func TestDossiersMoveToAnotherVersion(t *testing.T) {
	t.Parallel()
	x := newHouse(t, testkit.SQLite(t))
	x.commune(banglung)
	code := x.filed("receiver", funeral, banglung, dossier.Counter).text("code")
	x.filed("receiver", funeral, banglung, dossier.Counter)
	admin := actor.Actor{Kind: actor.Staff, Account: x.w.IDs.New(), Name: "Kiểm soát thủ tục", Agency: x.w.Unit(banglung), Lang: "vi",
		Grants: []actor.Grant{{Perm: procedure.PermPublish, All: true}, {Perm: procedure.PermEdit, All: true}}}
	ctx := actor.With(context.Background(), admin)
	x.add("publisher", ctx)
	local := admin
	local.Grants = []actor.Grant{{Perm: procedure.PermPublish, Agency: admin.Agency}}
	x.add("local", actor.With(context.Background(), local))
	old, err := x.w.Proc.Published(ctx, funeral)
	must(t, err)
	v, err := x.w.Proc.NewDraft(ctx, admin, funeral)
	must(t, err)
	v, err = x.w.Proc.Publish(ctx, admin, v.ID, v.Revision)
	must(t, err)

	choice := object{"from": old.ID.String(), "to": v.ID.String()}
	x.post("leader", "/changeovers/preview", choice).want(403)
	x.post("local", "/changeovers/preview", choice).want(403, "dossier.move.forbidden")
	p := x.post("publisher", "/changeovers/preview", object{"from": old.ID.String(), "to": v.ID.String(), "limit": 1}).want(200)
	if p.int("total") != 2 || p.int("can") != 2 || len(p.list("items")) != 1 || p.text("next") == "" {
		t.Fatalf("previewed %v", p)
	}
	x.post("publisher", "/changeovers/preview", object{"from": old.ID.String(), "to": v.ID.String(), "mapping": object{"x": "y"}}).want(422, "bpmn.move.mapping")
	x.post("publisher", "/changeovers", choice).want(422)
	order := object{"from": old.ID.String(), "to": v.ID.String(), "decision": "Quyết định 12/QĐ-UBND"}
	o := x.post("publisher", "/changeovers", order).want(201)
	at := "/changeovers/" + o.text("id")
	if o.text("state") != "running" || o.int("total") != 2 {
		t.Errorf("ordered %v", o)
	}
	x.post("publisher", "/changeovers", order).want(409, "dossier.move.running")
	must(t, x.w.Dossiers.RunChangeovers(actor.With(context.Background(), actor.System("test"))))
	if o := x.get("publisher", at).want(200); o.text("state") != "done" || o.object("counts").int("moved") != 2 || o.text("by") != "Kiểm soát thủ tục" {
		t.Errorf("done: %v", o)
	}
	if pages, lines := x.all("publisher", at+"/dossiers?state=moved", 1, "code"); pages < 2 || len(lines) != 2 {
		t.Errorf("%d pages of %v", pages, lines)
	}
	mine := find(x.get("publisher", at+"/dossiers").want(200).list("items"), "code", code)
	if mine["can_undo"] != true {
		t.Fatalf("%v", mine)
	}
	if o := x.post("publisher", at+"/dossiers/"+mine.text("dossier")+"/undo", nil).want(200); o.object("counts").int("undone") != 1 {
		t.Errorf("taken back: %v", o)
	}
	x.post("publisher", at+"/dossiers/"+mine.text("dossier")+"/undo", nil).want(409, "dossier.move.not_moved")
	x.post("publisher", at+"/stop", nil).want(409, "dossier.move.not_running")
	if l := x.get("publisher", "/changeovers?procedure="+funeral).want(200).list("items"); len(l) != 1 {
		t.Errorf("%v", l)
	}
	x.get("publisher", "/changeovers/00000000-0000-7000-8000-000000000000").want(404, "dossier.move.no_run")
	x.get("local", at).want(403, "dossier.move.forbidden")
}
