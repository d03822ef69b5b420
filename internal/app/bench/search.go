package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"text/tabwriter"
	"time"

	"lienthong/internal/app"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/config"
	"lienthong/internal/module/procedure"
)

// Search is how long one search over the whole catalogue takes.
type Search struct {
	Procedures int
	Text       string
	Found      int
	P50, P95   time.Duration
}

// searches measures the search over as many procedures as the national database has, made of the
// pack's by giving them other codes and names.
func searches(ctx context.Context, o Options, dir string, r *Report, out io.Writer) error {
	c := config.Defaults()
	c.Data, c.Demo = dir, true
	a, err := app.New(ctx, app.Options{Config: c, Pack: o.Pack, Log: slog.New(slog.DiscardHandler), Build: o.Build})
	if err != nil {
		return err
	}
	defer a.Close(context.WithoutCancel(ctx))
	if err := multiply(actor.With(ctx, actor.System("bench")), a, o.Catalog); err != nil {
		return err
	}
	cat, err := a.Procedures.Catalogue(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\nsearch over %d procedures\tp50\tp95\tfound\n", cat.Len())
	for _, q := range []string{"khai sinh", "đăng ký khai sinh cho con", "dang ky khai sinh cho con", "giay phep xay dung nha o", "cấp bản sao trích lục hộ tịch",
		"toi muon lam giay khai sinh cho con thi phai lam the nao o dau"} {
		x := Search{Procedures: cat.Len(), Text: q}
		_, took, err := load(1, o.Asks, func(int) error {
			found, err := a.Procedures.Search(ctx, procedure.Query{Text: q})
			if err == nil {
				x.Found = found.Total
			}
			return err
		})
		if err != nil {
			return err
		}
		slices.Sort(took)
		x.P50, x.P95 = took[len(took)/2], took[len(took)*95/100]
		r.Searches = append(r.Searches, x)
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\n", q, ms(x.P50), ms(x.P95), x.Found)
	}
	return w.Flush()
}

// multiply publishes copies of the pack's procedures until there are n.
func multiply(ctx context.Context, a *app.App, n int) error {
	var b bytes.Buffer
	if err := a.Procedures.ExportJSON(ctx, &b); err != nil {
		return err
	}
	var list struct {
		Procedures []procedure.Record `json:"procedures"`
	}
	if err := json.Unmarshal(b.Bytes(), &list); err != nil {
		return err
	}
	records := list.Procedures
	if len(records) == 0 {
		return fmt.Errorf("the pack has no procedures to multiply")
	}
	const step = 400
	for made := len(records); made < n; {
		var more []procedure.Record
		for ; made < n && len(more) < step; made++ {
			c := records[made%len(records)]
			c.Code.Value = fmt.Sprintf("9.%06d", made)
			c.Name.Value += fmt.Sprintf(" theo mẫu số %d", made/len(records))
			more = append(more, c)
		}
		raw, err := json.Marshal(more)
		if err != nil {
			return err
		}
		rep, err := a.Procedures.ImportRecords(ctx, actor.From(ctx), raw, procedure.ImportOptions{Publish: true})
		if err != nil {
			return err
		}
		if _, bad := rep.Counts(); bad > 0 {
			for _, row := range rep.Rows {
				if !row.OK {
					return fmt.Errorf("a copied procedure is refused: %v", row.Errors)
				}
			}
		}
	}
	return nil
}
