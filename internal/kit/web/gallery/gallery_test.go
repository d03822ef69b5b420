package gallery

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/static"
	"lienthong/internal/kit/web/ui"
)

type official struct{}

func (official) Authenticate(*http.Request) (actor.Actor, error) {
	return actor.Actor{Kind: actor.Staff, Name: "Lò Thị Phượng", Title: "Chuyên viên", AgencyName: "UBND huyện Nậm Khao"}, nil
}

func serve(t *testing.T) (http.Handler, *static.Files, *i18n.Catalog) {
	t.Helper()
	files, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	cat, err := i18n.New(ui.Texts())
	if err != nil {
		t.Fatal(err)
	}
	rt := web.NewRouter(web.Options{
		Hosts: []string{"example.com"}, Auth: official{}, Catalog: cat, Files: files, Site: Site(),
		Nav: func(context.Context) []ui.NavGroup { return Nav() },
		Tools: func(context.Context) []ui.Tool {
			return []ui.Tool{{Label: "Thông báo", Icon: "bell", Href: "/x", Count: 4}}
		},
	})
	Register(rt)
	h, err := rt.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return h, files, cat
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// TestPages holds every component to what no page may break, in both languages: one heading of
// the first rank, ids that are unique and references that lead somewhere, a label for every
// control, a name for every button and link, icons that exist, and nothing inline or from another
// host, because the content security policy would stop it.
func TestPages(t *testing.T) {
	h, files, cat := serve(t)
	sprite := string(files.Data("icons.svg"))
	for _, path := range Paths() {
		for _, lang := range []string{i18n.VI, i18n.EN} {
			target := i18n.PathIn(lang, path)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
			if w.Code != http.StatusOK {
				t.Errorf("%s: %d", target, w.Code)
				continue
			}
			doc, err := html.Parse(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			check(t, target, doc, files, sprite)
		}
	}
	for key := range cat.Missing() {
		// The gallery's own error messages stand for texts of the modules.
		if strings.HasPrefix(key, "ui.") || strings.HasPrefix(key, "web.") {
			t.Errorf("text %s is missing", key)
		}
	}
}

func check(t *testing.T, target string, doc *html.Node, files *static.Files, sprite string) {
	t.Helper()
	ids, labelled := map[string]int{}, map[string]bool{}
	var nodes []*html.Node
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		nodes = append(nodes, n)
		if v, ok := attr(n, "id"); ok {
			ids[v]++
		}
		if v, ok := attr(n, "for"); ok && n.Data == "label" {
			labelled[v] = true
		}
	}
	h1 := 0
	for _, n := range nodes {
		for _, a := range n.Attr {
			switch {
			case a.Key == "style", strings.HasPrefix(a.Key, "on"):
				t.Errorf("%s: <%s> has %s", target, n.Data, a.Key)
			case a.Key == "src", a.Key == "href" && n.Data == "link":
				if !strings.HasPrefix(a.Val, "/static/") || !files.Has(plainName(a.Val)) {
					t.Errorf("%s: <%s> loads %s", target, n.Data, a.Val)
				}
			case a.Key == "href" && n.Data == "use":
				file, name, _ := strings.Cut(a.Val, "#")
				if file != files.URL("icons.svg") || !strings.Contains(sprite, `<symbol id="`+name+`"`) {
					t.Errorf("%s: no icon %s", target, a.Val)
				}
			case a.Key == "href" && strings.HasPrefix(a.Val, "#"), a.Key == "for", a.Key == "list":
				if ids[strings.TrimPrefix(a.Val, "#")] == 0 {
					t.Errorf("%s: <%s %s=%q> leads nowhere", target, n.Data, a.Key, a.Val)
				}
			case a.Key == "aria-describedby", a.Key == "aria-labelledby":
				for _, id := range strings.Fields(a.Val) {
					if ids[id] == 0 {
						t.Errorf("%s: %s=%q leads nowhere", target, a.Key, id)
					}
				}
			}
		}
		switch n.Data {
		case "h1":
			h1++
		case "style":
			t.Errorf("%s: a style element", target)
		case "script":
			if n.FirstChild != nil {
				t.Errorf("%s: an inline script", target)
			}
		case "input", "select", "textarea":
			kind, _ := attr(n, "type")
			id, _ := attr(n, "id")
			_, named := attr(n, "aria-label")
			if kind != "hidden" && !named && !labelled[id] && !within(n, "label") {
				t.Errorf("%s: <%s id=%q> has no label", target, n.Data, id)
			}
		case "button", "a", "summary":
			_, named := attr(n, "aria-label")
			if !named && strings.TrimSpace(words(n)) == "" {
				t.Errorf("%s: a <%s> without a name", target, n.Data)
			}
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("%s: id %q stands %d times", target, id, n)
		}
	}
	if h1 != 1 {
		t.Errorf("%s: %d headings of the first rank", target, h1)
	}
}

// plainName takes the hash out of an address of a shared file.
func plainName(u string) string {
	parts := strings.Split(strings.TrimPrefix(u, "/static/"), ".")
	return parts[0] + "." + parts[len(parts)-1]
}

func within(n *html.Node, tag string) bool {
	for p := range n.Ancestors() {
		if p.Data == tag {
			return true
		}
	}
	return false
}

func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// TestErrorsSpeakAlike holds the form to its rule: the summary takes the focus, its words stand at
// the field too, the title of the window says that something is wrong, and what was typed is there.
func TestErrorsSpeakAlike(t *testing.T) {
	h, _, _ := serve(t)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/thu-vien/bieu-mau", nil))
	body := w.Body.String()
	for _, e := range errs() {
		if n := strings.Count(body, e.Key); n != 2 {
			t.Errorf("%q stands %d times, want once in the summary and once at the field", e.Key, n)
		}
		if !strings.Contains(body, `href="#`+ui.FieldID(e.Path)+`"`) {
			t.Errorf("the summary does not lead to %s", e.Path)
		}
	}
	for _, want := range []string{"<title>Lỗi: Thông tin của trẻ", `role="alert"`, `value="Giàng Thị Ngọc Ước"`, `name="child.birth_date.m" value="12"`,
		`autocomplete="bday-year"`, `name="_add" value="/children"`, `name="_remove" value="/children/1"`, `(không bắt buộc)`, "Đã lưu nháp lúc {time}."} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in the page", want)
		}
	}
}

// TestPageWeights holds pages to their budgets: what travels on a first and on a later visit.
func TestPageWeights(t *testing.T) {
	h, files, _ := serve(t)
	shared := 0
	for _, name := range []string{"site.css", "app.js", "icons.svg", "inter-vi.woff2", "favicon.svg"} {
		shared += files.Size(name)
	}
	limits := map[string][2]int{
		"/": {60 << 10, 15 << 10}, "/thu-vien/bieu-mau": {60 << 10, 15 << 10},
		"/thu-vien/danh-sach": {120 << 10, 60 << 10}, "/thu-vien/ho-so": {120 << 10, 60 << 10},
	}
	for path, limit := range limits {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := z.Write(w.Body.Bytes()); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if first, later := shared+packed.Len(), packed.Len(); first > limit[0] || later > limit[1] {
			t.Errorf("%s weighs %d bytes at first and %d later, the limits are %v", path, first, later, limit)
		}
	}
}
