package dossierweb_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"lienthong/internal/engine/form"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/gallery"
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
	birthCode   = "1.001193" // Đăng ký khai sinh
	homeCommune = "xa-02020" // thị trấn Bằng Lũng
	pdf         = "%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
)

// site is the pages over a province in a database, used the way a browser does.
type site struct {
	*dossiertest.World
	h   http.Handler
	cat *i18n.Catalog
	who map[string]actor.Actor // by the value of the cookie "who"
	// looks is what the ledger tells about every dossier.
	looks []dossierweb.Look
	line  dossier.Line // what it proves of every row
}

// WhoLooked implements dossierweb.Looks.
func (s *site) WhoLooked(context.Context, id.ID) ([]dossierweb.Look, error) { return s.looks, nil }

// people knows the same phone number for everybody.
type people struct{}

func (people) Contact(context.Context, id.ID) (string, string, error) { return "0912345678", "", nil }
func (people) Identities(context.Context, actor.Actor, id.ID) ([]iam.Identity, error) {
	return nil, nil
}

// Authenticate implements web.Authenticator.
func (s *site) Authenticate(r *http.Request) (actor.Actor, error) {
	if c, err := r.Cookie("who"); err == nil {
		return s.who[c.Value], nil
	}
	return actor.Actor{Kind: actor.Anonymous}, nil
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{World: dossiertest.New(t, testkit.SQLite(t)), who: map[string]actor.Actor{}}
	cat, err := i18n.New(ui.Texts(), i18n.Texts(form.Texts()), i18n.Files(dossier.Texts), i18n.Files(dossierweb.Texts),
		i18n.Files(procedure.Texts), i18n.Files(org.Texts), i18n.Files(iam.Texts))
	must(t, err)
	s.cat = cat
	files, err := static.New()
	must(t, err)
	var perms []web.Perm
	for _, p := range iam.Permissions() {
		perms = append(perms, web.Perm(p))
	}
	r := web.NewRouter(web.Options{Hosts: []string{"*"}, Auth: s, Permissions: perms, Catalog: cat, Site: gallery.Site(), Files: files, Log: testkit.Log(t), Now: s.Clock.Now})
	dossierweb.Routes(r, &dossierweb.Handlers{Dossiers: s.Dossiers, Procedures: s.Proc, Org: s.Org, Limits: dossiertest.NoLimits{},
		Now: s.Clock.Now, Address: "https://dvc.example.vn", People: people{}, Looks: s, Lines: dossiertest.Lines{Line: func() dossier.Line { return s.line }}, Outbox: "/demo/outbox"})
	s.h, err = r.Handler()
	must(t, err)
	t.Cleanup(func() {
		for k, n := range cat.Missing() {
			t.Errorf("the text %q is missing (asked for %d times)", k, n)
		}
	})
	s.Clock.Set("2026-11-23 08:00") // a Monday, later than the examples of the pack's forms
	s.as("hoa", s.Citizen("Nông Thị Hoa", 0))
	s.as("khac", s.Citizen("Người khác", 2))
	return s
}

func (s *site) as(name string, ctx context.Context) { s.who[name] = actor.From(ctx) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// answer is what the site answered.
type answer struct {
	t    *testing.T
	code int
	head http.Header
	body string
	at   string
}

// do sends a request as the person.
func (s *site) do(t *testing.T, who, method, target string, body io.Reader, head map[string]string) answer {
	t.Helper()
	target, _, _ = strings.Cut(target, "#")
	r := httptest.NewRequest(method, target, body)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if who != "" {
		r.AddCookie(&http.Cookie{Name: "who", Value: who})
	}
	for k, v := range head {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, r)
	a := answer{t, w.Code, w.Header(), w.Body.String(), target}
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		a.clean()
	}
	return a
}

func (s *site) get(t *testing.T, who, target string) answer {
	t.Helper()
	return s.do(t, who, "GET", target, nil, nil)
}

