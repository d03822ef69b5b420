package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"lienthong/internal/app/history"
	"lienthong/packs"
)

// Past says whether a demonstration begins with the dossiers of the years before.
type Past struct {
	Write bool
	Total int64 // dossiers in all; 0 is as many as were published
}

// History returns what the years before the program are written through.
func (a *App) History(pack string) (history.Sources, error) {
	files, err := packs.Open(pack)
	return history.Sources{DB: a.DB, IDs: a.ids, Org: a.Org, Procedures: a.Procedures, Dossiers: a.Dossiers, Ledger: a.IAM.Ledger,
		Pack: files}, err
}

// errNotDemo keeps invented dossiers away from real ones.
var errNotDemo = errors.New("a history is invented and written in the demonstration only")

// FillHistory writes the pack's history with a progress bar, or what is missing of it after an
// earlier run was cut off. total is 0 for the published numbers, else how many dossiers in all. It
// is refused outside the demonstration.
func (a *App) FillHistory(ctx context.Context, pack string, total int64, out io.Writer) error {
	if !a.Config.Demo {
		return errNotDemo
	}
	s, err := a.History(pack)
	if err != nil {
		return err
	}
	bar := history.NewBar(out, a.Now)
	r, err := history.Fill(ctx, s, history.Options{Total: total, Each: bar.Show})
	bar.End()
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(out, "Đã dừng; chạy lại cùng lệnh để làm tiếp · stopped; the same command goes on from here")
	}
	if err == nil && r.Written > 0 {
		fmt.Fprintf(out, "%d hồ sơ lịch sử trong %s, %.0f mỗi giây · past dossiers\n", r.Written, r.Took.Round(1e8), float64(r.Written)/r.Took.Seconds())
	}
	return err
}
