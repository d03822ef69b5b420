package procedureapi_test

import (
	"strings"
	"testing"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/procedure"
	"lienthong/internal/module/procedure/proceduretest"
)

// A process changed by a program goes the same way as one changed on pages: somebody else publishes it.
func TestProcessByProgram(t *testing.T) {
	a := newAPI(t)
	const at = "/procedure-processes/dang-ky-khai-sinh"
	type draft struct {
		Revision int64  `json:"revision"`
		BPMN     string `json:"bpmn"`
		Problems []struct{ Element, Message string }
	}
	var d draft
	if code, body := a.call("admin", "GET", at+"/draft", nil, nil); code != 404 {
		t.Error(code, body)
	}
	if code, body := a.call("admin", "POST", at+"/draft", nil, &d); code != 200 || d.Revision != 1 || !strings.Contains(d.BPMN, "userTask") {
		t.Fatal(code, body)
	}
	if code, body := a.call("commune", "POST", at+"/draft", nil, nil); code != 403 {
		t.Error(code, body)
	}
	// Somebody else changes it, so that the administrator may publish.
	other := actor.Actor{Kind: actor.Staff, Account: id.ID{15: 9}, Grants: []actor.Grant{{Perm: procedure.PermEdit, All: true}}}
	now, err := a.s.SaveProcessDraft(t.Context(), other, "dang-ky-khai-sinh", 1, []byte(strings.Replace(d.BPMN, `lt:budget="2h"`, `lt:budget="30m"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.s.ProposeProcess(t.Context(), other, "dang-ky-khai-sinh", now.Revision, "Nhanh hơn"); err != nil {
		t.Fatal(err)
	}
	publish := map[string]any{"revision": now.Revision, "procedures": []string{birth}}
	if code, body := a.call("admin", "POST", at+"/draft/publish", publish, nil); code != 409 {
		t.Error("a revision that is gone is published:", code, body)
	}
	publish["revision"] = now.Revision + 1
	var v struct {
		Number     int    `json:"number"`
		Reason     string `json:"reason"`
		ApprovedBy string `json:"approved_by"`
	}
	if code, body := a.call("admin", "POST", at+"/draft/publish", publish, &v); code != 200 || v.Number != 2 || v.Reason != "Nhanh hơn" || v.ApprovedBy != proceduretest.Admin().Account.String() {
		t.Fatal(code, body)
	}
	var list struct {
		Items []struct{ Number int } `json:"items"`
	}
	if code, _ := a.call("admin", "GET", at+"/versions", nil, &list); code != 200 || len(list.Items) != 2 || list.Items[0].Number != 2 {
		t.Error(code, list)
	}
	if code, body := a.call("admin", "GET", at+"/versions/1", nil, &d); code != 200 || !strings.Contains(d.BPMN, `lt:budget="2h"`) {
		t.Error(code, body[:min(200, len(body))])
	}
	p, err := a.s.Published(t.Context(), birth)
	if err != nil || !strings.Contains(string(p.BPMN), `lt:budget="30m"`) {
		t.Error("the procedure did not move along", err)
	}
	if code, _ := a.call("admin", "GET", at+"/versions/9", nil, nil); code != 404 {
		t.Error(code)
	}
	// The administrator's own draft cannot be published by himself.
	a.call("admin", "POST", at+"/draft", nil, &d)
	if code, body := a.call("admin", "POST", at+"/draft/propose", map[string]any{"revision": d.Revision, "reason": "Thử"}, &d); code != 200 {
		t.Fatal(code, body)
	}
	if code, body := a.call("admin", "POST", at+"/draft/publish", map[string]any{"revision": d.Revision}, nil); code != 403 {
		t.Error(code, body)
	}
	if code, body := a.call("admin", "POST", at+"/draft/return", map[string]any{"revision": d.Revision, "reason": "Thôi"}, &d); code != 200 {
		t.Error(code, body)
	}
	if code, body := a.call("admin", "DELETE", at+"/draft?revision=3", nil, nil); code != 204 {
		t.Error(code, body)
	}
}
