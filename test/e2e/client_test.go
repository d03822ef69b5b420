package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// client speaks HTTP as a browser without JavaScript does: it keeps cookies, follows redirects
// after a form and sends forms as they stand on the page.
type client struct {
	t       testing.TB
	base    string
	token   string // sent as a bearer token, on the API
	account string // whom the token stands for, where that matters
	http    *http.Client
}

func newClient(t testing.TB, base string) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &client{t: t, base: strings.TrimSuffix(base, "/"), http: &http.Client{Jar: jar, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	path   string // of the request, with its query
	body   []byte
	doc    *html.Node // nil unless it is a page
}

// send makes one request and follows nothing. Pairs of name and value are further headers.
func (c *client) send(method, path, ctype string, body io.Reader, headers ...string) *answer {
	c.t.Helper()
	r, err := http.NewRequest(method, c.base+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if ctype != "" {
		r.Header.Set("Content-Type", ctype)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	w, err := c.http.Do(r)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer w.Body.Close()
	a := &answer{status: w.StatusCode, header: w.Header, path: path}
	if a.body, err = io.ReadAll(w.Body); err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	if strings.HasPrefix(w.Header.Get("Content-Type"), "text/html") {
		if a.doc, err = html.Parse(bytes.NewReader(a.body)); err != nil {
			c.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return a
}

// get opens a page and goes where it leads.
func (c *client) get(path string) *answer {
	c.t.Helper()
	a := c.send("GET", path, "", nil)
	for n := 0; a.status >= 300 && a.status < 400 && n < 8; n++ {
		a = c.send("GET", c.local(a.header.Get("Location")), "", nil)
	}
	return a
}

// local returns an address of this server as a path; another host's fails the test.
func (c *client) local(location string) string {
	c.t.Helper()
	u, err := url.Parse(location)
	if err != nil || u.Host != "" && !strings.HasSuffix(c.base, "://"+u.Host) {
		c.t.Fatalf("led to %q", location)
	}
	return u.RequestURI()
}

// want fails the test unless the answer has the status.
func (a *answer) want(t testing.TB, status int) *answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("%s answers %d, want %d: %.800s", a.path, a.status, status, a.text())
	}
	return a
}

// text returns what a page says, or the body of what is no page.
func (a *answer) text() string {
	if a.doc == nil {
		return string(a.body)
	}
	if main := a.first(func(n *html.Node) bool { return n.Data == "main" }); main != nil {
		return content(main)
	}
	return content(a.doc)
}

func (a *answer) first(is func(*html.Node) bool) *html.Node {
	if a.doc == nil {
		return nil
	}
	for n := range a.doc.Descendants() {
		if n.Type == html.ElementNode && is(n) {
			return n
		}
	}
	return nil
}

// content returns the text below a node, white space made single.
func content(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.Data != "script" && d.Parent.Data != "style" {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// caption returns what stands on a button or link, without the key that presses it and without what
// only a screen reader says.
func caption(n *html.Node) string {
	var words []string
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			words = append(words, strings.Fields(n.Data)...)
		}
		if n.Data == "kbd" || attr(n, "class") == "vh" && n.Data == "span" {
			return
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
	}
	walk(n)
	return strings.Join(words, " ")
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// links returns the paths of all links of a page to this server.
func (a *answer) links() []string {
	var out []string
	if a.doc == nil {
		return nil
	}
	for n := range a.doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" && strings.HasPrefix(attr(n, "href"), "/") {
			out = append(out, attr(n, "href"))
		}
	}
	return out
}

// submit sends the form whose button says so, with its fields as they stand and the given pairs of
// name and value over them, and goes where the answer leads.
func (c *client) submit(a *answer, button string, pairs ...string) *answer {
	c.t.Helper()
	var press *html.Node
	form := a.first(func(f *html.Node) bool {
		if f.Data != "form" {
			return false
		}
		for n := range f.Descendants() {
			if n.Type == html.ElementNode && n.Data == "button" && (caption(n) == button || attr(n, "aria-label") == button) {
				press = n
				return true
			}
		}
		return false
	})
	if form == nil {
		c.t.Fatalf("%s has no form with a button %q: %.800s", a.path, button, a.text())
	}
	values := fieldsOf(form)
	if name := attr(press, "name"); name != "" {
		values.Set(name, attr(press, "value"))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	action := attr(form, "action")
	if over := attr(press, "formaction"); over != "" {
		action = over
	}
	if action == "" {
		action = a.path
	}
	if strings.EqualFold(attr(form, "method"), "post") {
		got := c.send("POST", c.local(action), "application/x-www-form-urlencoded", strings.NewReader(values.Encode()))
		if got.status == http.StatusSeeOther {
			return c.get(c.local(got.header.Get("Location")))
		}
		return got
	}
	path, _, _ := strings.Cut(action, "?")
	return c.get(path + "?" + values.Encode())
}

// fieldsOf returns what a browser would send if nobody touched the form. Files are left out.
func fieldsOf(form *html.Node) url.Values {
	v := url.Values{}
	for n := range form.Descendants() {
		name := attr(n, "name")
		if n.Type != html.ElementNode || name == "" || has(n, "disabled") {
			continue
		}
		switch n.Data {
		case "input":
			switch attr(n, "type") {
			case "submit", "button", "image", "reset", "file":
			case "checkbox", "radio":
				if has(n, "checked") {
					value := attr(n, "value")
					if value == "" {
						value = "on"
					}
					v.Add(name, value)
				}
			default:
				v.Add(name, attr(n, "value"))
			}
		case "textarea":
			raw := ""
			for d := range n.Descendants() {
				raw += d.Data
			}
			v.Add(name, strings.TrimPrefix(raw, "\n"))
		case "select":
			var first, chosen *html.Node
			for o := range n.Descendants() {
				if o.Type == html.ElementNode && o.Data == "option" {
					if first == nil {
						first = o
					}
					if has(o, "selected") {
						chosen = o
					}
				}
			}
			if chosen == nil {
				chosen = first
			}
			if chosen != nil {
				value := content(chosen)
				if has(chosen, "value") {
					value = attr(chosen, "value")
				}
				v.Add(name, value)
			}
		}
	}
	return v
}

// staff signs an official in.
func (c *client) staff(login, password string) *client {
	c.t.Helper()
	a := c.get("/can-bo/dang-nhap").want(c.t, 200)
	a = c.submit(a, "Đăng nhập", "login", login, "password", password)
	if a.status != 200 || strings.HasPrefix(a.path, "/can-bo/dang-nhap") {
		c.t.Fatalf("%s is not let in: %d at %s: %.400s", login, a.status, a.path, a.text())
	}
	return c
}

// citizen signs a citizen in with a code from the outbox of the demonstration.
func (c *client) citizen(phone string) *client {
	c.t.Helper()
	a := c.get("/dang-nhap").want(c.t, 200)
	earlier := c.codes(phone)
	a = c.submit(a, "Gửi mã cho tôi", "to", phone).want(c.t, 200)
	a = c.submit(a, "Đăng nhập", "code", c.codeAfter(earlier, phone))
	if a.status != 200 || strings.HasPrefix(a.path, "/dang-nhap") {
		c.t.Fatalf("%s is not let in: %d at %s: %.400s", phone, a.status, a.path, a.text())
	}
	return c
}

// codes returns the one-time codes in the demonstration's outbox for a number or address, the newest
// first.
func (c *client) codes(to string) []string {
	c.t.Helper()
	var out []string
	for _, m := range messages(newClient(c.t, c.base).get("/demo/outbox").want(c.t, 200)) {
		if m.to == to && m.code != "" {
			out = append(out, m.code)
		}
	}
	return out
}

// codeAfter waits for a code that is newer than those of earlier: the message may still be on its
// way, and a code of an earlier sign-in must not be taken for it.
func (c *client) codeAfter(earlier []string, to string) string {
	c.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if now := c.codes(to); len(now) > 0 && (len(earlier) == 0 || now[0] != earlier[0]) {
			return now[0]
		}
		if time.Now().After(end) {
			c.t.Fatalf("no code for %s in the outbox", to)
		}
	}
}

// message is one entry of the outbox.
type message struct{ to, code, text string }

// messages reads the outbox page, newest first.
func messages(a *answer) []message {
	var out []message
	for n := range a.doc.Descendants() {
		if n.Type != html.ElementNode || n.Data != "article" {
			continue
		}
		m := message{text: content(n)}
		for d := range n.Descendants() {
			switch {
			case d.Data == "h2" && m.to == "":
				_, to, found := strings.Cut(content(d), ": ")
				if found {
					m.to = strings.ReplaceAll(to, " ", "")
				}
			case d.Data == "code" && m.code == "":
				m.code = content(d)
			}
		}
		out = append(out, m)
	}
	return out
}

// TestClient proves that the client sends what a browser would.
func TestClient(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<main><form method="post" action="/to"><input name="a" value="1"><input name="off" disabled value="x">
			<input type="checkbox" name="c"><input type="checkbox" name="d" checked><input type="radio" name="r" value="1"><input type="radio" name="r" value="2" checked>
			<textarea name="t">
xin chào</textarea><select name="s"><option value="p">P<option value="q" selected>Q</select><button name="b" value="go">Gửi <i>đi</i></button></form></main>`)
	})
	mux.HandleFunc("POST /to", func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		http.SetCookie(w, &http.Cookie{Name: "k", Value: "v"})
		http.Redirect(w, r, "/seen?"+r.PostForm.Encode(), http.StatusSeeOther)
	})
	mux.HandleFunc("GET /seen", func(w http.ResponseWriter, r *http.Request) {
		k, err := r.Cookie("k")
		fmt.Fprint(w, k, err)
	})
	srv := newServer(t, mux)
	c := newClient(t, srv)
	a := c.submit(c.get("/"), "Gửi đi", "a", "2")
	if want := "/seen?a=2&b=go&d=on&r=2&s=q&t=xin+ch%C3%A0o"; a.path != want || a.text() != "k=v <nil>" {
		t.Errorf("sent %s, want %s; then %s", a.path, want, a.text())
	}
}

// TestOutboxIsRead keeps the reader of the outbox in step with its page.
func TestOutboxIsRead(t *testing.T) {
	doc, err := html.Parse(strings.NewReader(`<main><ul><li><article><h2>Tin nhắn: 0900000001</h2><p>Mã <code>123456</code></p></article></li>
		<li><article><h2>Thư: a@example.com</h2><p>Hồ sơ H</p></article></li></ul></main>`))
	if err != nil {
		t.Fatal(err)
	}
	got := messages(&answer{doc: doc})
	if len(got) != 2 || got[0].to != "0900000001" || got[0].code != "123456" || got[1].to != "a@example.com" || got[1].code != "" {
		t.Errorf("read %+v", got)
	}
}
