package dossierapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/form"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/blob"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossierapi"
	"lienthong/internal/module/dossier/dossiertest"
	"lienthong/internal/module/procedure"
	"lienthong/packs"
)

const (
	banglung = "xa-02020" // thị trấn Bằng Lũng, huyện Chợ Đồn
	district = "huyen-cho-don"
	birth    = "1.001193" // đăng ký khai sinh
	pdf      = "%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
)

// house is the API over a province.
type house struct {
	t      *testing.T
	w      *dossiertest.World
	api    *rest.API
	h      http.Handler
	actors map[string]actor.Actor // by bearer token
	staff  []dossierapi.Colleague
	agency map[id.ID]id.ID // account -> agency
	looks  []dossier.Look  // what the ledger tells about every dossier
	line   dossier.Line    // what it proves of every row
}

// WhoLooked implements dossier.Looks.
func (x *house) WhoLooked(context.Context, id.ID) ([]dossier.Look, error) { return x.looks, nil }

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	x := &house{t: t, w: dossiertest.New(t, d), actors: map[string]actor.Actor{}, agency: map[id.ID]id.ID{}}
	x.w.Clock.Set("2026-11-23 08:00") // a Monday; the examples of the forms are of this month
	must(t, d.Migrate(t.Context(), rest.Module, rest.Migrations()))
	cat, err := i18n.New(rest.Texts(), blob.Texts(), i18n.Texts(form.Texts()), i18n.Texts(bpmn.Texts()), i18n.Files(procedure.Texts), i18n.Files(dossier.Texts), i18n.Files(dossierapi.Texts))
	must(t, err)
	x.api = rest.New(rest.Config{Title: i18n.Text{VI: "Thử", EN: "Trial"}, Version: "1", Auth: x, DB: d, Catalog: cat,
		Now: x.w.Clock.Now, IDs: x.w.IDs, Log: testkit.Log(t), Permissions: []rest.Perm{dossier.PermRead, dossier.PermReceive,
			dossier.PermProcess, dossier.PermAssign, dossier.PermApprove, dossier.PermNumber, dossier.PermFee, dossier.PermStats,
			dossier.PermDeliver, dossier.PermIncident}})
	dossierapi.Register(x.api, x.w.Dossiers, dossiertest.NoLimits{}, x, x, dossiertest.Lines{Line: func() dossier.Line { return x.line }})
	x.h, err = x.api.Handler()
	must(t, err)
	return x
}

// Authenticate implements rest.Authenticator: a token is the name under which an actor was added.
func (x *house) Authenticate(r *http.Request) (actor.Actor, error) {
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if a, ok := x.actors[token]; ok {
		return a, nil
	}
	return actor.Actor{Kind: actor.Anonymous}, nil
}

// Colleagues implements dossierapi.Colleagues.
func (x *house) Colleagues(_ context.Context, agency id.ID) ([]dossierapi.Colleague, error) {
	var out []dossierapi.Colleague
	for _, c := range x.staff {
		if x.agency[c.Account] == agency {
			out = append(out, c)
		}
	}
	return out, nil
}

// add gives the context's actor a bearer token and returns it.
func (x *house) add(token string, ctx context.Context) string {
	a := actor.From(ctx)
	x.actors[token] = a
	if a.Kind == actor.Staff {
		x.staff = append(x.staff, dossierapi.Colleague{Account: a.Account, Name: a.Name, Unit: a.Unit, Roles: a.Roles})
		x.agency[a.Account] = a.Agency
	}
	return token
}

// commune adds the officials of a commune under the tokens of their roles.
func (x *house) commune(unit string) {
	for _, role := range []string{"receiver", "specialist", "division_head", "leader", "clerk", "cashier"} {
		x.add(role, x.w.Staff(unit+" "+role, unit, role))
	}
}

// answer is what the API said.
type answer struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	raw    []byte
}

// send does a request; body is JSON-encoded unless it is an io.Reader. header are pairs.
func (x *house) send(token, method, path string, body any, header ...string) answer {
	x.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case io.Reader:
		r = b
	default:
		raw, err := json.Marshal(b)
		must(x.t, err)
		r = bytes.NewReader(raw)
	}
	req := httptest.NewRequest(method, rest.Prefix+path, r)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	x.h.ServeHTTP(w, req)
	return answer{x.t, method + " " + path, w.Code, w.Header(), w.Body.Bytes()}
}

func (x *house) get(token, path string) answer { x.t.Helper(); return x.send(token, "GET", path, nil) }

func (x *house) post(token, path string, body any) answer {
	x.t.Helper()
	return x.send(token, "POST", path, body)
}

