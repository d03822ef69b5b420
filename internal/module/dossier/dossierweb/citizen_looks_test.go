package dossierweb_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier/dossierweb"
)

func TestOwnersReadWhoLooked(t *testing.T) {
	s := newSite(t)
	draft := s.file(t, "hoa")
	home := strings.TrimSuffix(s.post(t, "hoa", draft+"/kiem-tra", nil).next(), "/bien-nhan")
	s.get(t, "hoa", home).is(http.StatusOK).has("Ai đã xem hồ sơ của bạn", "Chưa cơ quan nào mở hồ sơ này")

	now := s.Clock.Now()
	desk := dossierweb.Look{At: now, Who: id.ID{1}, What: dossierweb.LookedAtDossier, Agency: "UBND thị trấn", Unit: "Bộ phận Một cửa", Post: "Công chức tiếp nhận"}
	s.looks = []dossierweb.Look{desk, desk, desk, {At: now, Who: id.ID{1}, What: dossierweb.LookedAtFile, Agency: "UBND thị trấn"},
		{At: now, Who: id.ID{2}, What: dossierweb.LookedAtDossier, Agency: "Sở Tư pháp", Program: true}, {At: now, What: dossierweb.TookResult}}
	s.get(t, "hoa", home).is(http.StatusOK).has("Mở xem hồ sơ", "(3 lần)", "Bộ phận Một cửa, UBND thị trấn", "Công chức tiếp nhận",
		"Hệ thống kết nối của cơ quan", "Người có mã tra cứu").lacks("dòng</summary>")
	s.get(t, "hoa", "/en"+home).is(http.StatusOK).has("Who looked at your dossier", "(3 times)")
	for n := range 6 {
		l := desk
		l.At, l.Agency = now.Add(-time.Duration(n+1)*48*time.Hour), fmt.Sprintf("Cơ quan %d", n)
		s.looks = append(s.looks, l)
	}
	s.get(t, "hoa", home).is(http.StatusOK).has("Xem thêm 5 dòng", "Cơ quan 5")
	s.get(t, "khac", home).is(http.StatusNotFound).lacks("Cơ quan")
}
