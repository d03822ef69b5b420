package iamweb_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"lienthong/internal/engine/logproof"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/kit/web"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/iam/iamtest"
	"lienthong/internal/module/iam/iamweb"
)

// fill records acts about one dossier and gives all rows of the house their place.
func fill(t *testing.T, h iamtest.House, n int) []iam.LedgerEntry {
	t.Helper()
	for range n {
		if err := h.DB.Write(t.Context(), func(tx *db.Tx) error {
			return h.Ledger.Record(tx, actor.Actor{Kind: actor.Staff, Account: id.ID{1}}, "dossier.read", "dossier", id.ID{9}, nil)
		}); err != nil {
			t.Fatal(err)
		}
		h.Clock.Move(time.Second)
	}
	s := iam.Sequencer{Ledger: h.Ledger, Name: "test"}
	if err := s.Catch(t.Context()); err != nil {
		t.Fatal(err)
	}
	es, err := h.Ledger.ByObject(t.Context(), "dossier", id.ID{9})
	if err != nil {
		t.Fatal(err)
	}
	return es
}

// Anybody checks a code, takes heads, keys and proofs along, and learns nothing of what a row is about.
func TestPublicLedger(t *testing.T) {
	h, s := site(t)
	b := s.Browser()
	want(t, b.Get("/so-nhat-ky"), 200, "Kiểm tra sổ nhật ký", "Chưa có mốc nào")
	want(t, b.Get("/so-nhat-ky/moc/moi-nhat"), 404)
	es := fill(t, h, 3)
	h.Clock.Move(11 * time.Minute)
	es = append(fill(t, h, 2), es...)
	code, err := h.Ledger.CodeOf(t.Context(), es[0])
	if err != nil {
		t.Fatal(err)
	}
	a := b.Post("/so-nhat-ky", url.Values{"ma": {strings.ToLower(code)}})
	want(t, a, 200, fmt.Sprintf("Dòng số %d đứng trong sổ nhật ký", *es[0].Seq), "Tải bằng chứng")
	for _, secret := range []string{"dossier.read", es[0].ID.String(), es[0].ObjectID.String(), "Mở xem"} {
		if strings.Contains(a.Body, secret) {
			t.Errorf("the answer tells of %s", secret)
		}
	}
	proof := b.Post("/so-nhat-ky/bang-chung", url.Values{"ma": {code}})
	want(t, proof, 200, `"path"`)
	if !strings.Contains(proof.Header.Get("Content-Disposition"), "bang-chung-") || strings.Contains(proof.Body, `"leaf":`) {
		t.Errorf("the proof is not a file of hashes alone: %s", proof.Body)
	}
	keys := b.Get("/so-nhat-ky/khoa")
	want(t, keys, 200, "lienthong-ledger-")
	key, err := logproof.ReadKey(keys.Body)
	if err != nil {
		t.Fatal(err)
	}
	trusted := []logproof.Key{key}
	if f, err := logproof.Check([]byte(proof.Body), trusted); err != nil || f.Index != *es[0].Seq {
		t.Errorf("%+v %v", f, err)
	}
	newest := b.Get("/so-nhat-ky/moc/moi-nhat")
	head, _, err := logproof.ReadNote(newest.Body, trusted)
	if err != nil {
		t.Fatal(err)
	}
	first, err := h.Ledger.Heads(t.Context(), nil, head.Size, 1)
	if err != nil || len(first) != 1 {
		t.Fatalf("%+v %v", first, err)
	}
	want(t, b.Get(fmt.Sprintf("/so-nhat-ky/moc/%d", first[0].Size)), 200, first[0].Root.String())
	c := b.Get(fmt.Sprintf("/so-nhat-ky/noi-tiep?tu=%d&den=%d", first[0].Size, head.Size))
	if f, err := logproof.Check([]byte(c.Body), trusted); err != nil || f.Heads[1].Size != head.Size {
		t.Errorf("%+v %v", f, err)
	}
	want(t, b.Get("/so-nhat-ky/moc/99999"), 404)
	want(t, b.Get("/so-nhat-ky/moc/x"), 404)
	want(t, b.Get("/so-nhat-ky/noi-tiep?tu=x"), 404)
	want(t, b.Get("/so-nhat-ky?ngay="+h.Clock.Now().Format("2006-01-02")), 200, "Bằng chứng nối tiếp", fmt.Sprintf("/so-nhat-ky/moc/%d", first[0].Size))
	want(t, b.Get("/so-nhat-ky?ngay=1999-01-01"), 200, "Chưa có mốc nào")
	want(t, b.Get("/en/so-nhat-ky"), 200, "Check the ledger")

	want(t, b.Post("/so-nhat-ky", url.Values{"ma": {"0000-0000"}}), 422, "<title>Lỗi: ", "Đây không phải mã kiểm tra", `value="0000-0000"`)
	wrong := url.Values{"ma": {logproof.CodeOf(2, logproof.Hash{1}).String()}}
	want(t, b.Post("/so-nhat-ky", wrong), 422, "không có dòng nào mang mã này")
	for range 59 {
		b.Post("/so-nhat-ky", wrong)
	}
	if a := b.Post("/so-nhat-ky", wrong); a.Status != 429 || a.Header.Get("Retry-After") == "" {
		t.Errorf("the 61st wrong code is answered %d", a.Status)
	}
}

