package procedureweb_test

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/web"
	"lienthong/internal/module/procedure/proceduretest"
)

const process = "/quan-tri/thu-vien/quy-trinh/mot-cua-trong-ngay"

// revision returns the revision that the forms of a page carry.
func revision(t *testing.T, body string) string {
	t.Helper()
	m := regexp.MustCompile(`name="revision" value="(\d+)"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatal("the page's forms carry no revision")
	}
	return m[1]
}

// Every page of a process opens in both languages, to those who may, without anything inline.
func TestProcessPages(t *testing.T) {
	s := newSite(t)
	if code, _, to := s.post("admin", process+"/nhap", nil); code != 303 || to != process {
		t.Fatal(code, to)
	}
	for _, p := range []string{"", "/so-do", "/buoc", "/buoc/receive", "/buoc/start", "/lan/counter", "/so-sanh", "/so-sanh?tu=1&den=nhap", "/trinh", "/duyet", "/huy-nhap"} {
		for _, lang := range []string{"", "/en"} {
			code, body := s.get("admin", lang+process+p)
			if code != 200 || !strings.Contains(body, "<h1") {
				t.Errorf("%s%s answers %d", lang, p, code)
			}
			if strings.Contains(body, "style=") || regexp.MustCompile(`<script>|onclick=|<style`).MatchString(body) {
				t.Errorf("%s has something inline", p)
			}
		}
		if code, _ := s.get("", process+p); code != 401 && code != 303 {
			t.Errorf("%s answers a stranger %d", p, code)
		}
	}
	if m := s.cat.Missing(); len(m) > 0 {
		t.Error("texts that do not exist:", m)
	}
	for _, p := range []string{"/buoc/ghost", "/lan/ghost", "/them-buoc?duong=ghost", "/so-sanh?tu=99", "/so-sanh?tu=x"} {
		if code, _ := s.get("admin", process+p); code != 404 {
			t.Errorf("%s answers %d", p, code)
		}
	}
	if code, _ := s.get("admin", "/quan-tri/thu-vien/quy-trinh/khong-co"); code != 404 {
		t.Error(code)
	}
	_, _, h := s.do("admin", "GET", process+"/so-do", nil, "")
	if got := h.Get("Content-Security-Policy"); got != web.Policy {
		t.Error("the drawing has a policy of its own:", got)
	}
}

// What the list of steps can change: a step's properties, its outcomes and where they lead, who does
// it, the order.
func TestProcessAsAList(t *testing.T) {
	s := newSite(t)
	s.post("admin", process+"/nhap", nil)
	at := func() (string, *bpmn.Definition) {
		t.Helper()
		d, err := s.s.ProcessDraft(t.Context(), proceduretest.Admin(), "mot-cua-trong-ngay")
		if err != nil {
			t.Fatal(err)
		}
		def, err := bpmn.Parse(d.BPMN)
		if err != nil {
			t.Fatal(err)
		}
		return strconv.FormatInt(d.Revision, 10), def
	}
	rev, def := at()
	code, body, _ := s.post("admin", process+"/buoc/receive", url.Values{"revision": {rev}, "name": {"Nhận hồ sơ"}, "nameEn": {"Take it"}, "lane": {"counter"},
		"action": {"receive"}, "budget": {"1 giờ 30 phút"}, "status": {"2"}, "form": {"chung"},
		"o.key.0": {"accept"}, "o.name.0": {"Nhận"}, "o.kind.0": {"forward"}, "o.key.1": {"refuse"}, "o.name.1": {"Không nhận"}, "o.kind.1": {"refuse"}, "o.note.1": {"on"},
		"o.key.2": {""}, "o.name.2": {"Hỏi thêm"}, "o.kind.2": {"back"}, "o.to.2": {"receive"}})
	if code != 303 {
		t.Fatal(code, body)
	}
	rev, def = at()
	n := def.Node("receive")
	if n.Name != "Nhận hồ sơ" || n.Budget != 90 || n.Form != "chung" || len(n.Outcomes) != 3 || n.Outcomes[2].Key != "hoi_them" || !n.Outcomes[1].NeedsNote {
		t.Errorf("%+v", n)
	}
	gate := def.Node(def.Flow(n.Out[0]).To)
	found := false
	for _, id := range gate.Out {
		if k, _ := def.Flow(id).WaitsFor(); k == "hoi_them" {
			found = def.Flow(id).To == "receive"
		}
	}
	if !found {
		t.Error("the new outcome leads nowhere")
	}
	for name, bad := range map[string]url.Values{
		"no name": {"revision": {rev}, "name": {" "}}, "budget": {"revision": {rev}, "name": {"x"}, "budget": {"lâu lắm"}},
		"kind": {"revision": {rev}, "name": {"x"}, "o.name.0": {"y"}, "o.kind.0": {"z"}},
	} {
		if code, _, _ := s.post("admin", process+"/buoc/receive", bad); code != 422 {
			t.Errorf("%s is answered %d", name, code)
		}
	}
	if code, _, _ := s.post("admin", process+"/lan/counter", url.Values{"revision": {rev}, "name": {"Quầy"}, "role": {"receiver"}, "agency": {"unit"}, "unit": {"xa-02020"}}); code != 303 {
		t.Error(code)
	}
	rev, def = at()
	if l := def.Lane("counter"); l.Name != "Quầy" || l.Agency != "unit:xa-02020" {
		t.Errorf("%+v", l)
	}
	if code, _, _ := s.post("admin", process+"/lan/counter", url.Values{"revision": {rev}, "name": {"Quầy"}, "agency": {"unit"}}); code != 422 {
		t.Error(code)
	}
	if code, _, _ := s.post("admin", process+"/ten", url.Values{"revision": {rev}, "name": {"Quy trình mới"}, "nameEn": {"New"}}); code != 303 {
		t.Error(code)
	}
	if rev, def = at(); def.Name != "Quy trình mới" || def.NameEn != "New" {
		t.Error(def.Name)
	}
	if code, _, _ := s.post("admin", process+"/ten", url.Values{"revision": {rev}, "name": {""}}); code != 422 {
		t.Error(code)
	}
	code, body, _ = s.post("admin", process+"/bo-buoc", url.Values{"revision": {rev}, "step": {"receive"}})
	if code != 303 {
		_, page := s.get("admin", process+"/buoc")
		t.Log(revision(t, page))
		t.Fatal(code, body)
	}
	rev, def = at()
	if def.Node("receive") != nil {
		t.Error("the step is still there")
	}
	code, body, _ = s.post("admin", process+"/bo-buoc", url.Values{"revision": {rev}, "step": {"start"}})
	if code != 422 || !strings.Contains(body, "không bỏ được ở đây") {
		t.Error(code)
	}
	if code, _, _ = s.post("admin", process+"/bo-buoc", url.Values{"revision": {"1"}, "step": {"return"}}); code != 409 {
		t.Error("an old state is changed:", code)
	}
	if code, _, _ = s.post("commune", process+"/bo-buoc", url.Values{"revision": {rev}, "step": {"return"}}); code != 403 {
		t.Error("somebody of one commune changes a process:", code)
	}
}

// Times are read as people write them.
func TestBudgetWords(t *testing.T) {
	s := newSite(t)
	s.post("admin", process+"/nhap", nil)
	for text, want := range map[string]int{"2 ngày": 960, "1 ngày 4 giờ": 720, "1 ngày làm việc 4 giờ": 720, "90 phút": 90, "4h": 240, "1d4h": 720, "2 days": 960,
		"0,5 ngày": 240, "1.5 giờ": 90, "2ngày 3giờ": 1140, "1 ngày và 30 phút": 510, "": 0} {
		d, err := s.s.ProcessDraft(t.Context(), proceduretest.Admin(), "mot-cua-trong-ngay")
		if err != nil {
			t.Fatal(err)
		}
		if code, body, _ := s.post("admin", process+"/buoc/return", url.Values{"revision": {strconv.FormatInt(d.Revision, 10)}, "name": {"Trả"}, "budget": {text}}); code != 303 {
			t.Errorf("%q is answered %d: %.100s", text, code, body)
			continue
		}
		d, err = s.s.ProcessDraft(t.Context(), proceduretest.Admin(), "mot-cua-trong-ngay")
		if err != nil {
			t.Fatal(err)
		}
		def, err := bpmn.Parse(d.BPMN)
		if err != nil {
			t.Fatal(err)
		}
		if got := def.Node("return").Budget; got != want {
			t.Errorf("%q is %d minutes, want %d", text, got, want)
		}
	}
}
