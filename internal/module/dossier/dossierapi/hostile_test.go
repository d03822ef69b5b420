package dossierapi_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
)

// Wrong, huge and hostile input is refused with a problem; nothing becomes a 500 and the draft
// stays as it was.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		x := newHouse(t, d)
		x.commune(banglung)
		x.add("hoa", x.w.Citizen("Nông Thị Hoa", 0))
		unit := x.w.Unit(banglung).String()
		draft := x.post("hoa", "/drafts", object{"procedure": birth, "agency": unit}).want(201)
		at := "/drafts/" + draft.text("id")
		patch := func(body string) answer { return x.send("hoa", "PATCH", at, strings.NewReader(body)) }
		before := patch(`{"version":1,"data":{"child":{"name":"Hoa"}}}`).want(200)

		for name, c := range map[string]struct {
			body   string
			status int
			code   string
		}{
			"no JSON":             {`{"version":2,"data":`, 400, ""},
			"another type":        {`[]`, 422, ""},
			"no version":          {`{"data":{}}`, 422, ""},
			"a stale version":     {`{"version":1,"data":{"a":1}}`, 409, "dossier.draft_changed"},
			"an unknown field":    {`{"version":2,"dta":{}}`, 422, ""},
			"data is a list":      {`{"version":2,"data":[1]}`, 422, ""},
			"a NUL character":     {`{"version":2,"data":{"child":{"name":"a\u0000b"}}}`, 422, "rest.422"},
			"a NUL in a name":     {`{"version":2,"data":{"a\u0000":1}}`, 422, "rest.422"},
			"a number too large":  {`{"version":2,"data":{"n":1e999}}`, 422, ""},
			"nested 1,000 deep":   {`{"version":2,"data":{"a":` + strings.Repeat(`[`, 1000) + strings.Repeat(`]`, 1000) + `}}`, 422, "rest.422"},
			"nested 100,000 deep": {`{"version":2,"data":{"a":` + strings.Repeat(`[`, 100000) + strings.Repeat(`]`, 100000) + `}}`, 422, ""},
			"300 kB of data":      {`{"version":2,"data":{"a":"` + strings.Repeat("x", 300<<10) + `"}}`, 413, "dossier.form_too_large"},
			"2 MB":                {`{"version":2,"data":{"a":"` + strings.Repeat("x", 2<<20) + `"}}`, 413, ""},
			"1,001 copies":        {`{"version":2,"copies":1001}`, 422, ""},
			"a text for a number": {`{"version":"2"}`, 422, ""},
		} {
			got := patch(c.body)
			if got.status != c.status && !(c.status == 422 && got.status == 400) {
				t.Errorf("%s: answered %d, want %d: %.300s", name, got.status, c.status, got.raw)
				continue
			}
			o := got.want(got.status)
			if c.code != "" && o.text("code") != c.code {
				t.Errorf("%s: code %s, want %s", name, o.text("code"), c.code)
			}
		}
		after := x.get("hoa", at).want(200)
		if after.int("version") != before.int("version") || after.object("data").object("child").text("name") != "Hoa" {
			t.Errorf("the draft is now %v", after)
		}
		// What is odd but harmless is kept: an unpaired surrogate and invalid UTF-8 become U+FFFD.
		odd := x.send("hoa", "PATCH", at, bytes.NewReader([]byte("{\"version\":2,\"data\":{\"a\":\"\\ud800 \xff\"},\"page\":\"\\u0000trang\\u202e\"}"))).want(200)
		if got := odd.object("data").text("a"); got != "\uFFFD \uFFFD" || odd.text("page") != "trang" {
			t.Errorf("kept %q and %q", got, odd.text("page"))
		}

		for _, path := range []string{"/dossiers/%00", "/dossiers/a%27%20OR%201=1", "/dossiers/" + strings.Repeat("9", 65), "/dossiers/%ff%fe",
			"/drafts/1", "/drafts/" + strings.Repeat("0", 36), "/drafts/%00", "/files/x", "/handovers/x",
			"/worklist?text=%00%ff%27--", "/worklist?field=%00&action=%ff", "/worklist?cursor=" + strings.Repeat("A", 701),
			"/statistics?procedure=%00%ff", "/statistics?agency=x", "/statistics?from=9999999", "/payments?cashier=zz",
			"/statistics/dossiers?what=drop", "/colleagues?role=%00"} {
			if got := x.get("leader", path); got.status >= 500 {
				t.Errorf("%s: answered %d: %s", path, got.status, got.raw)
			}
		}
		for _, q := range []string{"\x00", "%", "_", "' OR 1=1 --", "%%%%", "\u202e", strings.Repeat("9", 500), "0|1|2|3|4|5|6", "https://x/tra-cuu?ma=%00&bm=1"} {
			if got := x.post("leader", "/search", object{"query": q}); got.status >= 500 {
				t.Errorf("search %q: answered %d: %s", q, got.status, got.raw)
			}
		}
		for _, k := range []object{{"code": "\x00", "secret": "\x00"}, {"code": strings.Repeat("x", 64), "secret": "'"}, {"code": "", "secret": ""}} {
			if got := x.post("", "/lookup", k); got.status >= 500 || got.status < 400 {
				t.Errorf("look-up %q: answered %d: %s", k, got.status, got.raw)
			}
		}
		id := draft.text("id")
		for _, u := range []object{{"dossier": id, "name": "a\x00b/../../c", "size": 9}, {"dossier": id, "name": "x", "component": "\x00", "size": 9}} {
			if got := x.post("hoa", "/uploads", u); got.status >= 500 {
				t.Errorf("announcing %q: answered %d: %s", u, got.status, got.raw)
			}
		}
	})
}

