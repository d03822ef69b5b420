package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"text/tabwriter"
	"time"

	"lienthong/internal/app"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
)

// Completions are the figures of completed tasks on one engine: how many in a second.
type Completions struct {
	Engine     db.Engine
	Product    float64       // over HTTP with access check, engine, history, ledger, outbox and durable commit
	P50, P95   time.Duration // of those
	Bare       float64       // the same statements in the same transactions, without the program
	Single     float64       // rows committed one by one, each durable
	Statements int           // of one completion
}

// completed is a task that waits to be completed.
type completed struct{ dossier, task id.ID }

// sample is one completion as it was done: which statements it sent, in which transactions.
type sample struct {
	of    completed
	since time.Time
	sent  []db.Statement
}

// completions measures them: an official's program completes the examination of dossiers of the
// busiest commune, each another one.
func (s *stage) completions(ctx context.Context, o Options, r *Report, out io.Writer) error {
	address, stop, err := listen(s.a.Handler())
	if err != nil {
		return err
	}
	defer stop()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: o.Clients, DisableCompression: true}}
	defer client.CloseIdleConnections()
	token, err := issued(address)
	if err != nil {
		return err
	}
	do := func(c completed) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/api/v1/tasks/"+c.task.String()+"/complete",
			bytes.NewReader([]byte(`{"outcome":"`+examined+`"}`)))
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		answer, err := io.ReadAll(res.Body)
		if err == nil && res.StatusCode != http.StatusOK {
			err = fmt.Errorf("completing a task answers %s: %.300s", res.Status, answer)
		}
		return err
	}
	x := Completions{Engine: s.a.DB.Engine()}
	rec, err := s.sample(ctx, do)
	if err != nil {
		return err
	}
	x.Statements = len(rec.sent)
	var product, bare, single []float64
	var took []time.Duration
	for range o.Rounds {
		work, err := s.received(ctx, o.PerRound)
		if err != nil {
			return err
		}
		n, t, err := load(o.Clients, len(work), func(i int) error { return do(work[i]) })
		if err != nil {
			return err
		}
		product, took = append(product, n), append(took, t...)
		if work, err = s.received(ctx, o.PerRound); err != nil {
			return err
		}
		if n, err = s.replay(ctx, o, rec, work); err != nil {
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
	r.Completions = append(r.Completions, x)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\ntasks completed over HTTP\tproduct/s\tp50\tp95\tstatements\tbare loop/s\tsingle rows/s\tproduct:bare\tproduct:single\t")
	fmt.Fprintf(w, "%d clients\t%.0f\t%s\t%s\t%d\t%.0f\t%.0f\t%.2f\t%.2f\t\n", o.Clients, x.Product, ms(x.P50), ms(x.P95), x.Statements, x.Bare, x.Single,
		x.Product/x.Bare, x.Product/x.Single)
	return w.Flush()
}

// examined is the outcome by which the specialist passes a dossier on.
const examined = "pass"

// issued signs an official of the demonstration in and has a token made for a program.
func issued(address string) (string, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	client := &http.Client{Jar: jar}
	defer client.CloseIdleConnections()
	var page []byte
	for _, x := range []struct {
		path string
		form url.Values
	}{{"/can-bo/dang-nhap", url.Values{"login": {busiestLogin}, "password": {app.DemoPassword}}},
		{"/can-bo/tai-khoan/ma-truy-cap", url.Values{"name": {"Máy đo"}, "scopes": {dossier.PermRead, dossier.PermProcess}, "days": {"1"}}}} {
		res, err := client.PostForm(address+x.path, x.form)
		if err != nil {
			return "", err
		}
		page, err = io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			return "", err
		}
	}
	token := regexp.MustCompile(`ltk_[A-Za-z0-9_-]+`).Find(page)
	if token == nil {
		return "", errors.New("no token was made for the official of the demonstration")
	}
	return string(token), nil
}

