package dossierweb_test

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

// An administrator finds a dossier whose automatic step failed, tries it again, and passes it over with
// a reason; the applicant reads calm words, officials the cause and what moves on by itself.
func TestIncidentPages(t *testing.T) {
	d := newDesk(t)
	d.Dossiers.Endpoints = dossiertest.Treasury{Reply: func(dossier.Call) (dossier.Reply, error) {
		return dossier.Reply{}, errors.New("HTTP 400")
	}}
	d.Follow(deskBirth, "hoi-kho-bac", dossiertest.Asking)
	citizen := d.Citizen("Nông Thị Hoa", 2)
	draft, err := d.Dossiers.StartDraft(citizen, deskBirth, d.Unit(deskCommune), dossier.Online)
	d.must(err)
	first, err := d.Proc.ByVersion(citizen, draft.ProcedureVersion)
	d.must(err)
	draft.Data = example(t, first.FormKey)
	d.must(d.Dossiers.SaveDraft(citizen, draft))
	for _, c := range first.Record.ComponentsOf("") {
		if c.Required && !c.EForm && !c.Presented {
			_, err := d.Dossiers.Attach(citizen, draft.ID, "paper", c.Code, "a.pdf", int64(len(pdf)), strings.NewReader(pdf))
			d.must(err)
		}
	}
	x, err := d.Dossiers.Submit(citizen, draft.ID)
	d.must(err)
	d.as("Một cửa", deskCommune, "receiver")
	_, err = d.Dossiers.Complete(actor.With(t.Context(), d.who), dossier.Step{Task: d.taskOf(x.ID), Outcome: "accept"})
	d.must(err)
	if s := text(d.get("/can-bo/ho-so/" + x.Code)); !strings.Contains(s, "Đang chờ hệ thống khác trả lời: Hỏi kho bạc") {
		t.Errorf("officials read %s", s)
	}
	_, err = d.Dossiers.CarryOut(t.Context())
	d.must(err)
	for _, want := range []string{"Hồ sơ dừng ở bước “Hỏi kho bạc”", "từ chối yêu cầu"} {
		if s := text(d.get("/can-bo/ho-so/" + x.Code)); !strings.Contains(s, want) {
			t.Errorf("officials do not read %q in %s", want, s)
		}
	}
	if code, _, _ := d.post("/quan-tri/su-co/thu-lai", url.Values{}); code != 403 {
		t.Errorf("the counter retries: %d", code)
	}
	admin := actor.Actor{Kind: actor.Staff, Account: d.IDs.New(), Name: "Quản trị", Agency: d.Unit("tinh"), Unit: d.Unit("tinh"), Lang: "vi",
		Grants: []actor.Grant{{Perm: dossier.PermIncident, All: true}}}
	d.who = admin
	list := d.get("/quan-tri/su-co")
	if s := text(list); !strings.Contains(s, x.Code) || !strings.Contains(s, "Thử lại cả 1 hồ sơ") {
		t.Fatalf("the administrator reads %s", s)
	}
	one := regexp.MustCompile(`/quan-tri/su-co/[0-9a-f-]{36}`).FindString(list)
	if s := d.get(one); !strings.Contains(s, "<svg") || !strings.Contains(text(s), "Cho qua bước đã làm bằng tay") {
		t.Errorf("the incident's page: %s", text(s))
	}
	d.sent(one+"/thu-lai", nil)
	_, err = d.Dossiers.CarryOut(t.Context())
	d.must(err)
	one = regexp.MustCompile(`/quan-tri/su-co/[0-9a-f-]{36}`).FindString(d.get("/quan-tri/su-co"))
	if code, page, _ := d.post(one+"/bo-qua", url.Values{"reason": {""}}); code != 422 || !strings.Contains(text(page), "Đã làm thế nào") {
		t.Errorf("without a reason: %d", code)
	}
	d.who = actor.From(citizen)
	if s := text(d.get("/toi/ho-so/" + x.Code)); !strings.Contains(s, "không phải làm gì thêm") || strings.Contains(s, "từ chối yêu cầu") {
		t.Errorf("the applicant reads %s", s)
	}
	d.who = admin
	d.sent(one+"/bo-qua", url.Values{"reason": {"Đã hỏi bằng điện thoại"}})
	if s := text(d.get("/quan-tri/su-co")); !strings.Contains(s, "Không có hồ sơ nào bị dừng") {
		t.Errorf("the administrator still reads %s", s)
	}
	d.as("Tư pháp", deskCommune, "specialist")
	if s := text(d.get("/can-bo/ho-so/" + x.Code)); !strings.Contains(s, "Đang chờ: Chờ thông báo thuế") || !strings.Contains(s, "Đã hỏi bằng điện thoại") {
		t.Errorf("officials read %s", s)
	}
	system := actor.With(t.Context(), actor.System("test"))
	_, _, err = d.Dossiers.Deliver(system, x.ID, dossier.Message{Key: "1", Name: "tax.decided"})
	d.must(err)
	if s := text(d.get("/can-bo/ho-so/" + x.Code)); !strings.Contains(s, "Tự chuyển bước lúc") || !strings.Contains(s, "Quá hai ngày") {
		t.Errorf("officials read %s", s)
	}
}

// taskOf returns the dossier's open task.
func (d *deskWorld) taskOf(of id.ID) id.ID {
	d.t.Helper()
	list, err := d.Dossiers.Tasks(d.t.Context(), of)
	d.must(err)
	for _, k := range list {
		if k.State == "open" {
			return k.ID
		}
	}
	d.t.Fatal("no task is open")
	return id.ID{}
}
