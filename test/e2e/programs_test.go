package e2e

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lienthong/internal/kit/rest"
)

// integrator returns a program that acts for an official with a token issued to it, which may do no
// more than its scopes say.
func (p *province) integrator(t testing.TB, login string, scopes ...string) *client {
	t.Helper()
	return p.person(t, "program "+login+" "+strings.Join(scopes, " "), func(c *client) {
		owner := newClient(t, p.base).staffToken(login)
		c.token = owner.call("POST", "/me/tokens", object{"name": "Phần mềm của đơn vị", "scopes": scopes, "days": 30}).text("secret")
		me := c.call("GET", "/me", nil)
		if me.text("kind") != "token" {
			t.Fatalf("the token of %s stands for %v", login, me)
		}
		for _, g := range me.list("grants") {
			if !slices.Contains(scopes, g.text("permission")) {
				t.Errorf("the token of %s may %s, beyond %v", login, g.text("permission"), scopes)
			}
		}
		c.ask("POST", "/me/tokens", object{"name": "a", "scopes": scopes, "days": 1}).problem(t, 403, "rest.403")
	})
}

// scopeOf says which permission a step's action asks for.
func scopeOf(action string) string {
	switch action {
	case "receive", "return":
		return "dossier.receive"
	case "assign", "check":
		return "dossier.assign"
	case "approve":
		return "dossier.approve"
	case "number":
		return "dossier.number"
	}
	return "dossier.process"
}

// filing is one journey by programs alone: a citizen's, and one for each official.
type filing struct {
	p                *province
	t                *testing.T
	citizen          *client
	id, code, secret string
}

// worker returns the program of an official for an action, with no more scopes than it needs.
func (f *filing) worker(login, action string) *client {
	f.t.Helper()
	return f.p.integrator(f.t, login, "dossier.read", scopeOf(action))
}

// step ends the open task of the action with the outcome, once although it is sent twice.
func (f *filing) step(login, action, outcome string, more ...string) object {
	f.t.Helper()
	body := object{"outcome": outcome}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i]] = more[i+1]
	}
	w := f.worker(login, action)
	return w.once("POST", "/tasks/"+w.taskOf(f.code, action)+"/complete", body)
}

// file fills a draft as far as an example goes, attaches what is missing, and submits it.
func (f *filing) file(who *client, procedure, agency string, channel int, data map[string]any, extra object) object {
	f.t.Helper()
	at := where(who.call("GET", "/procedures/"+procedure+"/agencies", nil).list("items"), "key", agency)
	if at == nil {
		f.t.Fatalf("%s is not offered at %s", procedure, agency)
	}
	d := who.once("POST", "/drafts", object{"procedure": procedure, "agency": at.text("id"), "channel": channel})
	f.id = d.text("id")
	path := "/drafts/" + f.id

	refused := who.ask("POST", path+"/submit", nil).problem(f.t, 422, "dossier.incomplete")
	if len(refused.list("errors")) == 0 {
		f.t.Errorf("an empty form is refused without saying why: %v", refused)
	}
	patch := object{"version": d["version"], "data": data}
	for k, v := range extra {
		patch[k] = v
	}
	who.once("PATCH", path, patch)
	who.ask("PATCH", path, patch).problem(f.t, 409, "dossier.draft_changed") // what was read is not what is there
	for _, problem := range who.call("GET", path+"/problems", nil).list("items") {
		component, ok := strings.CutPrefix(problem.text("location"), "paper.")
		if !ok {
			f.t.Fatalf("the example leaves a problem: %v", problem)
		}
		f.upload(who, "paper", component, []byte(pdf))
	}
	filed := who.once("POST", path+"/submit", nil)
	f.code, f.secret = filed.text("code"), filed.text("lookup_secret")
	if again := who.call("POST", path+"/submit", nil); again.text("code") != f.code || again.number("version") != filed.number("version") {
		f.t.Errorf("submitted again without a key: %v", again)
	}
	if f.secret == "" {
		f.t.Fatalf("filed without a secret: %v", filed)
	}
	return filed
}

// upload sends a file in two pieces, as over a line that broke: asks how far it got, is refused at
// the wrong place, and goes on at the right one.
func (f *filing) upload(who *client, kind, component string, content []byte) string {
	f.t.Helper()
	u := who.once("POST", "/uploads", object{"dossier": f.id, "kind": kind, "component": component, "name": "giấy tờ.pdf", "size": len(content)})
	file := u.text("file")
	piece := func(from, to int) *answer {
		return who.send("PATCH", rest.Prefix+"/uploads/"+file, "application/offset+octet-stream", bytes.NewReader(content[from:to]), "Upload-Offset", fmt.Sprint(from))
	}
	half := len(content) / 2
	piece(0, half).want(f.t, 200)
	if a := who.ask("HEAD", "/uploads/"+file, nil).want(f.t, 200); a.header.Get("Upload-Offset") != fmt.Sprint(half) || a.header.Get("Upload-Length") != fmt.Sprint(len(content)) {
		f.t.Errorf("the upload stands at %v", a.header)
	}
	piece(0, half).problem(f.t, 409, "blob.wrong_offset")
	if o := piece(half, len(content)).want(f.t, 200).object(f.t); o["done"] != true || o.text("media") != "application/pdf" {
		f.t.Errorf("the upload ends as %v", o)
	}
	return file
}

