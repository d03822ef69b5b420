package e2e

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"lienthong/internal/app"
	"lienthong/internal/kit/rest"
)

// object is a JSON object.
type object map[string]any

func (o object) text(key string) string { s, _ := o[key].(string); return s }

func (o object) number(key string) int { n, _ := o[key].(float64); return int(n) }

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

// where returns the first object of the list whose key has the value, or nil.
func where(list []object, key, value string) object {
	for _, o := range list {
		if o.text(key) == value {
			return o
		}
	}
	return nil
}

// ask sends a request to the API and returns whatever comes back; body is sent as JSON unless it is
// nil. Pairs of name and value are further headers.
func (c *client) ask(method, path string, body any, headers ...string) *answer {
	c.t.Helper()
	ctype, raw := "", []byte(nil)
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			c.t.Fatal(err)
		}
		ctype = "application/json"
	}
	return c.send(method, rest.Prefix+path, ctype, bytes.NewReader(raw), headers...)
}

// call asks the API for an operation, which must succeed.
func (c *client) call(method, path string, body any) object {
	c.t.Helper()
	a := c.ask(method, path, body)
	if a.status < 200 || a.status > 299 {
		c.t.Fatalf("%s %s answers %d: %.800s", method, a.path, a.status, a.text())
	}
	return a.object(c.t)
}

// object reads a JSON body; without one it is empty.
func (a *answer) object(t testing.TB) object {
	t.Helper()
	o := object{}
	if len(a.body) > 0 && strings.Contains(a.header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(a.body, &o); err != nil {
			t.Fatalf("%s: %v", a.path, err)
		}
	}
	return o
}

// problem fails the test unless the request was refused with a whole problem document (RFC 9457) of
// the status and the code, and returns it.
func (a *answer) problem(t testing.TB, status int, code string) object {
	t.Helper()
	if ctype := a.header.Get("Content-Type"); a.status != status || ctype != "application/problem+json" {
		t.Fatalf("%s answers %d as %s, want a problem %d: %.800s", a.path, a.status, ctype, status, a.body)
	}
	o := a.object(t)
	if o.text("code") != code || o.number("status") != status || o.text("type") != "about:blank" || o.text("title") == "" || o.text("request_id") == "" {
		t.Fatalf("%s: the problem is %v, want the code %q", a.path, o, code)
	}
	return o
}

// once does a POST or PATCH under an idempotency key, sends it again, and sends another one under
// the same key: it is done once, answered twice alike, and the stranger is refused.
func (c *client) once(method, path string, body any) object {
	c.t.Helper()
	key := "e2e-" + rand.Text()
	first := c.ask(method, path, body, "Idempotency-Key", key)
	if first.status < 200 || first.status > 299 || first.header.Get("Idempotency-Replayed") != "" {
		c.t.Fatalf("%s %s answers %d: %.800s", method, first.path, first.status, first.body)
	}
	again := c.ask(method, path, body, "Idempotency-Key", key)
	if again.status != first.status || again.header.Get("Idempotency-Replayed") != "true" || !bytes.Equal(again.body, first.body) ||
		again.header.Get("Location") != first.header.Get("Location") {
		c.t.Fatalf("%s %s is answered %d %.300s and again %d %.300s", method, first.path, first.status, first.body, again.status, again.body)
	}
	c.ask(method, path, object{"another": key}, "Idempotency-Key", key).problem(c.t, 422, "rest.key_reused")
	return first.object(c.t)
}

// paged reads a list in pages of the size and returns its items: no page is larger, none is read
// twice, and they make up what one large page holds, by the key that names an item. A cursor that
// was made up is refused.
func (c *client) paged(path string, size int, key string) []object {
	c.t.Helper()
	join := "?"
	if strings.Contains(path, "?") {
		join = "&"
	}
	if bad := c.ask("GET", path+join+"cursor=e30x", nil); !strings.HasSuffix(bad.problem(c.t, 422, bad.object(c.t).text("code")).text("code"), "cursor") {
		c.t.Errorf("a made-up cursor is told %s", bad.body)
	}
	var all []object
	for cursor, n := "", 0; ; n++ {
		page := c.call("GET", fmt.Sprintf("%s%slimit=%d&cursor=%s", path, join, size, url.QueryEscape(cursor)), nil)
		items := page.list("items")
		if len(items) > size || len(items) < size && page.text("next") != "" || n > 500 {
			c.t.Fatalf("page %d of %s has %d items and next %q", n, path, len(items), page.text("next"))
		}
		all = append(all, items...)
		if cursor = page.text("next"); cursor == "" {
			break
		}
	}
	seen := map[string]bool{}
	for _, x := range all {
		if x.text(key) == "" || seen[x.text(key)] {
			c.t.Fatalf("%s: %q comes twice, or has no name: %v", path, x.text(key), x)
		}
		seen[x.text(key)] = true
	}
	for _, x := range c.call("GET", path+join+"limit=100", nil).list("items") {
		if !seen[x.text(key)] {
			c.t.Fatalf("%s: the pages leave %v out", path, x)
		}
	}
	return all
}