func (s *site) post(t *testing.T, who, target string, in url.Values) answer {
	t.Helper()
	return s.do(t, who, "POST", target, strings.NewReader(in.Encode()), map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
}

// upload sends a form with files, as a browser without scripts does: pairs of field and content.
func (s *site) upload(t *testing.T, who, target string, in url.Values, files ...string) answer {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, vs := range in {
		for _, v := range vs {
			must(t, m.WriteField(k, v))
		}
	}
	for i := 0; i+1 < len(files); i += 2 {
		f, err := m.CreateFormFile(files[i], "giấy tờ "+strconv.Itoa(i)+".pdf")
		must(t, err)
		_, err = io.WriteString(f, files[i+1])
		must(t, err)
	}
	must(t, m.Close())
	return s.do(t, who, "POST", target, &b, map[string]string{"Content-Type": m.FormDataContentType()})
}

var (
	inline = regexp.MustCompile(`(?i)\s(style|on[a-z]+)\s*=\s*"|<script(?:\s+[^>]*)?>[^<]`)
	ids    = regexp.MustCompile(`\sid="([^"]*)"`)
)

// clean checks what holds for every page: nothing inline, ids that are unique, labels that lead to
// a control, and no place left for a value.
func (a answer) clean() {
	a.t.Helper()
	if m := inline.FindString(a.body); m != "" {
		a.t.Errorf("%s has something inline: %s", a.at, m)
	}
	seen := map[string]bool{}
	for _, m := range ids.FindAllStringSubmatch(a.body, -1) {
		if seen[m[1]] {
			a.t.Errorf("%s has the id %s twice", a.at, m[1])
		}
		seen[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`<label[^>]* for="([^"]*)"`).FindAllStringSubmatch(a.body, -1) {
		if !seen[m[1]] {
			a.t.Errorf("%s has a label for %s, which is not there", a.at, m[1])
		}
	}
	if m := regexp.MustCompile(`dossierweb\.[a-z_.]+|dossier\.[a-z_]+|%!`).FindString(a.body); m != "" {
		a.t.Errorf("%s shows %q", a.at, m)
	}
}

// is checks the status.
func (a answer) is(code int) answer {
	a.t.Helper()
	if a.code != code {
		body := a.body
		if i := strings.Index(body, "<main"); i >= 0 {
			body = body[i:]
		}
		a.t.Fatalf("%s answered %d, want %d\n%.1500s", a.at, a.code, code, body)
	}
	return a
}

// has checks that the page says each of the words.
func (a answer) has(words ...string) answer {
	a.t.Helper()
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			a.t.Errorf("%s does not say %q", a.at, w)
		}
	}
	return a
}

// lacks checks that the page says none of the words.
func (a answer) lacks(words ...string) answer {
	a.t.Helper()
	for _, w := range words {
		if strings.Contains(a.body, w) {
			a.t.Errorf("%s says %q", a.at, w)
		}
	}
	return a
}

// next is where a redirect leads.
func (a answer) next() string {
	a.t.Helper()
	a.is(http.StatusSeeOther)
	return a.head.Get("Location")
}

// hidden returns the value of the hidden input.
func (a answer) hidden(name string) string {
	m := regexp.MustCompile(`<input type="hidden" name="` + regexp.QuoteMeta(name) + `" value="([^"]*)"`).FindStringSubmatch(a.body)
	if m == nil {
		return ""
	}
	return m[1]
}

// example returns the filled example of a pack's form.
func example(t *testing.T, key string) map[string]any {
	t.Helper()
	pack, err := packs.Open("bac-kan")
	must(t, err)
	raw, err := fs.ReadFile(pack, "forms/"+key+"/example.json")
	must(t, err)
	var m map[string]any
	must(t, json.Unmarshal(raw, &m))
	return m
}

// posted is what a browser sends for the fields as they are answered.
func posted(fields []form.Field) url.Values {
	in := url.Values{}
	var walk func([]form.Field)
	walk = func(fields []form.Field) {
		for _, f := range fields {
			switch {
			case f.Repeat != nil:
				in.Set(f.Repeat.CountName, strconv.Itoa(len(f.Repeat.Items)))
				for _, it := range f.Repeat.Items {
					walk(it.Fields)
				}
			case f.Widget == form.WidgetDate:
				in.Set(f.Name+".d", f.Date.D)
				in.Set(f.Name+".m", f.Date.M)
				in.Set(f.Name+".y", f.Date.Y)
			case f.Widget == form.WidgetArea:
				in.Set(f.Name, "064."+f.Area.Code) // the examples name communes of one district
				in.Set(f.Name+".other", "")
			case f.Widget == form.WidgetCheckbox || len(f.Options) > 0:
				for _, v := range f.Selected {
					in.Add(f.Name, v)
				}
			default:
				in.Set(f.Name, f.Text)
			}
		}
	}
	walk(fields)
	return in
}

// fillForm answers every question page as the example does and returns where the last one leads.
func (s *site) fillForm(t *testing.T, who, at string, data map[string]any, f *form.Form) string {
	t.Helper()
	for range 60 {
		page := s.get(t, who, at).is(http.StatusOK)
		slug := at[strings.LastIndexByte(at, '/')+1:]
		slug, _, _ = strings.Cut(slug, "#")
		p, ok := f.Page(data, slug)
		if !ok {
			return at
		}
		in := posted(p.Fields)
		in.Set("version", page.hidden("version"))
		at = s.post(t, who, strings.SplitN(at, "#", 2)[0], in).next()
	}
	t.Fatalf("the pages of the form do not end; the last one is %s", at)
	return ""
}
