package dossierapi_test

import (
	"strings"
	"testing"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
)

// A birth registration from a citizen's program to the result, by the API alone.
func TestBirthRegistration(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		x := newHouse(t, d)
		x.commune(banglung)
		x.add("hoa", x.w.Citizen("Nông Thị Hoa", 0))
		x.add("hoa2", x.w.Citizen("Nông Thị Hoa", 2)) // the same account, after an official saw the card
		x.add("other", x.w.Citizen("Somebody else", 2))
		x.add("elsewhere", x.w.Staff("Nơi khác", "xa-01834", "receiver", "specialist", "leader", "clerk"))

		draft := x.draft("hoa", birth, banglung, dossier.Online)
		if n := len(x.get("hoa", "/drafts").want(200).list("items")); n != 1 {
			t.Errorf("%d drafts", n)
		}
		x.get("other", "/drafts/"+draft).want(404, "dossier.draft_gone")
		x.post("other", "/drafts/"+draft+"/submit", nil).want(404)

		filed := x.send("hoa", "POST", "/drafts/"+draft+"/submit", nil, "Idempotency-Key", "first-1").want(200)
		code, secret := filed.text("code"), filed.text("lookup_secret")
		if filed.int("status") != 1 || !strings.HasSuffix(code, ".H03-261123-0001") || len(secret) != 11 {
			t.Fatalf("filed: %v", filed)
		}
		again := x.send("hoa", "POST", "/drafts/"+draft+"/submit", nil, "Idempotency-Key", "first-1")
		if again.header.Get("Idempotency-Replayed") != "true" || again.want(200).text("code") != code {
			t.Errorf("the same request again: %v %s", again.header, again.raw)
		}
		if o := x.post("hoa", "/drafts/"+draft+"/submit", nil).want(200); o.text("code") != code || o.int("version") != filed.int("version") {
			t.Errorf("submitting without a key again: %v", o)
		}
		if n := len(x.get("hoa", "/dossiers").want(200).list("items")); n != 1 {
			t.Errorf("%d own dossiers", n)
		}

		// Who has nothing to do with it does not learn that it exists.
		for _, token := range []string{"other", "elsewhere"} {
			x.get(token, "/dossiers/"+code).want(404, "dossier.not_found")
			x.get(token, "/dossiers/"+code+"/history").want(404, "dossier.not_found")
			x.get(token, "/dossiers/"+code+"/payments").want(404, "dossier.not_found")
			x.post(token, "/dossiers/"+code+"/withdraw", nil).want(404, "dossier.not_found")
		}
		receive := x.task("receiver", code, "receive")
		x.post("elsewhere", "/tasks/"+receive+"/complete", object{"outcome": "accept"}).want(404, "dossier.not_found")
		x.post("elsewhere", "/tasks/"+receive+"/claim", nil).want(404, "dossier.not_found")
		x.post("other", "/tasks/"+receive+"/claim", nil).want(403)
		x.post("specialist", "/tasks/"+receive+"/claim", nil).want(403, "dossier.not_your_task")
		x.get("", "/dossiers/"+code).want(401)

		if o := x.forward("receiver", code, "receive"); o.int("status") != 2 || o.text("due_at") != "2026-11-23T10:00:00Z" {
			t.Errorf("received: %v", o)
		}
		x.w.Later(time.Hour)
		examine := x.task("specialist", code, "examine")
		x.post("specialist", "/tasks/"+examine+"/claim", nil).want(200)
		x.post("specialist", "/dossiers/"+code+"/comments", object{"note": "Chỉ cán bộ đọc"}).want(200)
		paper := find(x.get("specialist", "/dossiers/"+code).want(200).list("files"), "kind", "paper")
		x.post("specialist", "/dossiers/"+code+"/files/"+paper.text("id")+"/verdict", object{"verdict": "ok"}).want(200)
		x.forward("specialist", code, "examine")
		x.forward("leader", code, "approve")
		number := x.task("clerk", code, "number")
		x.post("clerk", "/tasks/"+number+"/complete", object{"outcome": "no such"}).want(422, "dossier.no_such_outcome")
		key := find(x.get("clerk", "/dossiers/"+code).want(200).list("tasks"), "id", number).list("outcomes")[0].text("key")
		if o := x.post("clerk", "/tasks/"+number+"/complete", object{"outcome": key}).want(422, "dossier.step_incomplete"); o.list("errors")[0].text("location") != "/number" {
			t.Errorf("without a number: %v", o)
		}
		x.forward("clerk", code, "number", "number", "15/TLKS")
		result := x.attach("receiver", filed.text("id"), "result", "giay-khai-sinh").want(201).text("id")

		// The citizen sees the dossier, and not the office.
		own := x.get("hoa", "/dossiers/"+code).want(200)
		if own.int("status") != 9 || own.text("number") != "15/TLKS" || len(own.list("tasks")) != 1 {
			t.Errorf("the citizen sees %v", own)
		}
		for _, f := range own.list("files") {
			if f.text("verdict") != "" {
				t.Errorf("the citizen sees a verdict: %v", f)
			}
		}
		open := own.list("tasks")[0]
		if open.text("id") != "" || open.text("assignee") != "" {
			t.Errorf("the citizen sees who works: %v", open)
		}
		for _, e := range x.get("hoa", "/dossiers/"+code+"/history").want(200).list("items") {
			if a := e.text("act"); a == "comment" || a == "claimed" || a != "submitted" && e.text("by") != "" {
				t.Errorf("the citizen reads %v", e)
			}
		}
		if find(x.get("leader", "/dossiers/"+code+"/history").want(200).list("items"), "act", "comment") == nil {
			t.Error("officials do not read the comment")
		}
		x.get("hoa", "/files/"+result).want(403, "dossier.result_needs_identity")
		file := x.get("hoa2", "/files/"+result)
		file.want(200)
		if string(file.raw) != pdf || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") ||
			file.header.Get("Content-Type") != "application/pdf" {
			t.Errorf("the result: %v %q", file.header, file.raw)
		}
		if part := x.send("hoa2", "GET", "/files/"+result, nil, "Range", "bytes=0-3"); part.status != 206 || string(part.raw) != "%PDF" {
			t.Errorf("a part of the file: %d %q", part.status, part.raw)
		}

		x.post("hoa", "/dossiers/"+code+"/rating", object{"score": 5}).want(422)
		if o := x.forward("receiver", code, "return", "signed", "Nông Thị Hoa"); o.int("status") != 10 || o["closed"] != true {
			t.Errorf("returned: %v", o)
		}
		x.post("hoa", "/dossiers/"+code+"/rating", object{"score": 1, "remark": "nhanh"}).want(204)
		x.post("hoa", "/dossiers/"+code+"/rating", object{"score": 2}).want(409, "dossier.rated_already")

		// Whoever holds the receipt.
		seen := x.post("", "/lookup", object{"code": strings.ToLower(code), "secret": strings.ToLower(secret)}).want(200)
		if seen.int("status") != 10 || strings.Contains(seen.text("applicant"), "Hoa") || len(seen.list("results")) != 1 ||
			find(seen.list("progress"), "node", "receive").text("state") != "done" {
			t.Errorf("look-up: %v", seen)
		}
		wrong := x.post("", "/lookup", object{"code": code, "secret": "AAA-AAA-AAA"}).want(404, "dossier.lookup_failed")
		none := x.post("", "/lookup", object{"code": code + "1", "secret": secret}).want(404, "dossier.lookup_failed")
		if wrong.text("detail") != none.text("detail") {
			t.Errorf("a wrong secret says %v, a wrong code %v", wrong, none)
		}
		x.post("", "/lookup/code", object{"code": code, "secret": secret}).want(204)
		ticket := object{"code": code, "secret": secret, "file": result, "once": "000000"}
		x.post("", "/lookup/result", ticket).want(422)
		ticket["once"] = "123456"
		if got := x.post("", "/lookup/result", ticket); got.status != 200 || string(got.raw) != pdf {
			t.Errorf("the result by code: %d %q", got.status, got.raw)
		}
		bad, err := x.w.Dossiers.Recount(t.Context())
		must(t, err)
		for _, b := range bad {
			t.Error(b)
		}
	})
}

