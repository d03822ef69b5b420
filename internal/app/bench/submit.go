package bench

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
)

// Submits are the figures of final submissions on one engine: how many in a second.
type Submits struct {
	Engine   db.Engine
	Where    string        // "108 agencies" or "one agency"
	Product  float64       // through the service, its background work resting
	P50, P95 time.Duration // of those
	Bare     float64       // the same statements in the same transactions, without the product
	Single   float64       // rows committed one by one, each durable
	Busy     float64       // through the service while events, notifications and ledger are worked off
}

// submissions measures all agencies and one. The kinds take turns within a round, so that a busy
// moment of the machine meets each of them.
func (s *stage) submissions(ctx context.Context, o Options, r *Report, out io.Writer) error {
	places := []struct {
		name     string
		agencies []id.ID
	}{{fmt.Sprintf("%d agencies", len(s.communes)), s.communes}, {"one agency", s.communes[:1]}}
	first := len(r.Submits)
	for _, place := range places {
		x := Submits{Engine: s.a.DB.Engine(), Where: place.name}
		rec, err := s.record(ctx)
		if err != nil {
			return err
		}
		var product, bare, single []float64
		var took []time.Duration
		for range o.Rounds {
			n, t, err := s.submitRound(ctx, o, place.agencies)
			if err != nil {
				return err
			}
			product, took = append(product, n), append(took, t...)
			if n, err = s.bareRound(ctx, o, place.agencies, rec); err != nil {
				return err
			}
			bare = append(bare, n)
			if n, err = s.singleRound(ctx, o); err != nil {
				return err
			}
			single = append(single, n)
		}
		slices.Sort(took)
		x.Product, x.Bare, x.Single = median(product), median(bare), median(single)
		x.P50, x.P95 = took[len(took)/2], took[len(took)*95/100]
		r.Submits = append(r.Submits, x)
	}
	// From here on the background runs as it does in life.
	if err := s.a.Start(ctx); err != nil {
		return err
	}
	for i, place := range places {
		var busy []float64
		for range o.Rounds {
			n, _, err := s.submitRound(ctx, o, place.agencies)
			if err != nil {
				return err
			}
			busy = append(busy, n)
		}
		r.Submits[first+i].Busy = median(busy)
	}
	printSubmits(out, r.Submits[first:])
	return nil
}

func (s *stage) submitRound(ctx context.Context, o Options, agencies []id.ID) (float64, []time.Duration, error) {
	drafts, err := s.prepare(ctx, o.PerRound, agencies)
	if err != nil {
		return 0, nil, err
	}
	return load(o.Clients, len(drafts), func(i int) error {
		_, err := s.a.Dossiers.Submit(s.clients[drafts[i].client], drafts[i].id)
		return err
	})
}

// recording is what one submission has written.
type recording struct {
	draft, files                                     string
	tasks, entries, parties, words, ledger, doc, box rows
	day                                              rows
}

// record submits one dossier and reads what that has written.
func (s *stage) record(ctx context.Context) (*recording, error) {
	d, err := s.draft(s.clients[0], s.communes[0], dossier.Online)
	if err != nil {
		return nil, err
	}
	draft, err := readRows(ctx, s.a.DB, "dossier_draft", "id = $1", d.ID)
	if err != nil {
		return nil, err
	}
	files, err := readRows(ctx, s.a.DB, "dossier_file", "dossier_id = $1", d.ID)
	if err != nil {
		return nil, err
	}
	filed, err := s.a.Dossiers.Submit(s.clients[0], d.ID)
	if err != nil {
		return nil, err
	}
	rec := &recording{draft: "SELECT " + list(draft.cols) + " FROM dossier_draft WHERE id = $1",
		files: "SELECT " + list(files.cols) + " FROM dossier_file WHERE dossier_id = $1 ORDER BY at, id"}
	for _, x := range []struct {
		to           *rows
		table, where string
		arg          any
		but          []string
	}{
		{&rec.tasks, "dossier_task", "dossier_id = $1", d.ID, nil},
		{&rec.entries, "dossier_entry", "dossier_id = $1", d.ID, nil},
		{&rec.parties, "dossier_party", "dossier_id = $1", d.ID, nil},
		{&rec.words, "dossier_word", "dossier_id = $1", d.ID, nil},
		{&rec.ledger, "iam_ledger", "object_id = $1", d.ID, []string{"seq"}},
		{&rec.doc, "dossier_dossier", "id = $1", d.ID, nil},
		{&rec.box, "kit_outbox", "payload LIKE $1", "%" + d.ID.String() + "%", []string{"only_for", "due", "tries"}},
		{&rec.day, "dossier_day", "day = $1", filed.Day, nil},
	} {
		if *x.to, err = readRows(ctx, s.a.DB, x.table, x.where, x.arg, x.but...); err != nil {
			return nil, err
		}
	}
	rec.day.values = rec.day.values[:len(rec.day.cols)]
	rec.day.insert = "INSERT INTO dossier_day (" + list(rec.day.cols) + ") VALUES " + db.Rows(1, len(rec.day.cols)) +
		" ON CONFLICT (agency_id, procedure_code, channel, day) DO UPDATE SET submitted = dossier_day.submitted + excluded.submitted," +
		" received = dossier_day.received + excluded.received, refused = dossier_day.refused + excluded.refused," +
		" withdrawn = dossier_day.withdrawn + excluded.withdrawn, stopped = dossier_day.stopped + excluded.stopped," +
		" on_time = dossier_day.on_time + excluded.on_time, late = dossier_day.late + excluded.late," +
		" returned = dossier_day.returned + excluded.returned"
	rec.parties.insert += " ON CONFLICT (agency_id, dossier_id) DO NOTHING"
	return rec, nil
}

