package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"lienthong/packs"
)

// pdf is a file small enough for every journey.
const pdf = "%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"

// example returns the filled example of a form of the pack.
func example(t testing.TB, key string) map[string]any {
	t.Helper()
	files, err := packs.Open(pack)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := fs.ReadFile(files, "forms/"+key+"/example.json")
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// posted flattens answers into what pages post: dates in three parts, communes of Chợ Đồn by their
// code with their district's.
func posted(data map[string]any) url.Values {
	out := url.Values{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch x := v.(type) {
		case map[string]any:
			if code, ok := x["code"].(string); ok && x["name"] != nil && len(x) == 2 {
				out.Set(path, "064."+code)
				return
			}
			for k, sub := range x {
				walk(path+"/"+k, sub)
			}
		case []any:
			for i, sub := range x {
				if s, ok := sub.(string); ok {
					out.Add(path, s)
				} else {
					walk(path+"/"+strconv.Itoa(i), sub)
				}
			}
		case bool:
			out.Set(path, strconv.FormatBool(x))
		case float64:
			out.Set(path, strconv.FormatFloat(x, 'f', -1, 64))
		case string:
			out.Set(path, x)
			if len(x) == 10 && x[4] == '-' && x[7] == '-' {
				out.Set(path+".d", x[8:])
				out.Set(path+".m", x[5:7])
				out.Set(path+".y", x[:4])
			}
		}
	}
	walk("", data)
	return out
}

// form returns the page's form that holds the button with the caption.
func (a *answer) form(says string) *html.Node {
	return a.first(func(f *html.Node) bool {
		if f.Data != "form" {
			return false
		}
		for n := range f.Descendants() {
			if n.Type == html.ElementNode && n.Data == "button" && caption(n) == says {
				return true
			}
		}
		return false
	})
}

// controls returns the names of everything in the form that takes an answer.
func controls(form *html.Node) map[string]bool {
	out := map[string]bool{}
	for n := range form.Descendants() {
		if n.Type == html.ElementNode && (n.Data == "input" || n.Data == "select" || n.Data == "textarea") && attr(n, "name") != "" {
			out[attr(n, "name")] = true
		}
	}
	return out
}

// apply puts the known answers over what the form holds, for the controls it has.
func apply(values url.Values, form *html.Node, known url.Values) url.Values {
	for name := range controls(form) {
		if v, ok := known[name]; ok && strings.HasPrefix(name, "/") {
			values[name] = v
		}
	}
	return values
}

// fileOnline files a dossier as a citizen without JavaScript: it answers every page of the form as
// the example does and attaches a file to every paper that takes one. It returns the code.
func (c *client) fileOnline(procedure, agency string, data map[string]any) string {
	c.t.Helper()
	at := c.begin(procedure, agency)
	code := c.fillDraft(at, data)
	if code == "" {
		c.t.Fatalf("%s is not filed", procedure)
	}
	return code
}

// begin starts a draft and returns its first page.
func (c *client) begin(procedure, agency string) *answer {
	c.t.Helper()
	a := c.get("/thu-tuc/"+procedure+"/nop").want(c.t, 200)
	button := "Bắt đầu"
	if a.form(button) == nil {
		button = "Tạo mới"
	}
	var pairs []string
	if agency != "" {
		pairs = []string{"agency", agency}
	}
	return c.submit(a, button, pairs...).want(c.t, 200)
}

// fillDraft goes from a page of a draft to the receipt and returns the code.
func (c *client) fillDraft(a *answer, data map[string]any) string {
	c.t.Helper()
	known := posted(data)
	for range 40 {
		a.want(c.t, 200)
		path, _, _ := strings.Cut(a.path, "?")
		parts := strings.Split(path, "/")
		switch {
		case strings.HasSuffix(path, "/bien-nhan"):
			return parts[len(parts)-2]
		case strings.HasSuffix(path, "/kiem-tra"):
			a = c.submit(a, "Nộp hồ sơ")
		default:
			form := a.form("Lưu và tiếp tục")
			if form == nil {
				c.t.Fatalf("%s has no way on: %.800s", a.path, a.text())
			}
			values := apply(fieldsOf(form), form, known)
			files := map[string]string{}
			for n := range form.Descendants() {
				if n.Type == html.ElementNode && attr(n, "type") == "file" {
					files[attr(n, "name")] = pdf
				}
			}
			a = c.post(c.local(attr(form, "action")), values, files)
		}
	}
	c.t.Fatalf("the pages of the draft do not end; the last one is %s", a.path)
	return ""
}

// post sends values, with files if there are any, and goes where the answer leads.
func (c *client) post(path string, values url.Values, files map[string]string) *answer {
	c.t.Helper()
	ctype, body := "application/x-www-form-urlencoded", io.Reader(strings.NewReader(values.Encode()))
	if len(files) > 0 {
		ctype, body = multipartBody(c.t, values, files)
	}
	a := c.send("POST", path, ctype, body)
	if a.status == http.StatusSeeOther {
		return c.get(c.local(a.header.Get("Location")))
	}
	return a
}

// multipartBody makes a body of values and of files by the names of their fields.
func multipartBody(t testing.TB, values url.Values, files map[string]string) (ctype string, body io.Reader) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for name, list := range values {
		for _, v := range list {
			if err := m.WriteField(name, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := m.CreateFormFile(name, "giấy tờ.pdf")
		if err == nil {
			_, err = io.WriteString(w, files[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return m.FormDataContentType(), &b
}

// act does the step of a dossier that its page offers under the caption: at once, or on the page
// that asks for more. Pairs of name and value answer what is asked.
func (c *client) act(code, what string, pairs ...string) *answer {
	c.t.Helper()
	a := c.get("/can-bo/ho-so/"+code).want(c.t, 200)
	if a.form(what) == nil {
		link := a.first(func(n *html.Node) bool { return n.Data == "a" && caption(n) == what })
		if link == nil {
			c.t.Fatalf("%s offers no %q: %.1500s", a.path, what, a.text())
		}
		a = c.get(attr(link, "href")).want(c.t, 200)
	}
	return c.submit(a, what, pairs...).want(c.t, 200)
}