// Answers to a program do not tell what a value was, and follow its language.
func TestProblemsSpeakTheLanguage(t *testing.T) {
	t.Parallel()
	x := newHouse(t, testkit.SQLite(t))
	x.add("hoa", x.w.Citizen("Nông Thị Hoa", 0))
	draft := x.post("hoa", "/drafts", object{"procedure": birth, "agency": x.w.Unit(banglung).String()}).want(201)
	submit := "/drafts/" + draft.text("id") + "/submit"
	vi := x.post("hoa", submit, nil).want(422, "dossier.incomplete")
	en := x.send("hoa", "POST", submit, nil, "Accept-Language", "en").want(422, "dossier.incomplete")
	if vi.text("detail") == en.text("detail") || len(vi.list("errors")) == 0 || vi.list("errors")[0].text("message") == en.list("errors")[0].text("message") {
		t.Errorf("Vietnamese %v, English %v", vi, en)
	}
	for _, e := range vi.list("errors") {
		if m := e.text("message"); m == "" || m == e.text("code") {
			t.Errorf("no words for %v", e)
		}
	}
	x.post("hoa", "/drafts", object{"procedure": birth, "agency": x.w.Unit("so-ldtbxh").String()}).want(409, "dossier.not_offered")
	x.post("hoa", "/drafts", object{"procedure": "9.999999", "agency": x.w.Unit(banglung).String()}).want(404)
	x.send("hoa", "DELETE", "/drafts/"+draft.text("id"), nil).want(204)
	x.get("hoa", "/drafts/"+draft.text("id")).want(404)
	x.post("", "/drafts", object{}).want(401)
}

// A token acts for its official within its scopes; drafts and uploads ask for a scope too, though
// they need no grant.
func TestTokensKeepToTheirScopes(t *testing.T) {
	t.Parallel()
	x := newHouse(t, testkit.SQLite(t))
	x.commune(banglung)
	draft := x.post("receiver", "/drafts", object{"procedure": birth, "agency": x.w.Unit(banglung).String(), "channel": 1}).want(201).text("id")
	file := x.attach("receiver", draft, "paper", "giay-chung-sinh").want(201).text("id")
	token := func(name string, scopes ...string) string {
		a := x.actors["receiver"]
		a.Kind, a.Scopes = actor.Token, scopes
		x.actors[name] = a
		return name
	}
	stats, read, full := token("stats", "stats.read"), token("read", "dossier.read"), token("full", "dossier.*")
	for _, r := range []struct{ method, path string }{{"GET", "/drafts"}, {"GET", "/drafts/" + draft}, {"GET", "/drafts/" + draft + "/problems"},
		{"POST", "/drafts/" + draft + "/submit"}, {"DELETE", "/drafts/" + draft}, {"DELETE", "/files/" + file}, {"HEAD", "/uploads/" + file}} {
		for _, who := range []string{stats, read} {
			if got := x.send(who, r.method, r.path, nil); got.status != 403 {
				t.Errorf("%s: %s %s answered %d", who, r.method, r.path, got.status)
			}
		}
	}
	x.get(stats, "/files/"+file).want(403)
	x.get(stats, "/worklist").want(403)
	x.get(full, "/drafts/"+draft).want(200)
	code := x.filed(full, birth, banglung, dossier.Counter).text("code")
	x.get(read, "/dossiers/"+code).want(200)
	x.get(stats, "/dossiers/"+code).want(404)
	x.post(read, "/dossiers/"+code+"/withdraw", nil).want(404)
	x.post(read, "/dossiers/"+code+"/correct", object{"data": object{}, "reason": "x"}).want(403)
}

