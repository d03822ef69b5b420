package dossierapi_test

import (
	"slices"
	"testing"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
)

// all walks a list page by page and returns one value of each line.
func (x *house) all(token, path string, limit int, key string) (pages int, lines []string) {
	x.t.Helper()
	next := ""
	for {
		sep := "?"
		if slices.Contains([]byte(path), '?') {
			sep = "&"
		}
		p := x.get(token, path+sep+"limit="+string(rune('0'+limit))+"&cursor="+next).want(200)
		pages++
		for _, it := range p.list("items") {
			lines = append(lines, it.text(key))
		}
		if next = p.text("next"); next == "" || pages > 20 {
			return pages, lines
		}
	}
}

func TestListsArePaged(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		x := newHouse(t, d)
		x.commune(banglung)
		x.add("hoa", x.w.Citizen("Nông Thị Hoa", 0))
		x.add("khac", x.w.Citizen("Người khác", 0))
		var codes, drafts []string
		for range 5 { // at one instant: the order within it is by id, and no line is lost or twice
			codes = append(codes, x.filed("hoa", birth, banglung, dossier.Online).text("code"))
		}
		x.filed("khac", birth, banglung, dossier.Online)
		for i := range 5 {
			x.w.Later(time.Duration(i%2) * time.Second)
			drafts = append(drafts, x.post("hoa", "/drafts", object{"procedure": birth, "agency": x.w.Unit(banglung).String()}).want(201).text("id"))
		}
		pages, got := x.all("hoa", "/dossiers", 2, "code")
		slices.Reverse(codes)
		if pages != 3 || !slices.Equal(got, codes) {
			t.Errorf("%d pages of dossiers: %v, want %v", pages, got, codes)
		}
		pages, got = x.all("hoa", "/drafts", 2, "id")
		slices.Reverse(drafts)
		if pages != 3 || !slices.Equal(got, drafts) {
			t.Errorf("%d pages of drafts: %v, want %v", pages, got, drafts)
		}
		for _, path := range []string{"/dossiers", "/drafts"} {
			x.get("hoa", path+"?cursor=x").want(422, "rest.bad_cursor")
		}

		// Hand-overs: the same lists seen from both sides.
		code := x.filed("receiver", birth, banglung, dossier.Counter).text("code")
		must(t, d.Write(t.Context(), func(tx *db.Tx) error {
			who := x.actors["receiver"]
			for i := range 5 {
				state := "sent"
				if i == 4 {
					state = "confirmed"
				}
				_, err := tx.Exec(`INSERT INTO dossier_handover (id, agency_id, from_unit, to_unit, state, created_by, created_name,
					created_at, taken_by, taken_name, taken_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, '', 0)`,
					x.w.IDs.New(), who.Agency, x.w.Unit(district), who.Unit, state, who.Account, "Người giao", 1000+i/2)
				if err != nil {
					return err
				}
			}
			return nil
		}))
		pages, got = x.all("receiver", "/handovers", 2, "id")
		slices.Sort(got)
		if pages != 3 || len(slices.Compact(got)) != 5 {
			t.Errorf("%d pages of hand-overs: %v", pages, got)
		}
		if _, got = x.all("receiver", "/handovers?incoming=true", 3, "id"); len(got) != 4 {
			t.Errorf("%d wait for the unit", len(got))
		}

		// Requests that wait for a leader.
		var ids []string
		must(t, d.Write(t.Context(), func(tx *db.Tx) error {
			ids = nil
			var dossierID []byte
			if err := tx.QueryRow(`SELECT id FROM dossier_dossier WHERE code = $1`, code).Scan(&dossierID); err != nil {
				return err
			}
			for i := range 5 {
				n := x.w.IDs.New()
				ids = append(ids, n.String())
				_, err := tx.Exec(`INSERT INTO dossier_supplement (id, dossier_id, n, state, task_id, agency_id, items, reason, asked_by, asked_name,
					asked_at, approved_at, answered_at, answer) VALUES ($1, $2, $3, 'proposed', $1, $4, '[]', '', $5, '', $6, 0, 0, '')`,
					n, dossierID, i+1, x.actors["leader"].Agency, x.actors["leader"].Account, 1000+i/2)
				if err != nil {
					return err
				}
			}
			return nil
		}))
		if pages, got = x.all("leader", "/supplements/proposed", 2, "id"); pages != 3 || !slices.Equal(got, ids) {
			t.Errorf("%d pages of proposals: %v, want %v", pages, got, ids)
		}
		x.add("elsewhere", x.w.Staff("Nơi khác", "xa-01834", "leader"))
		if _, got = x.all("elsewhere", "/supplements/proposed", 2, "id"); len(got) != 0 {
			t.Errorf("another agency's leader reads %v", got)
		}
	})
}

