package dossier

import (
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
)

// MaxDraftBytes is how many bytes the files of all drafts of a citizen's account may have together,
// unless the service says otherwise. A dossier of the pack takes at most a dozen papers, a
// photograph of one 3 to 8 MB: several dossiers at a time fit. Without it the other limits would
// let one telephone number fill 50 drafts of 60 files of 25 MB, 75 GB that nobody ever files. What
// was filed does not count.
const MaxDraftBytes = 400 << 20

// room fails with TooLarge unless the file, at its size, fits into what is left for the drafts of a
// citizen. Officials file for others all day and answer for what they leave lying; they have the
// limits of one dossier only.
func (s *Service) room(tx *db.Tx, who actor.Actor, f File) error {
	if f.Kind != "paper" || who.Kind != actor.Citizen {
		return nil
	}
	// The drafts are locked in one order, so that two announcements at the same moment see each other.
	rows, err := tx.Query(`SELECT id FROM dossier_draft WHERE account_id = $1 ORDER BY id`+db.ForUpdate(tx, false), who.Account)
	if err != nil {
		return err
	}
	for rows.Next() { // read to the end, so that all are locked
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := rows.Close(); err != nil {
		return err
	}
	return s.fits(tx, who, f)
}

// fits is room without the lock: what it says may be out of date in the next moment.
func (s *Service) fits(q db.Q, who actor.Actor, f File) error {
	if f.Kind != "paper" || who.Kind != actor.Citizen {
		return nil
	}
	most := s.DraftBytes
	if most == 0 {
		most = MaxDraftBytes
	}
	var used int64
	err := q.QueryRow(`SELECT CAST(coalesce(sum(f.size), 0) AS BIGINT) FROM dossier_draft d JOIN dossier_file f ON f.dossier_id = d.id
		WHERE d.account_id = $1 AND f.id <> $2`, who.Account, f.ID).Scan(&used)
	if err != nil {
		return err
	}
	if used+f.Size > most {
		return fault.New(fault.TooLarge, "dossier.drafts_full", "mb", most>>20, "used", (used+1<<20-1)>>20)
	}
	return nil
}