// stands fails the test unless the citizen sees the dossier in the status, held by the agency.
func (f *filing) stands(status int, agency string) object {
	f.t.Helper()
	own := f.citizen.call("GET", "/dossiers/"+f.code, nil)
	if own.number("status") != status || !strings.Contains(own.object("holder").text("name"), agency) {
		f.t.Fatalf("%s is in status %d at %v, want %d at %s", f.code, own.number("status"), own.object("holder"), status, agency)
	}
	return own
}

// issue gives the result its number and its file, and returns the file.
func (f *filing) issue(login, number string) string {
	f.t.Helper()
	clerk := f.worker(login, "number")
	clerk.ask("POST", "/tasks/"+clerk.taskOf(f.code, "number")+"/complete", object{"outcome": "issued"}).problem(f.t, 422, "dossier.step_incomplete")
	file := f.upload(clerk, "result", "", []byte(pdf))
	if d := f.step(login, "number", "issued", "number", number); d.number("status") != 9 {
		f.t.Fatalf("issued: %v", d)
	}
	return file
}

// lookUp asks with the receipt alone, without any token. A wrong secret and a wrong code are told
// apart by nobody.
func (f *filing) lookUp() object {
	f.t.Helper()
	visitor := newClient(f.t, f.p.base)
	seen := visitor.call("POST", "/lookup", object{"code": strings.ToLower(f.code), "secret": strings.ReplaceAll(f.secret, "-", " ")})
	wrong := visitor.ask("POST", "/lookup", object{"code": f.code, "secret": "AAA-AAA-AAA"}).problem(f.t, 404, "dossier.lookup_failed")
	none := visitor.ask("POST", "/lookup", object{"code": f.code + "9", "secret": f.secret}).problem(f.t, 404, "dossier.lookup_failed")
	if wrong.text("detail") != none.text("detail") || wrong.text("title") != none.text("title") {
		f.t.Errorf("a wrong secret is told %v, a wrong code %v", wrong, none)
	}
	return seen
}

// finish is the end of every journey: the result is looked up and downloaded with the receipt and a
// fresh one-time code, downloaded by its owner, handed over and judged, and nobody else learns of it.
func (f *filing) finish(counter, result, phone string) {
	f.t.Helper()
	visitor := newClient(f.t, f.p.base)
	key := object{"code": f.code, "secret": f.secret, "file": result, "once": "000000"}
	if seen := f.lookUp(); seen.number("status") != 9 || where(seen.list("results"), "file", result) == nil {
		f.t.Errorf("looked up: %v", seen)
	}
	earlier := visitor.codes(phone)
	visitor.call("POST", "/lookup/code", object{"code": f.code, "secret": f.secret})
	once := visitor.codeAfter(earlier, phone)
	if visitor.ask("POST", "/lookup/result", key).status == 200 && once != "000000" {
		f.t.Error("a wrong one-time code opens the result")
	}
	key["once"] = once
	if a := visitor.ask("POST", "/lookup/result", key).want(f.t, 200); string(a.body) != pdf {
		f.t.Errorf("the result by the receipt is %q", a.body)
	}
	if a := f.citizen.ask("GET", "/files/"+result, nil).want(f.t, 200); string(a.body) != pdf || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") {
		f.t.Errorf("the owner's result is %v %q", a.header, a.body)
	}

	rating := "/dossiers/" + f.code + "/rating"
	f.citizen.ask("POST", rating, object{"score": 9}).problem(f.t, 422, "rest.422")
	if d := f.step(counter, "return", "returned", "signed", "Người nộp hồ sơ"); d.number("status") != 10 || d["closed"] != true {
		f.t.Fatalf("returned: %v", d)
	}
	f.citizen.once("POST", rating, object{"score": 1, "remark": "Nhanh"})
	f.citizen.ask("POST", rating, object{"score": 2}).problem(f.t, 409, "dossier.rated_already")
	if own := f.citizen.call("GET", "/dossiers/"+f.code, nil); own.number("rating") != 1 {
		f.t.Errorf("the rating reads %v", own["rating"])
	}
	for _, h := range f.citizen.call("GET", "/dossiers/"+f.code+"/history", nil).list("items") {
		if h.text("by") != "" && h.text("act") != "submitted" && h.text("act") != "answered" {
			f.t.Errorf("the citizen reads who did %q: %v", h.text("act"), h)
		}
	}
	mine := f.citizen.call("GET", "/dossiers", nil).list("items")
	if where(mine, "code", f.code) == nil {
		f.t.Errorf("%s is not among the citizen's own", f.code)
	}

	stranger := f.p.program(f.t, citizenLinh)
	for _, path := range []string{"", "/history", "/payments"} {
		stranger.ask("GET", "/dossiers/"+f.code+path, nil).problem(f.t, 404, "dossier.not_found")
	}
	stranger.ask("GET", "/files/"+result, nil).problem(f.t, 404, "dossier.no_file")
	stranger.ask("POST", rating, object{"score": 1}).problem(f.t, 404, "dossier.not_found")
	visitor.ask("GET", "/dossiers/"+f.code, nil).problem(f.t, 401, "rest.401")
}