// Uploads come in pieces, survive interruptions and are judged by their content.
func TestUploads(t *testing.T) {
	t.Parallel()
	x := newHouse(t, testkit.SQLite(t))
	x.add("hoa", x.w.Citizen("Nông Thị Hoa", 0))
	x.add("other", x.w.Citizen("Somebody else", 2))
	draft := x.post("hoa", "/drafts", object{"procedure": birth, "agency": x.w.Unit(banglung).String()}).want(201).text("id")
	announce := object{"dossier": draft, "component": "giay-chung-sinh", "name": "giấy \"chứng sinh\".pdf", "size": len(pdf)}
	x.post("other", "/uploads", announce).want(404)
	u := x.send("hoa", "POST", "/uploads", announce, "Idempotency-Key", "u1")
	file := u.want(201).text("file")
	if again := x.send("hoa", "POST", "/uploads", announce, "Idempotency-Key", "u1"); again.want(201).text("file") != file {
		t.Error("the same announcement made another upload")
	}
	at := "/uploads/" + file
	if u.header.Get("Location") != "/api/v1"+at || u.header.Get("Upload-Offset") != "0" {
		t.Errorf("announced: %v", u.header)
	}
	piece := func(token string, offset int, s string) answer {
		return x.send(token, "PATCH", at, strings.NewReader(s), "Content-Type", "application/offset+octet-stream", "Upload-Offset", fmt.Sprint(offset))
	}
	if o := piece("hoa", 0, pdf[:10]).want(200); o.int("offset") != 10 || o["done"] != false {
		t.Errorf("first piece: %v", o)
	}
	piece("other", 10, pdf[10:]).want(404)
	piece("hoa", 20, pdf[20:]).want(409)
	x.send("hoa", "PATCH", at, strings.NewReader("x"), "Content-Type", "application/offset+octet-stream").want(422) // no offset
	x.get("hoa", "/files/"+file).want(404)
	if h := x.send("hoa", "HEAD", at, nil); h.status != 200 || h.header.Get("Upload-Offset") != "10" || h.header.Get("Upload-Length") != fmt.Sprint(len(pdf)) {
		t.Errorf("asked: %d %v", h.status, h.header)
	}
	if o := piece("hoa", 10, pdf[10:]).want(200); o["done"] != true || o.text("media") != "application/pdf" {
		t.Errorf("last piece: %v", o)
	}
	got := x.get("hoa", "/files/"+file)
	if got.status != 200 || string(got.raw) != pdf || !strings.Contains(got.header.Get("Content-Disposition"), "filename*=utf-8''gi%E1%BA%A5y") {
		t.Errorf("downloaded %d %v", got.status, got.header)
	}
	if same := x.send("hoa", "GET", "/files/"+file, nil, "If-None-Match", got.header.Get("ETag")); same.status != 304 {
		t.Errorf("not changed: %d", same.status)
	}
	x.get("other", "/files/"+file).want(404)
	x.send("other", "DELETE", "/files/"+file, nil).want(404)
	x.send("hoa", "DELETE", "/files/"+file, nil).want(204)
	if files := x.get("hoa", "/drafts/"+draft).want(200).list("files"); len(files) != 0 {
		t.Errorf("left %v", files)
	}

	at = "/uploads/" + x.post("hoa", "/uploads", announce).want(201).text("file")
	piece("hoa", 0, pdf+"and more than announced").want(413)
	announce["size"] = dossier.MaxFile + 1
	x.post("hoa", "/uploads", announce).want(422)

	whole := func(field, name, content string) answer {
		body, ctype := multipartFile(t, field, name, content)
		return x.send("hoa", "POST", "/files?dossier="+draft, body, "Content-Type", ctype)
	}
	whole("file", "x.pdf", "").want(422, "dossier.file_empty")
	whole("file", "anh.pdf", "<html><script>alert(1)</script>").want(422, "dossier.file_type")
	whole("file", "tep.pdf", "MZ\x90\x00 a program that calls itself a PDF").want(422, "dossier.file_type")
	whole("other", "x.pdf", pdf).want(422, "dossierapi.no_file_part")
	whole("file", "x.pdf", "%PDF-1.4\n"+strings.Repeat("x", dossier.MaxFile)).want(413)
	x.send("hoa", "POST", "/files?dossier="+draft, strings.NewReader("{}")).want(422, "dossierapi.no_file_part")
	x.send("hoa", "POST", "/files?dossier="+draft, strings.NewReader("cut off"), "Content-Type", "multipart/form-data; boundary=b").want(422, "dossierapi.no_file_part")
	for _, f := range x.get("hoa", "/drafts/"+draft).want(200).list("files") {
		if f["done"] == true {
			t.Errorf("a refused file stays: %v", f)
		}
	}
}