func list(cols []string) string {
	out := ""
	for i, c := range cols {
		if i > 0 {
			out += ", "
		}
		out += c
	}
	return out
}

// bareRound sends the statements of a submission with nothing around them: the two reads, then
// one transaction. The values are copies, made before the clock starts where they can be.
func (s *stage) bareRound(ctx context.Context, o Options, agencies []id.ID, rec *recording) (float64, error) {
	drafts, err := s.prepare(ctx, o.PerRound, agencies)
	if err != nil {
		return 0, err
	}
	type statement struct {
		query string
		args  []any
	}
	today := civil.From(s.a.Now())
	work := make([][]statement, len(drafts))
	for i, p := range drafts {
		own := map[string]any{"dossier_id": p.id}
		tasks := rec.tasks.copy(map[string]any{"dossier_id": p.id, "agency_id": p.agency, "unit_id": p.agency, "from_unit": p.agency})
		rec.tasks.each(tasks, "id", func() any { return s.ids.New() })
		ledger := rec.ledger.copy(map[string]any{"object_id": p.id, "actor_id": s.accounts[p.client]})
		rec.ledger.each(ledger, "id", func() any { return s.ids.New() })
		box := slices.Clone(rec.box.values)
		rec.box.each(box, "id", func() any { return s.ids.New() })
		work[i] = []statement{
			{`DELETE FROM dossier_draft WHERE id = $1 AND version = $2`, []any{p.id, 2}},
			{rec.tasks.insert, tasks},
			{rec.entries.insert, rec.entries.copy(own)},
			{rec.parties.insert, rec.parties.copy(map[string]any{"dossier_id": p.id, "agency_id": p.agency})},
			{rec.words.insert, rec.words.copy(map[string]any{"dossier_id": p.id, "agency_id": p.agency})},
			{rec.ledger.insert, ledger},
			{rec.doc.insert, rec.doc.copy(map[string]any{"id": p.id, "code": "B-" + p.id.String(), "account_id": s.accounts[p.client],
				"reception_id": p.agency, "decision_id": p.agency, "holder_id": p.agency})},
			{rec.box.insert, box},
			{rec.day.insert, rec.day.copy(map[string]any{"agency_id": p.agency})},
		}
	}
	speed, _, err := load(o.Clients, len(drafts), func(i int) error {
		p := drafts[i]
		for _, query := range []string{rec.draft, rec.files} {
			if err := readAll(ctx, s.a.DB, query, p.id); err != nil {
				return err
			}
		}
		return s.a.DB.Write(ctx, func(tx *db.Tx) error {
			for j, w := range work[i] {
				if j == 6 { // the number is taken right before the dossier is written
					var n int64
					if err := tx.QueryRow(`INSERT INTO dossier_counter (agency_id, day, n) VALUES ($1, $2, 1)
						ON CONFLICT (agency_id, day) DO UPDATE SET n = dossier_counter.n + 1 RETURNING n`, p.agency, today).Scan(&n); err != nil {
						return err
					}
				}
				if _, err := tx.Exec(w.query, w.args...); err != nil {
					return err
				}
			}
			return nil
		})
	})
	return speed, err
}

// readAll reads every row and column as the product's reads do.
func readAll(ctx context.Context, d *db.DB, query string, arg any) error {
	found, err := d.Read(ctx).Query(query, arg)
	if err != nil {
		return err
	}
	defer found.Close()
	cols, err := found.Columns()
	if err != nil {
		return err
	}
	row, dest := make([]any, len(cols)), make([]any, len(cols))
	for i := range row {
		dest[i] = &row[i]
	}
	for found.Next() {
		if err := found.Scan(dest...); err != nil {
			return err
		}
	}
	return found.Err()
}

// singleRound commits rows one by one: on SQLite each waits for the disk on its own, PostgreSQL
// groups the commits of its connections by itself.
func (s *stage) singleRound(ctx context.Context, o Options) (float64, error) {
	pool := s.a.DB.WritePool()
	insert, err := pool.PrepareContext(ctx, `INSERT INTO bench_row (id, n) VALUES ($1, $2)`)
	if err != nil {
		return 0, err
	}
	defer insert.Close()
	speed, _, err := load(o.Clients, o.PerRound, func(i int) error {
		_, err := insert.ExecContext(ctx, s.ids.New(), i)
		return err
	})
	return speed, err
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}

func printSubmits(out io.Writer, all []Submits) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "final submission at\tproduct/s\tp50\tp95\tbare loop/s\tsingle rows/s\tproduct:bare\tproduct:single\twith background/s\t")
	for _, x := range all {
		fmt.Fprintf(w, "%s\t%.0f\t%s\t%s\t%.0f\t%.0f\t%.2f\t%.2f\t%.0f\t\n", x.Where, x.Product, ms(x.P50), ms(x.P95), x.Bare, x.Single,
			x.Product/x.Bare, x.Product/x.Single, x.Busy)
	}
	w.Flush()
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
