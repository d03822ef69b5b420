package dossierweb

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
	"lienthong/internal/module/procedure"
)

// statsFields are the filters; they lie in a form that is sent by GET, so that the address holds
// the state.
func statsFields(ctx context.Context, q statsQuery, tree *org.Tree, cat *procedure.Catalogue) []ui.FieldView {
	all := func(key string) []ui.Option { return []ui.Option{{Value: "", Label: tr(ctx, key)}} }
	period := ui.FieldView{Name: "ky", Label: tr(ctx, "stats.when"), Widget: "select", Value: q.period}
	for _, p := range []string{periodMonth, periodQuarter, periodYear, periodAll, periodOwn} {
		period.Options = append(period.Options, ui.Option{Value: p, Label: tr(ctx, "stats.when."+p)})
	}
	level := ui.FieldView{Name: "cap", Label: tr(ctx, "stats.by.cap"), Widget: "select", Value: q.level, Options: all("stats.all")}
	agency := ui.FieldView{Name: "cq", Label: tr(ctx, "stats.by.co-quan"), Widget: "select", Value: q.agency, Options: all("stats.all")}
	for _, k := range tree.Kinds() {
		if k == org.Division {
			continue
		}
		level.Options = append(level.Options, ui.Option{Value: k, Label: kindName(ctx, k)})
		for _, u := range tree.OfKind(k) {
			agency.Options = append(agency.Options, ui.Option{Value: u.Key, Label: u.In(i18n.Lang(ctx)), Group: kindName(ctx, k)})
		}
	}
	field := ui.FieldView{Name: "lv", Label: tr(ctx, "stats.by.linh-vuc"), Widget: "select", Value: q.field, Options: all("stats.all")}
	for _, name := range cat.Fields() {
		field.Options = append(field.Options, ui.Option{Value: fieldKey(name), Label: name})
	}
	channel := ui.FieldView{Name: "kenh", Label: tr(ctx, "stats.by.kenh"), Widget: "select", Options: all("stats.all")}
	if q.channel > 0 {
		channel.Value = strconv.Itoa(q.channel)
	}
	for _, c := range dossier.Channels() {
		channel.Options = append(channel.Options, ui.Option{Value: strconv.Itoa(c), Label: channelWords(ctx, c)})
	}
	by := ui.FieldView{Name: "theo", Label: tr(ctx, "stats.break"), Widget: "select", Value: q.by}
	for _, b := range []string{byLevel, byAgency, byField, byProcedure, byChannel, byYear, byQuarter, byMonth} {
		by.Options = append(by.Options, ui.Option{Value: b, Label: tr(ctx, "stats.by."+b)})
	}
	out := []ui.FieldView{period}
	if q.period == periodOwn {
		out = append(out, ui.FieldView{Name: "tu", Label: tr(ctx, "stats.from"), Help: tr(ctx, "stats.day_help"), Value: q.from, Width: "m"},
			ui.FieldView{Name: "den", Label: tr(ctx, "stats.to"), Help: tr(ctx, "stats.day_help"), Value: q.to, Width: "m"})
	}
	return append(out, level, agency, field, channel, by)
}

// monthChart draws received and finished dossiers by month as columns; the table under it is its
// twin for screen readers, so the picture itself only names itself.
func monthChart(ctx context.Context, rows []statsRow, title string) string {
	const width, height, left, bottom = 720.0, 240.0, 44.0, 28.0
	if len(rows) == 0 {
		return ""
	}
	most := int64(1)
	for _, r := range rows {
		most = max(most, r.f.Received, r.f.Finished())
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="ch" viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, width, height, escapeAttr(title))
	plot := height - bottom - 12
	y := func(n int64) float64 { return 12 + plot - plot*float64(n)/float64(most) }
	for i := range 3 {
		n := most * int64(i) / 2
		fmt.Fprintf(&b, `<line class="gl" x1="%.0f" y1="%.1f" x2="%.0f" y2="%.1f"/><text x="%.0f" y="%.1f" text-anchor="end">%s</text>`,
			left, y(n), width, y(n), left-6, y(n)+4, i18n.Int(ctx, n))
	}
	step := (width - left) / float64(len(rows))
	bar := min(step*0.36, 36)
	for i, r := range rows {
		mid := left + step*(float64(i)+.5)
		fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2" fill="#0b4f8f"/>`, mid-bar-1, y(r.f.Received), bar, 12+plot-y(r.f.Received))
		fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2" fill="#146c43"/>`, mid+1, y(r.f.Finished()), bar, 12+plot-y(r.f.Finished()))
		if len(rows) <= 12 || i%((len(rows)+11)/12) == 0 {
			fmt.Fprintf(&b, `<text x="%.1f" y="%.0f" text-anchor="middle">%s</text>`, mid, height-8, escapeAttr(r.name))
		}
	}
	b.WriteString(`</svg>`)
	return b.String()
}

// statsTable is the table as exported: a head and plain numbers.
func statsTable(ctx context.Context, v statsView) [][]any {
	head := []any{v.byWord}
	for _, k := range dossier.Drills() {
		head = append(head, tr(ctx, "stats.col."+k))
	}
	out := [][]any{head}
	line := func(name string, f dossier.Figures) {
		row := []any{name}
		for _, k := range dossier.Drills() {
			n, _ := f.Number(k)
			if v.timed && stands(k) {
				row = append(row, "")
				continue
			}
			row = append(row, n)
		}
		out = append(out, row)
	}
	for _, r := range v.rows {
		line(r.name, r.f)
	}
	v.timed = false // the sum of all lines is of the whole period
	line(tr(ctx, "stats.total"), v.total)
	return out
}

// plainCell keeps a spreadsheet from reading a name as a formula.
func plainCell(v any) string {
	s := fmt.Sprint(v)
	if _, isText := v.(string); isText && s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (h citizen) statsCSV(w http.ResponseWriter, r *http.Request) error {
	v, err := h.figures(r.Context(), r.URL.Query())
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="thong-ke.csv"`)
	if _, err := w.Write([]byte("\uFEFF")); err != nil { // Excel takes the mark as the sign of UTF-8
		return nil
	}
	out := csv.NewWriter(w)
	for _, row := range statsTable(r.Context(), v) {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = plainCell(c)
		}
		if out.Write(cells) != nil {
			return nil // the client is gone
		}
	}
	out.Flush()
	return nil
}

func (h citizen) statsXLSX(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.figures(ctx, r.URL.Query())
	if err != nil {
		return err
	}
	x := excelize.NewFile()
	defer x.Close()
	sheet := x.GetSheetName(0)
	rows := append([][]any{{v.page.Title}, {v.period}, {}}, statsTable(ctx, v)...)
	for i, row := range rows {
		if err := x.SetSheetRow(sheet, "A"+strconv.Itoa(i+1), &row); err != nil {
			return err
		}
	}
	if err := x.SetColWidth(sheet, "A", "A", 48); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	w.Header().Set("Content-Disposition", `attachment; filename="thong-ke.xlsx"`)
	return x.Write(w)
}

// share is n of most in per cent.
func share(n, most int64) float64 {
	if most == 0 {
		return 0
	}
	return 100 * float64(n) / float64(most)
}
