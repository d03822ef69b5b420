package dossier

import (
	"context"
	"fmt"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
)

// PastRun is how far the writing of a named history has come.
type PastRun struct {
	Name  string
	Seed  int64      // of the chance that made the plan; with another the rest would not fit
	Total int64      // dossiers in all
	Done  int64      // dossiers written
	Next  civil.Date // the first day of which none is written
}

// Run returns how far the run of the name has come; ok is false if it was never begun.
func (p *Past) Run(ctx context.Context, name string) (r PastRun, ok bool, err error) {
	r.Name = name
	err = p.s.DB.Read(ctx).QueryRow(`SELECT seed, total, done, next_day FROM dossier_past WHERE name = $1`, name).
		Scan(&r.Seed, &r.Total, &r.Done, &r.Next)
	if db.Missing(err) {
		return r, false, nil
	}
	return r, err == nil, err
}

// Reach has the batch move the run on by its lives, to the day that comes next. The run must still
// stand where it stood, at r.Done: two that write the same history do not get past each other.
func (b *PastBatch) Reach(r PastRun, next civil.Date) { b.run, b.next = &r, next }

func (b *PastBatch) writeRun(tx *db.Tx) error {
	if b.run == nil {
		return nil
	}
	r, done := b.run, b.run.Done+int64(b.Lives)
	var n int64
	var err error
	if r.Done == 0 {
		n, err = tx.Exec(`INSERT INTO dossier_past (name, seed, total, done, next_day) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (name) DO NOTHING`, r.Name, r.Seed, r.Total, done, b.next)
	} else {
		n, err = tx.Exec(`UPDATE dossier_past SET done = $2, next_day = $3 WHERE name = $1 AND done = $4`, r.Name, done, b.next, r.Done)
	}
	if err == nil && n != 1 {
		err = fmt.Errorf("somebody else writes the history %q at the same time", r.Name)
	}
	return err
}
