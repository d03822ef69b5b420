package procedureapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"lienthong/internal/engine/simulate"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/procedure"
	"lienthong/internal/module/procedure/procedureapi"
	"lienthong/internal/module/procedure/proceduretest"
)

const birth = "1.001193"

// bearer names an actor by the token, which only tests do.
type bearer map[string]actor.Actor

func (b bearer) Authenticate(r *http.Request) (actor.Actor, error) {
	return b[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")], nil
}

type api struct {
	t     *testing.T
	h     http.Handler
	s     *procedure.Service
	units proceduretest.Units
}

func newAPI(t *testing.T) *api {
	t.Helper()
	clock := testkit.At("2026-11-23 08:00")
	d := testkit.SQLite(t)
	if err := d.Migrate(t.Context(), rest.Module, rest.Migrations()); err != nil {
		t.Fatal(err)
	}
	s, _, units := proceduretest.New(t, d, clock.Now)
	if err := s.ImportPack(t.Context(), os.DirFS("../../../../packs/bac-kan")); err != nil {
		t.Log(err)
	}
	cat, err := i18n.New(rest.Texts(), i18n.Files(procedure.Texts), i18n.Texts(simulate.Texts()))
	if err != nil {
		t.Fatal(err)
	}
	a := rest.New(rest.Config{Title: i18n.Text{VI: "thử"}, Version: "1", Permissions: []rest.Perm{procedure.PermEdit, procedure.PermPublish},
		Auth: bearer{"admin": proceduretest.Admin(), "commune": proceduretest.Editor(units["xa-02020"].ID)},
		DB:   d, Catalog: cat, Now: clock.Now, IDs: id.NewSource(nil), Log: testkit.Log(t)})
	procedureapi.Register(a, s)
	procedureapi.RegisterTrial(a, proceduretest.NewTrial(s, units))
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return &api{t, h, s, units}
}

// call sends a request and reads the JSON answer into out, unless it is nil.
func (a *api) call(as, method, path string, body any, out any) (int, string) {
	a.t.Helper()
	var in io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		in = bytes.NewReader(b)
		if bytes.HasPrefix(b, []byte("PK")) {
			kind = "application/octet-stream"
		}
		if bytes.HasPrefix(b, []byte("<")) {
			kind = "application/xml"
		}
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			a.t.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	r := httptest.NewRequestWithContext(a.t.Context(), method, "/api/v1"+path, in)
	if as != "" {
		r.Header.Set("Authorization", "Bearer "+as)
	}
	if in != nil {
		r.Header.Set("Content-Type", kind)
	}
	w := httptest.NewRecorder()
	a.h.ServeHTTP(w, r)
	if out != nil {
		if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
			a.t.Fatalf("%s %s: %v: %.300s", method, path, err, w.Body)
		}
	}
	return w.Code, w.Body.String()
}