// At a counter: the official files, the dossier is received at once, and what was typed wrongly is
// corrected afterwards.
func TestBirthAtCounter(t *testing.T) {
	t.Parallel()
	x := newHouse(t, testkit.SQLite(t))
	x.commune(banglung)
	x.add("elsewhere", x.w.Staff("Nơi khác", "xa-01834", "receiver"))
	x.post("elsewhere", "/drafts", object{"procedure": birth, "agency": x.w.Unit(banglung).String(), "channel": 1}).want(403, "dossier.not_your_counter")
	d := x.filed("receiver", birth, banglung, dossier.Counter)
	code := d.text("code")
	if d.int("status") != 2 || d.text("received_at") == "" || d.text("lookup_secret") == "" {
		t.Fatalf("filed at the counter: %v", d)
	}
	if s := x.get("specialist", "/dossiers/"+code).want(200).text("lookup_secret"); s != "" {
		t.Error("the specialist reads the citizen's secret")
	}
	full := x.get("receiver", "/dossiers/"+code).want(200)
	data := full.object("data")
	person := object(data).object("applicant")
	name := person.text("name")
	person["name"] = name + " Sửa"
	x.post("receiver", "/dossiers/"+code+"/correct", object{"data": data}).want(422)
	x.post("specialist", "/dossiers/"+code+"/correct", object{"data": data, "reason": "nhầm"}).want(403)
	born := person["birth_date"]
	person["birth_date"] = "2126-01-01"
	bad := x.post("receiver", "/dossiers/"+code+"/correct", object{"data": data, "reason": "nhầm"}).want(422, "dossier.incomplete")
	if find(bad.list("errors"), "location", "/data/applicant/birth_date") == nil {
		t.Errorf("a birth date to come: %v", bad)
	}
	person["birth_date"] = born
	x.post("receiver", "/dossiers/"+code+"/correct", object{"data": data, "reason": "Gõ nhầm tên"}).want(200)
	e := find(x.get("receiver", "/dossiers/"+code+"/history").want(200).list("items"), "act", "corrected")
	if e == nil || len(e.list("changed")) == 0 || e.list("changed")[0].text("old") != name {
		t.Errorf("the correction left %v", e)
	}
	hits := x.post("receiver", "/search", object{"query": strings.ToLower(name)}).want(200).list("items")
	if len(hits) != 1 || hits[0].text("code") != code {
		t.Errorf("found %v", hits)
	}
	if n := len(x.post("elsewhere", "/search", object{"query": name}).want(200).list("items")); n != 0 {
		t.Errorf("another commune finds %d", n)
	}
}
