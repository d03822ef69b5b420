package dossierweb_test

import (
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/form"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/static"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
	"lienthong/internal/module/dossier/dossierweb"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/org"
	"lienthong/internal/module/procedure"
	"lienthong/packs"
)

const (
	deskCommune = "xa-02020"
	deskBirth   = "1.001193" // birth registration, at a commune
)

// deskWorld is the pages with an official behind them.
type deskWorld struct {
	*dossiertest.World
	t       *testing.T
	h       http.Handler
	cat     *i18n.Catalog
	who     actor.Actor
	citizen id.ID // the account that confirmed 0911222333
	linked  iam.Identity
	moved   iam.Identity
	taken   bool // the card is joined to another account
}

// Authenticate implements web.Authenticator.
func (d *deskWorld) Authenticate(*http.Request) (actor.Actor, error) { return d.who, nil }

// Colleagues implements dossierweb.Accounts.
func (d *deskWorld) Colleagues(_ context.Context, units []id.ID, _ string) ([]iam.Colleague, error) {
	return []iam.Colleague{{Account: id.ID{7}, Name: "Lò Thị Phượng", Unit: units[0], Title: "Chuyên viên"}}, nil
}

// CitizenByContact implements dossierweb.Accounts.
func (d *deskWorld) CitizenByContact(_ context.Context, _ actor.Actor, contact string) (iam.Account, error) {
	if contact != "0911222333" {
		return iam.Account{}, fault.New(fault.NotFound, "iam.account_unknown")
	}
	return iam.Account{ID: d.citizen}, nil
}

// LinkVerified implements dossierweb.Accounts.
func (d *deskWorld) LinkVerified(_ context.Context, _ actor.Actor, _ id.ID, who iam.Identity) error {
	if d.taken {
		return fault.New(fault.Conflict, "iam.identity_taken")
	}
	d.linked = who
	return nil
}

// MoveVerified implements dossierweb.Accounts.
func (d *deskWorld) MoveVerified(_ context.Context, _ actor.Actor, _ id.ID, who iam.Identity) error {
	d.moved = who
	return nil
}

// paperCode is the ledger's code of every receipt.
const paperCode = "0012-AB3C-D4EF-G5H6"

func newDesk(t *testing.T) *deskWorld {
	t.Helper()
	d := &deskWorld{World: dossiertest.New(t, testkit.SQLite(t)), t: t}
	d.citizen = d.IDs.New()
	d.Hire(id.ID{7}, "Lò Thị Phượng", "xa-02020", "specialist", "receiver")
	var err error
	d.cat, err = i18n.New(ui.Texts(), i18n.Files(dossierweb.Texts), i18n.Files(dossier.Texts), i18n.Files(procedure.Texts),
		i18n.Files(org.Texts), i18n.Files(iam.Texts), i18n.Texts(form.Texts()), i18n.Texts(bpmn.Texts()))
	d.must(err)
	files, err := static.New()
	d.must(err)
	h := &dossierweb.Handlers{Dossiers: d.Dossiers, Procedures: d.Proc, Org: d.Org, Accounts: d, Limits: dossiertest.NoLimits{},
		Now: d.Clock.Now, Address: "https://example.vn", Lines: dossiertest.Lines{Line: func() dossier.Line { return dossier.Line{Code: paperCode} }}}
	var perms []web.Perm
	for _, p := range iam.Permissions() {
		perms = append(perms, web.Perm(p))
	}
	rt := web.NewRouter(web.Options{Hosts: []string{"example.com"}, Auth: d, Permissions: perms, Catalog: d.cat, Files: files,
		Log: testkit.Log(t), Now: d.Clock.Now, IDs: d.IDs, Nav: h.Nav,
		Site: ui.Site{Desk: i18n.Text{VI: "Một cửa"}, Hotline: "19001234"}})
	dossierweb.Routes(rt, h)
	d.h, err = rt.Handler()
	d.must(err)
	t.Cleanup(func() {
		if m := d.cat.Missing(); len(m) > 0 {
			t.Errorf("texts that no catalogue has: %v", m)
		}
	})
	return d
}

func (d *deskWorld) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// as makes an official with the roles at the unit act from now on.
func (d *deskWorld) as(name, unit string, roles ...string) {
	d.who = actor.From(d.Staff(name, unit, roles...))
	for _, r := range roles {
		if r == "leader" || r == "division_head" {
			d.who.Grants = append(d.who.Grants, actor.Grant{Perm: "stats.read", Agency: d.who.Agency})
		}
	}
}

func (d *deskWorld) do(r *http.Request) (int, string, http.Header) {
	d.t.Helper()
	w := httptest.NewRecorder()
	d.h.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	d.must(err)
	return w.Code, string(body), w.Result().Header
}

