package dossier

import (
	"context"
	"database/sql"
	"strconv"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// reindexBatch is how many rows one transaction of Reindex writes for.
const reindexBatch = 500

// Reindex writes what lists sort and searches read by, where it is missing: after an upgrade from
// a version without it, and after RequestReindex. It returns for how many dossiers and tasks it
// did. Ended at any moment, it goes on where it stood; done twice, it changes nothing.
func (s *Service) Reindex(ctx context.Context) (n int, err error) {
	for _, batch := range []func(context.Context) (int, error){s.reindexTasks, s.reindexWords} {
		for {
			done, err := batch(ctx)
			n += done
			if err != nil {
				return n, err
			}
			if done < reindexBatch {
				break
			}
		}
	}
	return n, nil
}

// RequestReindex has the words of every dossier written anew by the next Reindex.
func (s *Service) RequestReindex(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO dossier_unindexed (dossier_id) SELECT id FROM dossier_dossier WHERE TRUE ON CONFLICT (dossier_id) DO NOTHING`)
		return err
	})
}

// CheckIndex compares the words kept for the search with the names of the dossiers and returns a
// sentence if any is missing; doctor calls it. What waits for Reindex is not missing.
func (s *Service) CheckIndex(ctx context.Context) (string, error) {
	var missing int
	err := s.DB.Read(ctx).QueryRow(`SELECT count(*) FROM dossier_dossier d WHERE d.applicant_fold <> ''
		AND NOT EXISTS (SELECT 1 FROM dossier_unindexed u WHERE u.dossier_id = d.id)
		AND EXISTS (SELECT 1 FROM dossier_party p WHERE p.dossier_id = d.id AND NOT EXISTS (SELECT 1 FROM dossier_word w
			WHERE w.agency_id = p.agency_id AND w.word = (CASE WHEN d.applicant_fold LIKE '% %'
				THEN substr(d.applicant_fold, 1, ` + firstSpace(s.DB) + ` - 1) ELSE d.applicant_fold END) AND w.dossier_id = d.id))`).Scan(&missing)
	if err != nil || missing == 0 {
		return "", err
	}
	return "dossier search: the words of " + strconv.Itoa(missing) + " dossiers are missing; they will be written anew", nil
}

// firstSpace is where a folded name's first word ends, which each engine finds in its own words.
func firstSpace(d *db.DB) string {
	if d.Engine() == db.Postgres {
		return `position(' ' in d.applicant_fold)`
	}
	return `instr(d.applicant_fold, ' ')`
}

// reindexTasks fills the sort keys of open tasks that have none.
func (s *Service) reindexTasks(ctx context.Context) (int, error) {
	type row struct {
		id                               id.ID
		code, procedure, applicant, name string
		channel                          int
	}
	rows, err := s.DB.Read(ctx).Query(`SELECT t.id, d.code, d.procedure_name, d.applicant_name, t.name, d.channel FROM dossier_task t
		JOIN dossier_dossier d ON d.id = t.dossier_id WHERE t.state = 'open' AND t.d_step = '' AND t.name <> '' ORDER BY t.id LIMIT $1`, reindexBatch)
	list, err := db.Collect[row](rows, err)(func(r *sql.Rows) (x row, err error) {
		return x, r.Scan(&x.id, &x.code, &x.procedure, &x.applicant, &x.name, &x.channel)
	})
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return len(list), s.DB.Write(ctx, func(tx *db.Tx) error {
		for _, x := range list {
			step := text.Fold(x.name)
			if step == "" {
				step = "-" // a name of signs alone: it must not be found again
			}
			if _, err := tx.Exec(`UPDATE dossier_task SET d_code = $2, d_procedure = $3, d_applicant = $4, d_step = $5, d_channel = $6
				WHERE id = $1 AND d_step = ''`, x.id, x.code, text.Fold(x.procedure), text.SortName(x.applicant), step, x.channel); err != nil {
				return err
			}
		}
		return nil
	})
}

// reindexWords writes the words of dossiers that wait for it.
func (s *Service) reindexWords(ctx context.Context) (n int, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		ids, err := collectIDs(tx.Query(`SELECT dossier_id FROM dossier_unindexed ORDER BY dossier_id LIMIT $1`, reindexBatch))
		if n = len(ids); err != nil || n == 0 {
			return err
		}
		type party struct {
			dossier, agency id.ID
			name            string
		}
		var a db.Args
		rows, err := tx.Query(`SELECT p.dossier_id, p.agency_id, d.applicant_name FROM dossier_party p JOIN dossier_dossier d ON d.id = p.dossier_id
			WHERE p.dossier_id IN `+a.In(ids)+` ORDER BY p.agency_id, p.dossier_id`, a...)
		list, err := db.Collect[party](rows, err)(func(r *sql.Rows) (x party, err error) {
			return x, r.Scan(&x.dossier, &x.agency, &x.name)
		})
		if err != nil {
			return err
		}
		for _, x := range list {
			if err := insertWords(tx, []id.ID{x.agency}, wordsOf(x.name), x.dossier); err != nil {
				return err
			}
		}
		var gone db.Args
		_, err = tx.Exec(`DELETE FROM dossier_unindexed WHERE dossier_id IN `+gone.In(ids), gone...)
		return err
	})
	return n, err
}