func TestLooksAndPapers(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		x := newHouse(t, d)
		x.commune(banglung)
		x.add("hoa", x.w.Citizen("Nông Thị Hoa", 0))
		x.add("khac", x.w.Citizen("Người khác", 0))
		x.add("elsewhere", x.w.Staff("Nơi khác", "xa-01834", "leader"))
		code := x.filed("hoa", birth, banglung, dossier.Online).text("code")
		x.looks = []dossier.Look{{At: x.w.Clock.Now(), What: "read", Agency: "UBND thị trấn", Post: "Công chức"}, {At: x.w.Clock.Now(), What: "paper"}}
		l := x.get("hoa", "/dossiers/"+code+"/looks").want(200).list("items")
		if len(l) != 2 || l[0].text("agency") != "UBND thị trấn" || l[1].text("what") != "paper" {
			t.Errorf("looks %v", l)
		}
		x.line = dossier.Line{Row: id.ID{3}, State: dossier.LineWhole, Place: 4, Code: "0004-X"}
		for _, row := range []string{"receipt", x.line.Row.String()} {
			of := "/dossiers/" + code + "/ledger/" + row
			if a := x.get("hoa", of).want(200); a.text("state") != "whole" || a.int("place") != 4 || a.object("proof") == nil {
				t.Errorf("%v", a)
			}
			x.get("khac", of).want(404)
			x.get("receiver", of).want(403)
			x.get("", of).want(401)
		}
		x.get("hoa", "/dossiers/"+code+"/ledger/"+id.ID{4}.String()).want(404)
		x.get("hoa", "/dossiers/"+code+"/ledger/x").want(404)
		x.line.State = dossier.LineAltered
		if a := x.get("hoa", "/dossiers/"+code+"/ledger/receipt").want(200); a.object("proof") != nil || a.text("state") != "altered" {
			t.Errorf("%v", a)
		}
		x.get("khac", "/dossiers/"+code+"/looks").want(404)
		x.get("elsewhere", "/dossiers/"+code+"/looks").want(404)
		x.get("receiver", "/dossiers/"+code+"/looks").want(403)
		x.get("", "/dossiers/"+code+"/looks").want(401)

		if l := x.get("hoa", "/dossiers/"+code+"/papers").want(200).list("items"); len(l) != 0 {
			t.Errorf("papers before the receipt: %v", l)
		}
		x.forward("receiver", code, "receive")
		own := x.get("hoa", "/dossiers/"+code+"/papers/receipt").want(200)
		desk := x.get("receiver", "/dossiers/"+code+"/papers/receipt").want(200)
		if own.text("lookup_secret") == "" || own.text("lookup_secret") != desk.text("lookup_secret") || own.text("due_at") == "" ||
			len(own.list("handed_in")) == 0 || own.text("receiver") != "" || desk.text("receiver") == "" || own.object("issuer").text("name") == "" {
			t.Errorf("own %v\ndesk %v", own, desk)
		}
		if x.get("leader", "/dossiers/"+code+"/papers/receipt").want(200).text("lookup_secret") != "" {
			t.Error("the secret is given to who does not print receipts")
		}
		x.get("hoa", "/dossiers/"+code+"/papers/control-sheet").want(404)
		x.get("hoa", "/dossiers/"+code+"/papers/refusal").want(404)
		x.get("hoa", "/dossiers/"+code+"/papers/nonsense").want(422)
		if p := x.get("leader", "/dossiers/"+code+"/papers/control-sheet").want(200).list("passages"); len(p) == 0 || p[0].text("giver") == "" {
			t.Errorf("passages %v", p)
		}
		x.get("khac", "/dossiers/"+code+"/papers").want(404)
		x.get("elsewhere", "/dossiers/"+code+"/papers").want(404)
	})
}
