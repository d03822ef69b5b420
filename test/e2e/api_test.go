package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"lienthong/internal/app"
	"lienthong/internal/kit/rest"
)

// object is a JSON object.
type object map[string]any

func (o object) text(key string) string { s, _ := o[key].(string); return s }

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

// call asks the API for an operation, which must succeed; body is sent as JSON unless it is nil.
func (c *client) call(method, path string, body any) object {
	c.t.Helper()
	ctype, raw := "", []byte(nil)
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			c.t.Fatal(err)
		}
		ctype = "application/json"
	}
	a := c.send(method, rest.Prefix+path, ctype, strings.NewReader(string(raw)))
	if a.status < 200 || a.status > 299 {
		c.t.Fatalf("%s %s answers %d: %.800s", method, a.path, a.status, a.text())
	}
	o := object{}
	if len(a.body) > 0 && strings.Contains(a.header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(a.body, &o); err != nil {
			c.t.Fatalf("%s: %v", a.path, err)
		}
	}
	return o
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
	c.call("POST", "/auth/code", object{"to": phone})
	c.token = c.call("POST", "/auth/token", object{"to": phone, "code": c.code(phone)}).text("token")
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