// get wants the page and returns it.
func (d *deskWorld) get(path string) string {
	d.t.Helper()
	code, body, head := d.do(httptest.NewRequest("GET", path, nil))
	if code != http.StatusOK {
		d.t.Fatalf("GET %s: %d %s\n%s", path, code, head.Get("Location"), text(body))
	}
	if head.Get("Content-Type") == "text/html; charset=utf-8" && strings.Contains(body, " style=") {
		d.t.Errorf("GET %s: an inline style", path)
	}
	return body
}

// post sends a form and returns the status, the page and where it leads.
func (d *deskWorld) post(path string, in url.Values) (int, string, string) {
	d.t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(in.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	code, body, head := d.do(r)
	return code, body, head.Get("Location")
}

// sent posts a form that must be taken, and returns where it leads.
func (d *deskWorld) sent(path string, in url.Values) string {
	d.t.Helper()
	code, body, to := d.post(path, in)
	if code != http.StatusSeeOther {
		d.t.Fatalf("POST %s: %d\n%s", path, code, text(body))
	}
	return to
}

// text is what a person reads of a page.
func text(page string) string {
	n, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return page
	}
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode && n.Parent.Data != "script" {
			if s := strings.TrimSpace(n.Data); s != "" {
				b.WriteString(s + "\n")
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return b.String()
}

// fields reads what the form with this action would send, were its first button pressed.
func fields(page, action string) url.Values {
	n, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return nil
	}
	attr := func(n *html.Node, name string) (string, bool) {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val, true
			}
		}
		return "", false
	}
	out := url.Values{}
	var walk func(*html.Node, bool)
	walk = func(n *html.Node, inside bool) {
		if n.Type == html.ElementNode && n.Data == "form" {
			a, _ := attr(n, "action")
			inside = a == action
		}
		if name, _ := attr(n, "name"); inside && n.Type == html.ElementNode && name != "" {
			v, _ := attr(n, "value")
			_, checked := attr(n, "checked")
			kind, _ := attr(n, "type")
			switch {
			case n.Data == "input" && (kind == "file" || (kind == "checkbox" || kind == "radio") && !checked):
			case n.Data == "input":
				out.Add(name, v)
			case n.Data == "textarea":
				var s string
				if n.FirstChild != nil {
					s = n.FirstChild.Data
				}
				out.Add(name, s)
			}
		}
		if _, sel := attr(n, "selected"); sel && inside && n.Data == "option" {
			v, _ := attr(n, "value")
			p := n.Parent
			for p != nil && p.Data != "select" {
				p = p.Parent
			}
			if p != nil {
				name, _ := attr(p, "name")
				out.Set(name, v)
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, inside)
		}
	}
	walk(n, false)
	return out
}

// answers turns the example of a form into what a browser posts.
func (d *deskWorld) answers(formKey string) url.Values {
	d.t.Helper()
	pack, err := packs.Open("bac-kan")
	d.must(err)
	raw, err := fs.ReadFile(pack, "forms/"+formKey+"/example.json")
	d.must(err)
	var m map[string]any
	d.must(json.Unmarshal(raw, &m))
	out := url.Values{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch x := v.(type) {
		case map[string]any:
			if name, ok := x["name"].(string); ok && len(x) == 2 && x["code"] != nil { // an area, written by hand
				out.Set(path, "ngoai-tinh")
				out.Set(path+".other", name)
				return
			}
			for k, sub := range x {
				walk(path+"/"+k, sub)
			}
		case []any:
			for i, sub := range x {
				walk(path+"/"+strconv.Itoa(i), sub)
			}
		case bool:
			out.Set(path, strconv.FormatBool(x))
		case float64:
			out.Set(path, strconv.FormatFloat(x, 'f', -1, 64))
		case string:
			out.Set(path, x)
			if len(x) == 10 && x[4] == '-' && x[7] == '-' {
				out.Del(path)
				out.Set(path+".d", x[8:])
				out.Set(path+".m", x[5:7])
				out.Set(path+".y", x[:4])
			}
		}
	}
	walk("", m)
	return out
}

// Accounts returns the id of the colleague with the name, as a page posts it.
func (d *deskWorld) Accounts(name string) (string, error) {
	list, err := d.Colleagues(context.Background(), []id.ID{{}}, "")
	for _, c := range list {
		if c.Name == name {
			return c.Account.String(), err
		}
	}
	return "", err
}

// dossierTask returns the first open task of the dossier.
func dossierTask(t *testing.T, d *deskWorld, code string) string {
	t.Helper()
	ctx := actor.With(context.Background(), d.who)
	x, err := d.Dossiers.ByCode(ctx, code)
	d.must(err)
	tasks, err := d.Dossiers.Tasks(ctx, x.ID)
	d.must(err)
	for _, k := range tasks {
		if k.State == "open" {
			return k.ID.String()
		}
	}
	t.Fatal("no open task")
	return ""
}

func newGet(path string) *http.Request { return httptest.NewRequest("GET", path, nil) }