func TestPublicOperations(t *testing.T) {
	a := newAPI(t)
	var found struct {
		Items  []procedureapi.ProcedureItem
		Total  int
		Next   string
		Facets map[string][]struct {
			Value string
			Count int
		}
	}
	if code, body := a.call("", "GET", "/procedures?q=giay+khai+sinh&limit=1", nil, &found); code != 200 || found.Items[0].Code != birth || found.Next == "" || len(found.Facets["level"]) == 0 {
		t.Fatal(code, body)
	}
	first := found.Items[0].Code
	if code, body := a.call("", "GET", "/procedures?q=giay+khai+sinh&limit=1&cursor="+found.Next, nil, &found); code != 200 || found.Items[0].Code == first {
		t.Fatal(code, body)
	}
	if code, body := a.call("", "GET", "/procedures?field=H%E1%BB%99+t%E1%BB%8Bch&agency="+a.units["xa-02020"].ID.String(), nil, &found); code != 200 || found.Total == 0 {
		t.Fatal(code, body)
	}
	for _, bad := range []string{"?limit=0", "?channel=9", "?cursor=zzz", "?agency=x", "?unknown=1"} {
		if code, _ := a.call("", "GET", "/procedures"+bad, nil, nil); code != 422 && code != 400 {
			t.Errorf("%s: %d", bad, code)
		}
	}
	var v procedureapi.ProcedureVersion
	if code, body := a.call("", "GET", "/procedures/"+birth, nil, &v); code != 200 || v.Number != 1 || v.Record == nil || v.Record.Code.Value != birth || len(v.Unverified) == 0 {
		t.Fatal(code, body)
	}
	var fee struct {
		Amount int64
		Text   string
	}
	if code, body := a.call("", "GET", "/procedures/2.000635/fee?copies=3", nil, &fee); code != 200 || fee.Amount != 24000 || fee.Text == "" {
		t.Fatal(code, body)
	}
	for path, want := range map[string]string{"/agencies": "Bằng Lũng", "/form": "$schema", "/process": "bpmn:process"} {
		if code, body := a.call("", "GET", "/procedures/"+birth+path, nil, nil); code != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.200s", path, code, body)
		}
	}
	for _, path := range []string{"", "/agencies", "/form", "/process", "/fee"} {
		if code, _ := a.call("", "GET", "/procedures/9.999999"+path, nil, nil); code != 404 {
			t.Errorf("%s: %d", path, code)
		}
	}
	for _, path := range []string{"/procedures/export", "/procedures/list", "/procedures/" + birth + "/versions", "/procedure-forms"} {
		if code, _ := a.call("", "GET", path, nil, nil); code != 401 {
			t.Errorf("%s is open to everybody: %d", path, code)
		}
	}
}

// A version's whole life through the API: export, change, draft, publish, retire.
func TestLife(t *testing.T) {
	a := newAPI(t)
	base := "/procedures/" + birth
	var v procedureapi.ProcedureVersion
	if code, body := a.call("admin", "POST", base+"/draft", nil, &v); code != 200 || v.Number != 2 {
		t.Fatal(code, body)
	}
	v.Record.Description.Value = "Mô tả mới"
	revision := v.Revision
	if code, body := a.call("admin", "PUT", base+"/draft?revision=1&note=x", v.Record, &v); code != 200 || v.Revision != revision+1 {
		t.Fatal(code, body)
	}
	if code, body := a.call("admin", "PUT", base+"/draft?revision=1", v.Record, nil); code != 409 || !strings.Contains(body, "procedure.changed_meanwhile") {
		t.Fatal(code, body)
	}
	if code, body := a.call("admin", "PUT", base+"/draft?revision=2", []byte(`{"nane":1}`), nil); code != 422 || !strings.Contains(body, "procedure.unknown_field") {
		t.Fatal(code, body)
	}
	if code, body := a.call("admin", "GET", base+"/draft/problems", nil, nil); code != 200 || !strings.Contains(body, `"items":[]`) {
		t.Fatal(code, body)
	}
	if code, body := a.call("commune", "POST", base+"/draft/publish", map[string]int{"revision": 2}, nil); code != 403 {
		t.Fatal(code, body)
	}
	if code, body := a.call("admin", "POST", base+"/draft/publish", map[string]int{"revision": 2}, &v); code != 200 || v.State != procedure.Published {
		t.Fatal(code, body)
	}
	if code, body := a.call("admin", "GET", base+"/versions", nil, nil); code != 200 || strings.Count(body, `"number"`) != 2 {
		t.Fatal(code, body)
	}
	if code, body := a.call("admin", "GET", base+"/versions/1", nil, &v); code != 200 || v.State != procedure.Retired {
		t.Fatal(code, body)
	}
	if code, body := a.call("admin", "PUT", base+"/agencies/"+a.units["xa-02020"].ID.String(), map[string]any{"enabled": false}, nil); code != 204 {
		t.Fatal(code, body)
	}
	if _, body := a.call("", "GET", base+"/agencies", nil, nil); strings.Contains(body, "Bằng Lũng") {
		t.Error("the switch does not show")
	}
	if code, body := a.call("commune", "PUT", base+"/agencies/"+a.units["xa-02023"].ID.String(), map[string]any{"enabled": false}, nil); code != 403 {
		t.Fatal(code, body)
	}
	a.call("admin", "POST", base+"/draft", nil, nil)
	if code, body := a.call("admin", "DELETE", base+"/draft?revision=1", nil, nil); code != 204 {
		t.Fatal(code, body)
	}
	if code, body := a.call("admin", "POST", base+"/retire", map[string]string{"reason": "thử"}, nil); code != 204 {
		t.Fatal(code, body)
	}
	if code, _ := a.call("", "GET", base, nil, nil); code != 404 {
		t.Fatal(code)
	}
}

