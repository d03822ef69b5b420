package dossier

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
)

// LedgerAct is one act of a past life for the ledger, with its own time and actor.
type LedgerAct struct {
	At       int64 // microseconds UTC
	Who      actor.Kind
	Account  id.ID
	Agency   id.ID
	Action   string
	ObjectID id.ID
	Content  []byte // JSON with sorted keys
}

// PastLedger takes acts of the past. What it returns writes them in the caller's transaction, and
// may run again when the transaction does.
type PastLedger interface {
	Past(acts []LedgerAct) func(tx *db.Tx) error
}

// PastBatch gathers past lives that are stored in one transaction.
type PastBatch struct {
	Lives int

	p     *Past
	rows  pastRows
	days  map[dayCell]*dayDelta
	moves map[moveCell]int64
	acts  []LedgerAct

	figures [2]*db.Bulk // days, moves
	first   civil.Date  // the first day with figures
	numbers []number
	run     *PastRun
	next    civil.Date
	ledger  func(tx *db.Tx) error
}

// pastRows are the rows of each table in the order in which they are written: a dossier goes before
// whatever refers to it.
type pastRows struct {
	dossiers, parties, words, tasks, entries, files, supplements, payments *db.Bulk
}

type dayCell struct {
	agency    id.ID
	procedure string
	channel   Channel
	day       civil.Date
}

type moveCell struct {
	bucket
	day civil.Date
}

// number is what an agency's counter of a day was and becomes.
type number struct {
	dayKey
	was, n int64
}

const (
	pastDossiers = `INSERT INTO dossier_dossier (` + dossierColumns + `, applicant_name, applicant_fold, applicant_doc,
	applicant_phone) VALUES `
	pastParties = `INSERT INTO dossier_party (agency_id, dossier_id) VALUES `
	pastWords   = `INSERT INTO dossier_word (agency_id, word, dossier_id) VALUES `
	pastTasks   = `INSERT INTO dossier_task (` + taskColumns + `) VALUES `
	pastEntries = `INSERT INTO dossier_entry (dossier_id, n, at, act, status, actor_kind, actor_id, actor_name, agency_id,
	node, note, data, open_agency, open_due) VALUES `
	pastFiles       = `INSERT INTO dossier_file (` + fileColumns + `) VALUES `
	pastSupplements = `INSERT INTO dossier_supplement (` + supplementColumns + `) VALUES `
	pastPayments    = `INSERT INTO dossier_payment (id, dossier_id, agency_id, receipt_no, amount, method, payer, cashier_id,
	cashier, at, day, cancelled_at, cancelled_by, cancel_reason) VALUES `
	pastDays = `INSERT INTO dossier_day (agency_id, procedure_code, channel, day, submitted, received, refused, withdrawn,
	stopped, on_time, late, returned) VALUES `
	pastDaysSum = ` ON CONFLICT (agency_id, procedure_code, channel, day) DO UPDATE SET
	submitted = dossier_day.submitted + excluded.submitted, received = dossier_day.received + excluded.received,
	refused = dossier_day.refused + excluded.refused, withdrawn = dossier_day.withdrawn + excluded.withdrawn,
	stopped = dossier_day.stopped + excluded.stopped, on_time = dossier_day.on_time + excluded.on_time,
	late = dossier_day.late + excluded.late, returned = dossier_day.returned + excluded.returned`
	pastMoves    = `INSERT INTO dossier_move (agency_id, procedure_code, channel, day, due_at, n) VALUES `
	pastMovesSum = ` ON CONFLICT (agency_id, procedure_code, channel, day, due_at) DO UPDATE SET n = dossier_move.n + excluded.n`
)

// Batch returns an empty batch.
func (p *Past) Batch() *PastBatch {
	return &PastBatch{p: p, days: map[dayCell]*dayDelta{}, moves: map[moveCell]int64{}, rows: pastRows{
		dossiers: db.NewBulk(pastDossiers, 38, ""), parties: db.NewBulk(pastParties, 2, ""), words: db.NewBulk(pastWords, 3, ""), tasks: db.NewBulk(pastTasks, 23, ""),
		entries: db.NewBulk(pastEntries, 14, ""), files: db.NewBulk(pastFiles, 12, ""),
		supplements: db.NewBulk(pastSupplements, 14, ""), payments: db.NewBulk(pastPayments, 14, "")}}
}

// Add tells the life and puts its rows into the batch. It returns the dossier's identifier.
func (b *PastBatch) Add(ctx context.Context, l Life) (id.ID, error) {
	if len(l.Times) != len(l.Way.acts) {
		return id.ID{}, fmt.Errorf("a life of %d steps was given %d times", len(l.Way.acts), len(l.Times))
	}
	for i := 1; i < len(l.Times); i++ {
		if !l.Times[i].After(l.Times[i-1]) {
			return id.ID{}, fmt.Errorf("step %d of a past life is not after the one before", i)
		}
	}
	t := teller{b: b, p: b.p, l: l, w: l.Way}
	if err := t.tell(ctx); err != nil {
		return id.ID{}, err
	}
	b.Lives++
	return t.d.ID, nil
}

