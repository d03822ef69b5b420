package app_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"lienthong/internal/app"
	"lienthong/internal/app/history"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/config"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/iam"
)

func demo(t *testing.T, url string) *app.App {
	t.Helper()
	o := options(t, t.TempDir(), true)
	o.Config.Database = config.Address(url)
	a, err := app.New(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(context.Background()) })
	return a
}

// A small history on each engine: the parts have their share of it, doctor finds nothing, and every
// dossier is whole. It is cut off after each batch and goes on.
func TestHistoryIsWholeAndContinues(t *testing.T) {
	for engine, url := range map[string]func() string{"sqlite": func() string { return "" }, "postgres": func() string { return testkit.PostgresURL(t) }} {
		t.Run(engine, func(t *testing.T) {
			ctx := context.Background()
			a := demo(t, url())
			s, err := a.History("bac-kan")
			if err != nil {
				t.Fatal(err)
			}
			const total = 1200
			errCut := errors.New("cut off")
			cuts := 0
			for {
				_, err := history.Fill(ctx, s, history.Options{Total: total, Batch: 150, Each: func(done, all int64) error {
					if done < all {
						return errCut
					}
					return nil
				}})
				if err == nil {
					break
				}
				if cuts++; !errors.Is(err, errCut) || cuts > 20 {
					t.Fatal(err)
				}
			}
			if cuts < 4 {
				t.Errorf("cut off %d times only", cuts)
			}
			data, err := history.Read(s.Pack)
			if err != nil {
				t.Fatal(err)
			}
			var got int64
			for _, p := range data.Parts.Periods {
				f, err := a.Dossiers.Figures(ctx, dossier.FigureFilter{From: p.From, To: p.To}, dossier.ByNothing)
				if err != nil || len(f) != 1 {
					t.Fatal(f, err)
				}
				want := float64(total) * float64(p.Received) / float64(data.Total())
				if x := f[0]; x.Received != x.Submitted || x.Finished() != x.Received || x.Returned != x.Received ||
					float64(x.Received) < want-1 || float64(x.Received) > want+1 {
					t.Errorf("from %s: %+v, want about %.1f", p.From, x, want)
				}
				got += f[0].Received
			}
			if got != total {
				t.Errorf("%d dossiers", got)
			}
			inspect(t, a, total)
			if err := (&iam.Sequencer{Ledger: a.IAM.Ledger, Name: "test"}).Catch(ctx); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			err = a.Examine(ctx, &out)
			// The server for tests may run without fsync, which is no trouble of the history's.
			for _, l := range strings.Split(out.String(), "\n") {
				if strings.HasPrefix(l, "BAD") && !strings.HasPrefix(l, "BAD  postgres") {
					t.Error(l)
				}
			}
			if err != nil && engine == "sqlite" {
				t.Error(err)
			}
		})
	}
}