func TestImportExport(t *testing.T) {
	a := newAPI(t)
	for _, format := range []string{"json", "xlsx"} {
		code, data := a.call("admin", "GET", "/procedures/export?format="+format+"&code="+birth, nil, nil)
		if code != 200 || len(data) < 1000 {
			t.Fatal(format, code, len(data))
		}
		var rep struct {
			Good, Bad int
			Rows      []struct{ Action string }
		}
		if code, body := a.call("admin", "POST", "/procedures/import?publish=true", []byte(data), &rep); code != 200 || rep.Good != 1 || rep.Rows[0].Action != procedure.RowUnchanged {
			t.Fatal(format, code, body)
		}
	}
	if code, body := a.call("admin", "POST", "/procedures/import", []byte("[{}]"), nil); code != 200 || !strings.Contains(body, `"bad":1`) || !strings.Contains(body, "procedure.no_source") {
		t.Fatal(code, body)
	}
	if code, body := a.call("admin", "POST", "/procedures/import", []byte("nothing"), nil); code != 422 {
		t.Fatal(code, body)
	}
	rec := procedure.Empty("thử")
	rec.Code = procedure.Sourced[string]{Value: "1.999999", Source: "thử", Status: procedure.Memory}
	rec.Name = procedure.Sourced[string]{Value: "Thủ tục thử", Source: "thử", Status: procedure.Memory}
	if code, body := a.call("admin", "POST", "/procedures", rec, nil); code != 201 {
		t.Fatal(code, body)
	}
	var list struct {
		Items []struct{ Code string }
		Next  string
	}
	if code, body := a.call("admin", "GET", "/procedures/list?filter=draft", nil, &list); code != 200 || len(list.Items) != 1 || list.Items[0].Code != "1.999999" {
		t.Fatal(code, body)
	}
	if code, body := a.call("admin", "GET", "/procedures/list?limit=10", nil, &list); code != 200 || len(list.Items) != 10 || list.Next == "" {
		t.Fatal(code, body)
	}
	last := list.Items[9].Code
	if code, body := a.call("admin", "GET", "/procedures/list?limit=10&cursor="+list.Next, nil, &list); code != 200 || list.Items[0].Code <= last {
		t.Fatal(code, body)
	}
}

func TestLibraryOperations(t *testing.T) {
	a := newAPI(t)
	for path, want := range map[string]string{"/procedure-forms": "khai-sinh", "/procedure-processes": "mot-cua-trong-ngay"} {
		if code, body := a.call("admin", "GET", path, nil, nil); code != 200 || !strings.Contains(body, want) {
			t.Fatal(code, body)
		}
	}
	var p struct{ BPMN string }
	a.call("", "GET", "/procedures/"+birth+"/process", nil, &p)
	if code, body := a.call("admin", "PUT", "/procedure-processes/cua-toi", []byte(p.BPMN), nil); code != 204 {
		t.Fatal(code, body)
	}
	if code, body := a.call("admin", "PUT", "/procedure-processes/cua-toi", []byte("<x/>"), nil); code != 422 {
		t.Fatal(code, body)
	}
	var f struct{ Schema, Layout map[string]any }
	a.call("", "GET", "/procedures/"+birth+"/form", nil, &f)
	if code, body := a.call("admin", "PUT", "/procedure-forms/cua-toi", map[string]any{"schema": f.Schema, "layout": f.Layout}, nil); code != 204 {
		t.Fatal(code, body)
	}
	if code, body := a.call("commune", "PUT", "/procedure-forms/cua-toi", map[string]any{"schema": f.Schema, "layout": f.Layout}, nil); code != 403 {
		t.Fatal(code, body)
	}
}
