package app_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"lienthong/internal/app"
	"lienthong/internal/app/history"
	"lienthong/internal/kit/config"
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
