package dossierweb_test

import (
	"net/http"
	"strings"
	"testing"

	"lienthong/internal/kit/db"
	"lienthong/internal/module/dossier"
)

func TestOwnDossiersArePaged(t *testing.T) {
	s := newSite(t)
	home := strings.TrimSuffix(s.post(t, "hoa", s.file(t, "hoa")+"/kiem-tra", nil).next(), "/bien-nhan")
	code := home[strings.LastIndexByte(home, '/')+1:]
	// 50 older ones, copied from the one that was filed.
	must(t, s.DB.Write(t.Context(), func(tx *db.Tx) error {
		cols, err := columns(tx, "dossier_dossier")
		if err != nil {
			return err
		}
		for i := range 50 {
			pick := make([]string, len(cols))
			args := []any{s.IDs.New(), code + "-" + string(rune('a'+i/26)) + string(rune('a'+i%26)), i}
			for j, c := range cols {
				switch pick[j] = c; c {
				case "id":
					pick[j] = "$1"
				case "code":
					pick[j] = "$2"
				case "submitted_at":
					pick[j] = "submitted_at - 1 - $3"
				}
			}
			if _, err := tx.Exec("INSERT INTO dossier_dossier ("+strings.Join(cols, ", ")+") SELECT "+strings.Join(pick, ", ")+
				" FROM dossier_dossier WHERE code = $4", append(args, code)...); err != nil {
				return err
			}
		}
		return nil
	}))
	first := s.get(t, "hoa", "/toi").is(http.StatusOK).has(code+"<", code+"-bw<", "Xem hồ sơ cũ hơn").lacks(code+"-bx<", "Về hồ sơ mới nhất")
	at := first.body[strings.Index(first.body, "/toi?sau=")+len("/toi?sau="):]
	at = at[:strings.IndexByte(at, '"')]
	if dossier.ReadMoment(at).After.Zero() {
		t.Fatalf("the next page is at %q", at)
	}
	s.get(t, "hoa", "/toi?sau="+at).is(http.StatusOK).has(code+"-bx<", "Về hồ sơ mới nhất").lacks(code+"<", code+"-bw<", "Xem hồ sơ cũ hơn")
	s.get(t, "khac", "/toi?sau="+at).is(http.StatusOK).lacks(code)
	s.get(t, "hoa", "/toi?sau=nonsense").is(http.StatusOK).has(code + "<")
}

// columns returns the names of a table's columns.
func columns(tx *db.Tx, table string) ([]string, error) {
	rows, err := tx.Query("SELECT * FROM " + table + " WHERE FALSE")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return rows.Columns()
}
