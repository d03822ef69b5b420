package dossier

import (
	"context"
	"database/sql"
	"fmt"

	"lienthong/internal/kit/db"
)

// maxHalves bounds how many dossiers Whole names for each thing that is wrong.
const maxHalves = 20

// Whole looks for dossiers of which only a part is stored, which no crash may leave behind: an act is
// one transaction. It returns a sentence for each, at most 20 of a kind; doctor calls it.
func (s *Service) Whole(ctx context.Context) ([]string, error) {
	var bad []string
	for _, c := range []struct{ what, query string }{
		{"its history has gaps", `SELECT d.code FROM dossier_dossier d WHERE d.entries <> (SELECT count(*) FROM dossier_entry e
			WHERE e.dossier_id = d.id AND e.n BETWEEN 1 AND d.entries)`},
		{"it is open and nobody has a task", `SELECT d.code FROM dossier_dossier d WHERE d.finished_at = 0
			AND NOT EXISTS (SELECT 1 FROM dossier_task t WHERE t.dossier_id = d.id AND t.state = 'open')`},
		{"it is handed over and somebody still has a task", `SELECT d.code FROM dossier_dossier d WHERE d.status IN (3, 7, 10)
			AND EXISTS (SELECT 1 FROM dossier_task t WHERE t.dossier_id = d.id AND t.state = 'open')`},
		{"the agency that holds it takes no part in it", `SELECT d.code FROM dossier_dossier d
			WHERE NOT EXISTS (SELECT 1 FROM dossier_party p WHERE p.dossier_id = d.id AND p.agency_id = d.holder_id)`},
		{"it is still a draft as well", `SELECT d.code FROM dossier_dossier d JOIN dossier_draft x ON x.id = d.id`},
		{"a paper of it never arrived whole", `SELECT DISTINCT d.code FROM dossier_dossier d JOIN dossier_file f ON f.dossier_id = d.id
			WHERE f.sum = '' AND f.kind = 'paper'`},
		{"it waits for the applicant and asks for nothing", `SELECT d.code FROM dossier_dossier d WHERE d.status = 5
			AND NOT EXISTS (SELECT 1 FROM dossier_supplement s WHERE s.dossier_id = d.id AND s.state = 'sent')`},
	} {
		rows, err := s.DB.Read(ctx).Query(c.query+` LIMIT $1`, maxHalves)
		codes, err := db.Collect[string](rows, err)(func(r *sql.Rows) (code string, err error) { return code, r.Scan(&code) })
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.what, err)
		}
		for _, code := range codes {
			bad = append(bad, "dossier "+code+": "+c.what)
		}
	}
	return bad, nil
}

// Holders returns, at most 20, the codes of dossiers and the identifiers of drafts that refer to the
// stored file, so that doctor can say whose file is damaged.
func (s *Service) Holders(ctx context.Context, sum string) ([]string, error) {
	rows, err := s.DB.Read(ctx).Query(`SELECT f.dossier_id, d.code, f.name FROM dossier_file f
		LEFT JOIN dossier_dossier d ON d.id = f.dossier_id WHERE f.sum = $1 ORDER BY f.dossier_id LIMIT $2`, sum, maxHalves)
	return db.Collect[string](rows, err)(func(r *sql.Rows) (string, error) {
		var f File
		var code sql.NullString
		if err := r.Scan(&f.Dossier, &code, &f.Name); err != nil {
			return "", err
		}
		if code.Valid {
			return fmt.Sprintf("dossier %s (%s)", code.String, f.Name), nil
		}
		return fmt.Sprintf("draft %s (%s)", f.Dossier, f.Name), nil
	})
}