// attach sends a small PDF for a dossier as a whole.
func (c *client) attach(dossier, kind, component string) object {
	c.t.Helper()
	ctype, body := multipartBody(c.t, nil, map[string]string{"file": pdf})
	a := c.send("POST", rest.Prefix+"/files?dossier="+dossier+"&kind="+kind+"&component="+component, ctype, body).want(c.t, 201)
	o := object{}
	if err := json.Unmarshal(a.body, &o); err != nil {
		c.t.Fatal(err)
	}
	return o
}

// staffToken lets an official's program in.
func (c *client) staffToken(login string) *client {
	c.t.Helper()
	c.token = c.call("POST", "/auth/staff-token", object{"login": login, "password": app.DemoPassword}).text("token")
	return c
}

// citizenToken lets a citizen's program in, with a code from the outbox of the demonstration.
func (c *client) citizenToken(phone string) *client {
	c.t.Helper()
	earlier := c.codes(phone)
	c.call("POST", "/auth/code", object{"to": phone})
	c.token = c.call("POST", "/auth/token", object{"to": phone, "code": c.codeAfter(earlier, phone)}).text("token")
	return c
}

// program returns a client of the API for an official's login or a citizen's telephone number.
func (p *province) program(t testing.TB, who string) *client {
	t.Helper()
	return p.person(t, "api "+who, func(c *client) {
		if strings.HasPrefix(who, "0") {
			c.citizenToken(who)
		} else {
			c.staffToken(who)
		}
	})
}

// draftByAPI starts a draft at an agency, fills its form and attaches what the problems name.
func (c *client) draftByAPI(procedure, agency string, channel int, data map[string]any) string {
	c.t.Helper()
	at := where(c.call("GET", "/procedures/"+procedure+"/agencies", nil).list("items"), "key", agency)
	if at == nil {
		c.t.Fatalf("%s is not offered at %s", procedure, agency)
	}
	d := c.call("POST", "/drafts", object{"procedure": procedure, "agency": at.text("id"), "channel": channel})
	c.call("PATCH", "/drafts/"+d.text("id"), object{"version": d["version"], "data": data, "consent": channel == 1})
	for _, problem := range c.call("GET", "/drafts/"+d.text("id")+"/problems", nil).list("items") {
		paper, ok := strings.CutPrefix(problem.text("location"), "paper.")
		if !ok {
			c.t.Fatalf("the example leaves a problem: %v", problem)
		}
		c.attach(d.text("id"), "paper", paper)
	}
	return d.text("id")
}

// fileByAPI files a dossier and returns its code.
func (c *client) fileByAPI(procedure, agency string, channel int, data map[string]any) string {
	c.t.Helper()
	return c.call("POST", "/drafts/"+c.draftByAPI(procedure, agency, channel, data)+"/submit", nil).text("code")
}

// taskOf returns the open task of the dossier that is on the official's worklist.
func (c *client) taskOf(code, action string) string {
	c.t.Helper()
	items := c.call("GET", "/worklist?action="+action+"&text="+code, nil).list("items")
	if len(items) != 1 {
		c.t.Fatalf("the worklist has %d tasks %q of %s", len(items), action, code)
	}
	return items[0].text("task")
}

// complete ends the dossier's open task of the action with the outcome.
func (c *client) complete(code, action, outcome string, more ...string) object {
	c.t.Helper()
	body := object{"outcome": outcome}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i]] = more[i+1]
	}
	return c.call("POST", "/tasks/"+c.taskOf(code, action)+"/complete", body)
}
