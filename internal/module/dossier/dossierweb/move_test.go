package dossierweb_test

import (
	"context"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"lienthong/internal/kit/actor"
	"lienthong/internal/module/procedure"
)

// An administrator looks at what a new version means for running dossiers, orders the move, follows it
// and takes one dossier back, all with plain forms.
func TestDossiersAreMovedOnThePages(t *testing.T) {
	d := newDesk(t)
	code, _ := d.file()
	d.file()
	admin := actor.Actor{Kind: actor.Staff, Account: d.IDs.New(), Name: "Kiểm soát thủ tục", Agency: d.Unit(deskCommune), Lang: "vi",
		Grants: []actor.Grant{{Perm: procedure.PermPublish, All: true}, {Perm: procedure.PermEdit, All: true}}}
	ctx := actor.With(context.Background(), admin)
	old, err := d.Proc.Published(ctx, deskBirth)
	d.must(err)
	v, err := d.Proc.NewDraft(ctx, admin, deskBirth)
	d.must(err)
	for i := range v.Record.Methods.Value {
		m := &v.Record.Methods.Value[i]
		if m.Term != nil {
			term := *m.Term
			term.N, term.Unit = 3, "working_day"
			m.Term = &term
		}
	}
	v, err = d.Proc.SaveDraft(ctx, admin, v.ID, v.Revision, procedure.Change{Record: v.Record, EffectiveFrom: v.EffectiveFrom, Note: "thêm ngày"})
	d.must(err)
	_, err = d.Proc.Publish(ctx, admin, v.ID, v.Revision)
	d.must(err)

	d.who = admin
	at := "/quan-tri/thu-tuc/" + deskBirth + "/chuyen-ho-so"
	if page := d.get(at); !strings.Contains(page, "?tu="+strconv.Itoa(old.Number)) {
		t.Fatalf("the old version is not offered\n%s", page)
	}
	page := d.get(at + "?tu=" + strconv.Itoa(old.Number))
	for _, want := range []string{code, "Chuyển được", `id="so-do-cu"`, `id="so-do-moi"`, "<svg", `name="decision"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the preview lacks %q", want)
		}
	}
	if page := d.get(at + "?tu=" + strconv.Itoa(old.Number) + "&xem=cannot"); strings.Contains(page, code) {
		t.Error("what can be moved stands among what cannot")
	}
	if page := d.get(at + "?tu=zz&ghep-x=y&sau=zz"); strings.Contains(page, `id="so-do-cu"`) {
		t.Error("a version that is none is previewed")
	}
	if page := d.get(at + "?tu=" + strconv.Itoa(old.Number) + "&ghep-nowhere=there"); !strings.Contains(page, "Không ghép được") {
		t.Error("a match of what is not there is not told")
	}
	if status, _, _ := d.post(at, url.Values{"tu": {strconv.Itoa(old.Number)}, "decision": {" "}}); status != 422 {
		t.Errorf("ordered without a decision: %d", status)
	}
	status, _, run := d.post(at, url.Values{"tu": {strconv.Itoa(old.Number)}, "decision": {"Quyết định 12/QĐ-UBND"}})
	if status != 303 || !strings.HasPrefix(run, "/quan-tri/chuyen-ho-so/") {
		t.Fatalf("ordered: %d, %s", status, run)
	}
	if page := d.get(run); !strings.Contains(page, "Đang chuyển") || !strings.Contains(page, "data-live") {
		t.Error("the order's page does not show that it runs")
	}
	d.must(d.Dossiers.RunChangeovers(actor.With(context.Background(), actor.System("test"))))
	page = d.get(run)
	if !strings.Contains(page, "Đã xong") || strings.Count(page, `name="ho-so"`) != 2 || !strings.Contains(page, "Quyết định 12/QĐ-UBND") {
		t.Errorf("after the move:\n%s", page)
	}
	one := regexp.MustCompile(`name="ho-so" value="([^"]*)"`).FindStringSubmatch(page)[1]
	for range 2 { // the second time it is told that it is not there any more
		if status, _, to := d.post(run+"/tra-lai", url.Values{"ho-so": {one}}); status != 303 || to != run {
			t.Errorf("taken back: %d", status)
		}
	}
	if page := d.get(run + "?trang-thai=undone"); strings.Count(page, "Đã trả lại") < 2 {
		t.Error("the one taken back is not shown")
	}
	if page := d.get(at); !strings.Contains(page, run) {
		t.Error("the order is not on the procedure's page")
	}
	d.as("Lãnh đạo", deskCommune, "leader")
	for _, p := range []string{at, run, run + "/tien-do"} {
		if status, _, _ := d.do(newGet(p)); status != 403 {
			t.Errorf("a leader gets %d at %s", status, p)
		}
	}
}