// want checks the status and, for refusals, the problem's code, and returns the body.
func (a answer) want(status int, code ...string) object {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: answered %d, want %d: %s", a.what, a.status, status, a.raw)
	}
	o := object{}
	if len(a.raw) > 0 && strings.Contains(a.header.Get("Content-Type"), "json") {
		must(a.t, json.Unmarshal(a.raw, &o))
	}
	if len(code) > 0 && o["code"] != code[0] {
		a.t.Fatalf("%s: answered %s, want code %s", a.what, a.raw, code[0])
	}
	if status >= 400 {
		if got := a.header.Get("Content-Type"); got != "application/problem+json" {
			a.t.Fatalf("%s: a problem of type %q", a.what, got)
		}
		for _, k := range []string{"title", "detail", "request_id"} {
			if o.text(k) == "" {
				a.t.Fatalf("%s: the problem has no %s: %s", a.what, k, a.raw)
			}
		}
	}
	return o
}

// object is a JSON object.
type object map[string]any

func (o object) text(key string) string { s, _ := o[key].(string); return s }

func (o object) int(key string) int { n, _ := o[key].(float64); return int(n) }

func (o object) object(key string) object { m, _ := o[key].(map[string]any); return m }

func (o object) list(key string) []object {
	l, _ := o[key].([]any)
	var out []object
	for _, v := range l {
		m, _ := v.(map[string]any)
		out = append(out, m)
	}
	return out
}

// find returns the first object of the list whose key has the value, or nil.
func find(list []object, key, value string) object {
	for _, o := range list {
		if o.text(key) == value {
			return o
		}
	}
	return nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// example returns the filled example of a pack's form.
func example(t testing.TB, key string) map[string]any {
	t.Helper()
	pack, err := packs.Open("bac-kan")
	must(t, err)
	raw, err := fs.ReadFile(pack, "forms/"+key+"/example.json")
	must(t, err)
	var m map[string]any
	must(t, json.Unmarshal(raw, &m))
	return m
}

// draft starts a draft over the API, fills its form with the example and attaches every paper
// that the problems name. It returns the draft's id.
func (x *house) draft(token, procedureCode, unit string, channel int) string {
	x.t.Helper()
	d := x.post(token, "/drafts", object{"procedure": procedureCode, "agency": x.w.Unit(unit).String(), "channel": channel}).want(201)
	p, err := x.w.Proc.Published(x.t.Context(), procedureCode)
	must(x.t, err)
	data := example(x.t, p.FormKey)
	x.send(token, "PATCH", "/drafts/"+d.text("id"), object{"version": d.int("version"), "data": data, "consent": channel != dossier.Online}).want(200)
	for _, p := range x.get(token, "/drafts/"+d.text("id")+"/problems").want(200).list("items") {
		paper, ok := strings.CutPrefix(p.text("location"), "paper.")
		if !ok {
			x.t.Fatalf("the example leaves a problem: %v", p)
		}
		x.attach(token, d.text("id"), "paper", paper).want(201)
	}
	return d.text("id")
}

// attach sends a small PDF as a whole.
func (x *house) attach(token, dossier, kind, component string) answer {
	x.t.Helper()
	body, ctype := multipartFile(x.t, "file", component+".pdf", pdf)
	return x.send(token, "POST", "/files?dossier="+dossier+"&kind="+kind+"&component="+component, body, "Content-Type", ctype)
}

func multipartFile(t testing.TB, field, name, content string) (io.Reader, string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + field + `"; filename="` + name + `"`}, "Content-Type": {"application/pdf"}}
	p, err := m.CreatePart(h)
	must(t, err)
	_, err = io.WriteString(p, content)
	must(t, err)
	must(t, m.Close())
	return &b, m.FormDataContentType()
}

// filed submits a filled draft and returns the dossier.
func (x *house) filed(token, procedureCode, unit string, channel int) object {
	x.t.Helper()
	return x.post(token, "/drafts/"+x.draft(token, procedureCode, unit, channel)+"/submit", nil).want(200)
}

// task returns the id of the open task of the action on the actor's worklist for the dossier.
func (x *house) task(token, code, action string) string {
	x.t.Helper()
	list := x.get(token, "/worklist?action="+action+"&text="+code).want(200)
	if len(list.list("items")) != 1 {
		x.t.Fatalf("%s has %d tasks %q of %s on the worklist", token, len(list.list("items")), action, code)
	}
	return list.list("items")[0].text("task")
}

// forward completes the dossier's task of the action with its first forward outcome.
func (x *house) forward(token, code, action string, more ...string) object {
	x.t.Helper()
	task := x.task(token, code, action)
	t := find(x.get(token, "/dossiers/"+code).want(200).list("tasks"), "id", task)
	var outcome string
	for _, o := range t.list("outcomes") {
		if k := o.text("kind"); outcome == "" && (k == "forward" || k == "finish") {
			outcome = o.text("key")
		}
	}
	body := object{"outcome": outcome}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i]] = more[i+1]
	}
	return x.post(token, "/tasks/"+task+"/complete", body).want(200)
}
