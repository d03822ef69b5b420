package iamapi_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"lienthong/internal/engine/logproof"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/iam/iamtest"
)

// Heads, keys, consistency and codes are for everybody; search and export for auditors alone.
func TestLedgerForEverybody(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h, s := site(t, d)
		h.Official("giamsat", "tinh", "auditor")
		h.Official("nga", "huyen.mot-cua", "receiver")
		enter := func(login string) string {
			t.Helper()
			var out struct{ Token string }
			want(t, s.Call("POST", "/auth/staff-token", "", m{"login": login, "password": iamtest.PasswordOf(login)}, &out), 200)
			return out.Token
		}
		auditor, nga := enter("giamsat"), enter("nga")
		want(t, s.Call("GET", "/ledger/heads/newest", "", nil, nil), 404)
		seq := iam.Sequencer{Ledger: h.Ledger, Name: "test"}
		agency := h.Unit("huyen").ID
		for range 2 {
			if err := d.Write(t.Context(), func(tx *db.Tx) error {
				return h.Ledger.Record(tx, actor.Actor{Kind: actor.Staff, Account: id.ID{1}, Agency: agency}, "dossier.submitted", "dossier", oneDossier, nil)
			}); err != nil {
				t.Fatal(err)
			}
			if err := seq.Catch(t.Context()); err != nil {
				t.Fatal(err)
			}
			h.Clock.Move(11 * time.Minute)
		}
		if err := seq.Catch(t.Context()); err != nil {
			t.Fatal(err)
		}
		var keys struct{ Keys []string }
		want(t, s.Call("GET", "/ledger/keys", "", nil, &keys), 200)
		key, err := logproof.ReadKey(keys.Keys[0])
		if err != nil {
			t.Fatal(err)
		}
		var page struct {
			Items []struct {
				Size int64
				Note string
			}
			Next string
		}
		want(t, s.Call("GET", "/ledger/heads?limit=1", "", nil, &page), 200)
		last := page.Items[0]
		want(t, s.Call("GET", "/ledger/heads?limit=1&cursor="+page.Next, "", nil, &page), 200)
		first := page.Items[0]
		want(t, s.Call("GET", "/ledger/heads?day="+h.Clock.Now().Format("2006-01-02"), "", nil, nil), 200, first.Note[:30])
		want(t, s.Call("GET", "/ledger/heads?day=heute", "", nil, nil), 422, "query.day")
		want(t, s.Call("GET", "/ledger/heads?cursor=x", "", nil, nil), 422)
		want(t, s.Call("GET", fmt.Sprintf("/ledger/heads/%d", first.Size), "", nil, nil), 200)
		if hd, _, err := logproof.ReadNote(last.Note, []logproof.Key{key}); err != nil || hd.Size != last.Size || first.Size >= last.Size {
			t.Errorf("%+v %v", hd, err)
		}
		a := s.Call("GET", fmt.Sprintf("/ledger/consistency?first=%d&second=%d", first.Size, last.Size), "", nil, nil)
		if _, err := logproof.Check([]byte(a.Body), []logproof.Key{key}); a.Status != 200 || err != nil {
			t.Errorf("%d %s %v", a.Status, a.Body, err)
		}
		want(t, s.Call("GET", fmt.Sprintf("/ledger/consistency?first=%d&second=%d", last.Size, first.Size), "", nil, nil), 422)
		es, err := h.Ledger.ByObject(t.Context(), "dossier", oneDossier)
		if err != nil {
			t.Fatal(err)
		}
		code, err := h.Ledger.CodeOf(t.Context(), es[0])
		if err != nil {
			t.Fatal(err)
		}
		want(t, s.Call("POST", "/ledger/check", "", m{"code": code}, nil), 200, `"unaltered":true`, fmt.Sprintf(`"place":%d`, *es[0].Seq))
		want(t, s.Call("POST", "/ledger/check", "", m{"code": "x"}, nil), 422, "iam.ledger_code_form")

		for _, path := range []string{"/ledger", "/ledger/export"} {
			want(t, s.Call("GET", path, "", nil, nil), 401)
			want(t, s.Call("GET", path, nga, nil, nil), 403)
			want(t, s.Call("GET", path+"?dossier=000.00.01.H03-210615-0001", auditor, nil, nil), 200, "dossier.submitted")
			want(t, s.Call("GET", path+"?agency="+agency.String()+"&action=dossier.", auditor, nil, nil), 200, "dossier.submitted")
			want(t, s.Call("GET", path+"?dossier=no", auditor, nil, nil), 404)
			want(t, s.Call("GET", path+"?agency=x", auditor, nil, nil), 422, "query.agency")
		}
		a = s.Call("GET", "/ledger/export?format=csv&action=dossier.", auditor, nil, nil)
		if !strings.HasPrefix(a.Body, "\uFEFFplace,id,at") || !strings.Contains(a.Header.Get("Content-Disposition"), ".csv") {
			t.Errorf("%s %v", a.Body, a.Header)
		}
		a = s.Call("GET", "/ledger/export?action=dossier.", auditor, nil, nil)
		var end struct {
			Rows int
			Head string
		}
		n := 0
		for sc := bufio.NewScanner(strings.NewReader(a.Body)); sc.Scan(); n++ {
			if err := json.Unmarshal(sc.Bytes(), &end); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := logproof.ReadNote(end.Head, []logproof.Key{key}); err != nil || n != 3 || end.Rows != 2 {
			t.Errorf("%s: %v", a.Body, err)
		}
		if r, err := h.Ledger.Verify(t.Context()); err != nil || !r.Whole() || r.Pending == 0 {
			t.Errorf("exports left no rows, or the ledger is not whole: %+v %v", r, err)
		}
	})
}