// An altered row is called so.
func TestPublicLedgerSaysAltered(t *testing.T) {
	h, s := site(t)
	es := fill(t, h, 1)
	code, err := h.Ledger.CodeOf(t.Context(), es[0])
	if err != nil {
		t.Fatal(err)
	}
	exec := func(q string, args ...any) {
		t.Helper()
		if err := h.DB.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(q, args...); return err }); err != nil {
			t.Fatal(err)
		}
	}
	exec("UPDATE iam_ledger SET action = 'dossier.lie' WHERE id = $1", es[0].ID)
	want(t, s.Browser().Post("/so-nhat-ky", url.Values{"ma": {code}}), 200, "KHÔNG khớp")
	want(t, s.Browser().Post("/so-nhat-ky/bang-chung", url.Values{"ma": {code}}), 409)
	exec("UPDATE iam_ledger_head SET sig = $1", make([]byte, 64))
	want(t, s.Browser().Get("/so-nhat-ky"), 200, "Chữ ký của mốc mới nhất không đúng")
}

type oneDossier struct{}

func (oneDossier) LedgerID(_ context.Context, code string) (id.ID, error) {
	if code != "H03-1" {
		return id.ID{}, fault.New(fault.NotFound, "iam.ledger_row_unknown")
	}
	return id.ID{9}, nil
}

// Auditors search by dossier, person and agency, see one row with its proof, and take rows along in a
// file that ends with the signed head.
func TestAuditorsPages(t *testing.T) {
	h := iamtest.New(t, testkit.SQLite(t))
	s := h.Serve(func(r *web.Router) {
		iamweb.Routes(r, &iamweb.Handlers{IAM: h.Service, Dossiers: oneDossier{}})
	}, nil)
	h.Official("giamsat", "tinh", "auditor")
	h.Official("nga", "huyen.mot-cua", "receiver")
	b, nga := s.As(h.Enter("giamsat")), s.As(h.Enter("nga"))
	es := fill(t, h, 2)
	const list = "/quan-tri/nhat-ky"
	want(t, b.Get(list+"?dossier=H03-1"), 200, "dossier.read", "dong/"+es[0].ID.String(), "UBND huyện", `name="dossier" value="H03-1"`)
	want(t, b.Get(list+"?dossier=H03-2"), 200, "Không có dòng nhật ký nào")
	want(t, b.Get(list+"?login="+es[0].ActorID.String()), 200, "dossier.read")
	want(t, b.Get(list+"?agency="+h.Unit("huyen").ID.String()+"&dossier=H03-1"), 200, "Không có dòng nhật ký nào")
	want(t, b.Get(list+"?agency=x"), 422)

	row := list + "/dong/" + es[0].ID.String()
	want(t, b.Get(row), 200, fmt.Sprintf("Dòng số %d đứng trong sổ nhật ký", *es[0].Seq), "dossier.read")
	file := b.Get(row + "/bang-chung.json")
	if f, err := logproof.Check([]byte(file.Body), h.Ledger.Keys()); err != nil || f.Row.Action != "dossier.read" {
		t.Errorf("%+v %v", f, err)
	}
	want(t, b.Get(list+"/dong/x"), 404)
	want(t, b.Get(list+"/dong/"+id.ID{1}.String()), 404)
	search := url.Values{"dossier": {"H03-1"}, "format": {iam.ExportCSV}}
	for _, a := range []iamtest.Answer{nga.Get(row), nga.Get(row + "/bang-chung.json"), nga.Post(list+"/xuat", search)} {
		want(t, a, 403)
	}
	a := b.Post(list+"/xuat", search)
	want(t, a, 200, "place,id,at", "dossier.read", "\nrows,2,head,", h.Ledger.Origin())
	if !strings.Contains(a.Header.Get("Content-Disposition"), ".csv") {
		t.Errorf("%v", a.Header)
	}
	search.Set("format", "pdf")
	want(t, b.Post(list+"/xuat", search), 422)
	search.Set("dossier", "H03-2")
	want(t, b.Post(list+"/xuat", search), 404)
	want(t, b.Get(list+"?action=iam.ledger"), 200, "Xuất nhật ký hệ thống")
}
