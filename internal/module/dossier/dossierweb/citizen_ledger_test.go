package dossierweb_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"lienthong/internal/engine/logproof"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossierweb"
)

// An owner is told in a sentence where a row stands, takes the proof along, and reads the code on the
// receipt; whoever holds code and secret can do so for the receipt.
func TestOwnersCheckTheLedger(t *testing.T) {
	s := newSite(t)
	draft := s.file(t, "hoa")
	home := strings.TrimSuffix(s.post(t, "hoa", draft+"/kiem-tra", nil).next(), "/bien-nhan")
	row := id.ID{7}
	s.looks = []dossierweb.Look{{At: s.Clock.Now(), Who: id.ID{1}, Row: row, What: dossierweb.LookedAtDossier, Agency: "UBND thị trấn"}}
	leaf := logproof.LeafHash([]byte("row"))
	s.line = dossier.Line{Row: row, At: s.Clock.Now(), What: dossierweb.LookedAtDossier, State: dossier.LineWhole, Place: 12, Code: logproof.CodeOf(12, leaf).String(),
		Head: logproof.Head{Size: 20, Root: leaf, At: s.Clock.Now()}, Proof: logproof.Inclusion{Format: logproof.FormatInclusion, Index: 12, LeafHash: leaf}}

	s.get(t, "hoa", home).is(http.StatusOK).has("Kiểm tra sổ", home+"/so")
	s.get(t, "hoa", home+"/so").is(http.StatusOK).has(home+"/so/bien-nhan", home+"/so/"+row.String(), "Mở xem hồ sơ", "UBND thị trấn", s.line.Code)
	s.get(t, "hoa", home+"/so/"+row.String()).is(http.StatusOK).has("Dòng này đứng ở số 12 của sổ nhật ký", "chưa bị sửa", leaf.String(), "Tải bằng chứng")
	s.get(t, "hoa", "/en"+home+"/so/"+row.String()).is(http.StatusOK).has("This row stands as number 12 in the ledger")
	if a := s.get(t, "hoa", home+"/so/bien-nhan/bang-chung.json").is(http.StatusOK).has(leaf.String()); !strings.Contains(a.head.Get("Content-Disposition"), "bang-chung-") {
		t.Errorf("the proof is not a file: %v", a.head)
	}
	s.get(t, "hoa", home+"/bien-nhan").is(http.StatusOK).has("Mã kiểm tra sổ nhật ký", s.line.Code, "https://dvc.example.vn/so-nhat-ky")
	s.get(t, "hoa", home+"/so/"+id.ID{8}.String()).is(http.StatusNotFound)
	s.get(t, "hoa", home+"/so/x").is(http.StatusNotFound)
	for _, path := range []string{"/so", "/so/bien-nhan", "/so/" + row.String() + "/bang-chung.json"} {
		s.get(t, "khac", home+path).is(http.StatusNotFound).lacks(leaf.String())
	}

	code := home[strings.LastIndexByte(home, '/')+1:]
	d, err := s.Dossiers.LedgerID(t.Context(), strings.ToLower(code))
	must(t, err)
	keys := url.Values{"ma": {code}, "bm": {s.Dossiers.Secret(d, 0)}}
	s.post(t, "", "/tra-cuu", keys).is(http.StatusOK).has(`action="/tra-cuu/so"`)
	s.post(t, "", "/tra-cuu/so", keys).is(http.StatusOK).has("Dòng này đứng ở số 12", `action="/tra-cuu/so/bang-chung"`)
	s.post(t, "", "/tra-cuu/so/bang-chung", keys).is(http.StatusOK).has(leaf.String())
	s.post(t, "", "/tra-cuu/so/bang-chung", url.Values{"ma": {code}, "bm": {"AAA-AAA-AAA"}}).is(http.StatusUnprocessableEntity).lacks(leaf.String())

	s.line.State = dossier.LineAltered
	s.get(t, "hoa", home+"/so/bien-nhan").is(http.StatusOK).has("KHÔNG khớp").lacks("Tải bằng chứng")
	s.get(t, "hoa", home+"/so/bien-nhan/bang-chung.json").is(http.StatusConflict)
	s.line.State, s.line.Place, s.line.Code = dossier.LineWaiting, -1, ""
	s.get(t, "hoa", home+"/so/bien-nhan").is(http.StatusOK).has("Xem lại").lacks("Tải bằng chứng")
	s.get(t, "hoa", home+"/so/bien-nhan/bang-chung.json").is(http.StatusConflict)
	s.get(t, "hoa", home+"/bien-nhan").is(http.StatusOK).lacks("Mã kiểm tra sổ nhật ký")
	s.post(t, "", "/tra-cuu/so", keys).is(http.StatusOK).has("sau giây lát")
}