// received makes n dossiers of the busiest commune that wait to be examined, as copies of one that a
// counter has received.
func (s *stage) received(ctx context.Context, n int) ([]completed, error) {
	counter := s.official(ctx, s.communes[0])
	dr, err := s.draft(counter, s.communes[0], dossier.Counter)
	if err != nil {
		return nil, err
	}
	d, err := s.a.Dossiers.Submit(counter, dr.ID)
	if err != nil {
		return nil, err
	}
	var doc, tasks, entries, parties rows
	for _, x := range []struct {
		to           *rows
		table, where string
	}{{&doc, "dossier_dossier", "id = $1"}, {&tasks, "dossier_task", "state = 'open' AND dossier_id = $1"},
		{&entries, "dossier_entry", "dossier_id = $1"}, {&parties, "dossier_party", "dossier_id = $1"}} {
		if *x.to, err = readRows(ctx, s.a.DB, x.table, x.where, d.ID); err != nil {
			return nil, err
		}
	}
	if tasks.n != 1 {
		return nil, fmt.Errorf("%d tasks of a dossier that was just received", tasks.n)
	}
	out := make([]completed, n)
	const step = 250
	for from := 0; from < n; from += step {
		err := s.a.DB.Write(ctx, func(tx *db.Tx) error {
			for i := from; i < min(from+step, n); i++ {
				c := completed{s.ids.New(), s.ids.New()}
				of := map[string]any{"dossier_id": c.dossier}
				for _, x := range []struct {
					rows *rows
					set  map[string]any
				}{{&doc, map[string]any{"id": c.dossier, "code": "C-" + c.dossier.String()}}, {&tasks, map[string]any{"id": c.task, "dossier_id": c.dossier}},
					{&entries, of}, {&parties, of}} {
					if _, err := tx.Exec(x.rows.insert, x.rows.copy(x.set)...); err != nil {
						return err
					}
				}
				out[i] = c
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sample completes one task and keeps what that has sent. One is completed before, so that what the
// program keeps in memory is there.
func (s *stage) sample(ctx context.Context, do func(completed) error) (*sample, error) {
	work, err := s.received(ctx, 2)
	if err != nil {
		return nil, err
	}
	if err := do(work[0]); err != nil {
		return nil, err
	}
	rec := &sample{of: work[1], since: time.Now().Add(-time.Millisecond)}
	s.a.DB.Watch(func(x db.Statement) {
		x.Args = slices.Clone(x.Args)
		rec.sent = append(rec.sent, x)
	})
	err = do(work[1])
	s.a.DB.Watch(nil)
	if err == nil && len(rec.sent) < 10 {
		err = fmt.Errorf("a completion sent %d statements", len(rec.sent))
	}
	return rec, err
}

// made tells whether an identifier came about after the instant: its first 48 bits are milliseconds.
func made(x id.ID, since time.Time) bool {
	at := int64(0)
	for _, b := range x[:6] {
		at = at<<8 | int64(b)
	}
	return at >= since.UnixMilli()
}

// replay sends the statements of the sample for other tasks, with nothing around them.
func (s *stage) replay(ctx context.Context, o Options, rec *sample, work []completed) (float64, error) {
	args := make([][][]any, len(work))
	for i, c := range work { // made before the clock starts
		args[i] = make([][]any, len(rec.sent))
		fresh := map[id.ID]id.ID{rec.of.dossier: c.dossier, rec.of.task: c.task}
		for j, x := range rec.sent {
			args[i][j] = slices.Clone(x.Args)
			for k, v := range x.Args {
				was, ok := v.(id.ID)
				if !ok {
					continue
				}
				now, known := fresh[was]
				if !known && made(was, rec.since) {
					now, known = s.ids.New(), true
					fresh[was] = now
				}
				if known {
					args[i][j][k] = now
				}
			}
		}
	}
	speed, _, err := load(o.Clients, len(work), func(i int) error {
		for j := 0; j < len(rec.sent); {
			x := rec.sent[j]
			if x.Tx == nil {
				if err := drained(s.a.DB.Read(ctx), x.Query, args[i][j]); err != nil {
					return err
				}
				j++
				continue
			}
			last := j
			for last < len(rec.sent) && rec.sent[last].Tx == x.Tx {
				last++
			}
			err := s.a.DB.Write(ctx, func(tx *db.Tx) error {
				for k := j; k < last; k++ {
					if err := drained(tx, rec.sent[k].Query, args[i][k]); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
			j = last
		}
		return nil
	})
	return speed, err
}

// drained sends the statement and reads all it returns.
func drained(q db.Q, query string, args []any) error {
	if tx, ok := q.(*db.Tx); ok && !returns(query) {
		_, err := tx.Exec(query, args...)
		return err
	}
	found, err := q.Query(query, args...)
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

// returns tells whether a statement returns rows.
var returns = regexp.MustCompile(`(?i)^\s*(SELECT|WITH)|\bRETURNING\b`).MatchString