// inspect opens every dossier of the history as its page does.
func inspect(t *testing.T, a *app.App, total int) {
	t.Helper()
	ctx := actor.With(context.Background(), actor.System("test"))
	f := dossier.FigureFilter{From: civil.Must("2018-01-01"), To: civil.Must("2021-05-31")}
	var after dossier.DrillKey
	codes, late, channels, asked, paid := map[string]int{}, 0, map[dossier.Channel]int{}, 0, 0
	for n := 0; ; {
		page, err := a.Dossiers.DrillDown(ctx, f, "submitted", after, 200)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range page {
			after = h.DrillKey()
			v, err := a.Dossiers.Open(ctx, h.Code)
			if err != nil {
				t.Fatalf("%s: %v", h.Code, err)
			}
			i := strings.LastIndex(h.Code, "-")
			codes[h.Code[:i]]++
			if v.Late {
				late++
			}
			channels[v.Channel]++
			asked += len(v.Supplements)
			paid += len(v.Payments)
			results, open := 0, 0
			for _, f := range v.Files {
				if f.Kind == "result" {
					results++
				}
			}
			for _, x := range v.Tasks {
				if x.State == "open" {
					open++
				}
			}
			acts, err := a.IAM.Ledger.ByObject(ctx, "dossier", v.ID)
			if err != nil {
				t.Fatal(err)
			}
			if len(v.History) < 5 || results != 1 || open > 0 || len(acts) < 6 || v.Status != dossier.StatusReturned || len(v.Clock.Steps) == 0 ||
				!v.Clock.Due.Equal(v.Due) || v.Applicant.Name == "" || v.FeePaid != v.Fee {
				t.Errorf("%s: %d entries, %d results, %d open tasks, %d acts in the ledger, status %d, due %s and %s", h.Code, len(v.History),
					results, open, len(acts), v.Status, v.Clock.Due, v.Due)
			}
			if v.Proc.Form != nil {
				data := map[string]any{}
				if err := db.FromJSON(string(v.Form), &data); err != nil {
					t.Fatal(err)
				}
				if bad := v.Proc.Form.Validate(data, v.Day); len(bad) > 0 {
					t.Errorf("%s: %v", h.Code, bad)
				}
			}
			for i, e := range v.History {
				if e.N != i+1 || i > 0 && e.At.Before(v.History[i-1].At) || civil.From(e.At) > civil.Must("2021-05-31") {
					t.Errorf("%s: entry %d at %s", h.Code, e.N, e.At)
				}
			}
			n++
		}
		if len(page) < 200 {
			if n != total {
				t.Errorf("%d dossiers found of %d", n, total)
			}
			break
		}
	}
	for day, n := range codes { // no number of an agency's day is left out
		if _, err := a.Dossiers.ByCode(ctx, fmt.Sprintf("%s-%04d", day, n)); err != nil {
			t.Errorf("%s: %d dossiers, and the last number is another", day, n)
		}
	}
	if late == 0 || late > total/8 || asked == 0 || paid == 0 || len(channels) != 4 {
		t.Errorf("%d late, %d asked for papers, %d payments, channels %v", late, asked, paid, channels)
	}
}

// fillFolder names the variable that makes the test binary write a history into a folder.
const fillFolder = "LIENTHONG_TEST_FILL"

// A process killed in the middle of the history, again and again, leaves nothing half and nothing
// twice.
func TestHistorySurvivesKill(t *testing.T) {
	const total = 600
	if dir := os.Getenv(fillFolder); dir != "" {
		a, err := app.New(context.Background(), options(t, dir, true))
		if err != nil {
			t.Fatal(err)
		}
		s, err := a.History("bac-kan")
		if err == nil {
			_, err = history.Fill(context.Background(), s, history.Options{Total: total, Batch: 20, Each: func(done, _ int64) error {
				_, err := fmt.Fprintln(os.Stdout, "written", done)
				return err
			}})
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	dir := t.TempDir()
	for kill := range 3 {
		c := exec.Command(os.Args[0], "-test.run=^TestHistorySurvivesKill$")
		c.Env = append(os.Environ(), fillFolder+"="+dir)
		pipe, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(pipe)
		for seen := 0; seen <= kill && lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "written") {
				seen++
			}
		}
		time.Sleep(time.Duration(kill*7) * time.Millisecond) // somewhere in the next batch
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(); err == nil {
			t.Error("it had ended before it was killed")
		}
	}
	ctx := context.Background()
	a, err := app.New(ctx, options(t, dir, true))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close(ctx)
	s, err := a.History("bac-kan")
	if err != nil {
		t.Fatal(err)
	}
	r, err := history.Fill(ctx, s, history.Options{Total: total, Batch: 200})
	if err != nil || r.Written == 0 || r.Written >= total {
		t.Fatal(r, err)
	}
	if _, err := history.Fill(ctx, s, history.Options{Total: total + 1}); err == nil {
		t.Error("continued with another size")
	}
	if again, err := history.Fill(ctx, s, history.Options{Total: total}); err != nil || again.Written != 0 {
		t.Errorf("written again: %+v, %v", again, err)
	}
	inspect(t, a, total)
	if err := (&iam.Sequencer{Ledger: a.IAM.Ledger, Name: "test"}).Catch(ctx); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := a.Examine(ctx, &out); err != nil {
		t.Errorf("%v\n%s", err, &out)
	}
}

// A history is invented; real dossiers never get one beside them.
func TestNoHistoryOutsideTheDemo(t *testing.T) {
	a, err := app.New(context.Background(), options(t, t.TempDir(), false))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close(context.Background())
	if err := a.FillHistory(context.Background(), "bac-kan", 10, io.Discard); err == nil {
		t.Error("written where people are served")
	}
}