// Seal ends the batch: figures in the order of their keys, the ledger's rows hashed. Nothing is
// added after it.
func (b *PastBatch) Seal(ledger PastLedger) {
	b.ledger = ledger.Past(b.acts)
	days := db.NewBulk(pastDays, 12, pastDaysSum)
	cells := make([]dayCell, 0, len(b.days))
	for k := range b.days {
		cells = append(cells, k)
	}
	slices.SortFunc(cells, func(x, y dayCell) int {
		if n := compareBuckets(bucket{x.agency, x.procedure, x.channel, 0}, bucket{y.agency, y.procedure, y.channel, 0}); n != 0 {
			return n
		}
		return int(x.day - y.day)
	})
	for i := range cells {
		k, x := &cells[i], b.days[cells[i]]
		if i == 0 || k.day < b.first {
			b.first = k.day
		}
		days.Add(k.agency[:], k.procedure, int64(k.channel), k.day.String(), x.submitted, x.received, x.refused, x.withdrawn,
			x.stopped, x.onTime, x.late, x.returned)
	}
	moves := db.NewBulk(pastMoves, 6, pastMovesSum)
	steps := make([]moveCell, 0, len(b.moves))
	for k, n := range b.moves {
		if n != 0 { // in and out on one day
			steps = append(steps, k)
		}
	}
	slices.SortFunc(steps, func(x, y moveCell) int {
		a, c := x.bucket, y.bucket
		a.due, c.due = int64(x.day), int64(y.day)
		if n := compareBuckets(a, c); n != 0 {
			return n
		}
		return compareBuckets(x.bucket, y.bucket)
	})
	for i := range steps {
		k := &steps[i]
		moves.Add(k.agency[:], k.procedure, int64(k.channel), k.day.String(), k.due, b.moves[*k])
	}
	b.figures = [2]*db.Bulk{days, moves}
	for k, was := range b.p.fresh {
		b.numbers = append(b.numbers, number{k, was, b.p.taken[k]})
	}
	clear(b.p.fresh)
	slices.SortFunc(b.numbers, func(x, y number) int {
		if n := bytes.Compare(x.agency[:], y.agency[:]); n != 0 {
			return n
		}
		return int(x.day - y.day)
	})
}

// Write stores the sealed batch, all of it or nothing. Beside the rows of the past acts the ledger
// gets one of now, which says that they were written in bulk and how many lives they tell.
func (b *PastBatch) Write(tx *db.Tx) error {
	if err := b.writeRun(tx); err != nil {
		return err
	}
	if err := b.writeNumbers(tx); err != nil {
		return err
	}
	r := &b.rows
	for _, rows := range []*db.Bulk{r.dossiers, r.parties, r.words, r.tasks, r.entries, r.files, r.supplements, r.payments} {
		if _, err := tx.Insert(rows); err != nil {
			return err
		}
	}
	if err := b.ledger(tx); err != nil {
		return err
	}
	for _, rows := range b.figures {
		if _, err := tx.Insert(rows); err != nil {
			return err
		}
	}
	if b.Lives == 0 {
		return nil
	}
	if err := reopen(tx, b.first); err != nil {
		return err
	}
	return b.p.s.Ledger.Record(tx, actor.System("history"), "dossier.past", "dossier", id.ID{},
		map[string]any{"lives": b.Lives, "first": b.first.String()})
}

// writeNumbers takes the numbers that the dossiers' codes already carry.
func (b *PastBatch) writeNumbers(tx *db.Tx) error {
	first, more := db.NewBulk(`INSERT INTO dossier_counter (agency_id, day, n) VALUES `, 3, ` ON CONFLICT (agency_id, day) DO NOTHING`), 0
	for i := range b.numbers {
		x := &b.numbers[i]
		if x.was == 0 {
			first.Add(x.agency[:], x.day.String(), x.n)
			continue
		}
		n, err := tx.Exec(`UPDATE dossier_counter SET n = $3 WHERE agency_id = $1 AND day = $2 AND n = $4`, x.agency, x.day, x.n, x.was)
		if err != nil {
			return err
		}
		more += int(n)
	}
	n, err := tx.Insert(first)
	if err == nil && int(n)+more != len(b.numbers) {
		err = fmt.Errorf("somebody else takes numbers of the same past days")
	}
	return err
}

// receiptOf is the number of the receipt for money of a past dossier; it is the dossier's, because
// no other number of those years is known.
func receiptOf(code string, n int) string {
	return "BL " + code + strings.Repeat("'", n)
}
