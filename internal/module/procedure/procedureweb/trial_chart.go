package procedureweb

import (
	"context"
	"fmt"
	"html"
	"slices"
	"strings"

	"lienthong/internal/engine/simulate"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/i18n"
)

// maxCharts is for how many lanes the queue is drawn; the others are in the table.
const maxCharts = 3

// chartView is the queue of one lane over the year with its table.
type chartView struct {
	title string
	svg   string
	rows  [][2]string // week, dossiers
}

// queueCharts draws the lanes with the longest queues, the longest first.
func queueCharts(ctx context.Context, r *simulate.Result) []chartView {
	lanes := make([]*simulate.LaneResult, 0, len(r.Lanes))
	for i := range r.Lanes {
		if r.Lanes[i].Longest > 1 {
			lanes = append(lanes, &r.Lanes[i])
		}
	}
	slices.SortStableFunc(lanes, func(a, b *simulate.LaneResult) int { return b.Longest - a.Longest })
	var out []chartView
	for _, l := range lanes[:min(len(lanes), maxCharts)] {
		c := chartView{title: t(ctx, "trial.chart", "lane", laneName(ctx, l.Lane))}
		c.svg = columns(ctx, c.title, l.Weeks, func(week int) string { return weekStart(r, week).VN()[:5] })
		for week, n := range l.Weeks {
			c.rows = append(c.rows, [2]string{i18n.Date(ctx, weekStart(r, week)), i18n.Int(ctx, n)})
		}
		out = append(out, c)
	}
	return out
}

func weekStart(r *simulate.Result, week int) civil.Date { return r.Plan.From + civil.Date(7*week) }

// columns draws numbers as columns; the table beside it is its twin for screen readers.
func columns(ctx context.Context, title string, numbers []int, name func(int) string) string {
	const width, height, left, bottom = 720.0, 200.0, 44.0, 24.0
	most := max(slices.Max(numbers), 1)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="ch" viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, width, height, html.EscapeString(title))
	plot := height - bottom - 12
	for i := range 3 {
		n := most * i / 2
		if i == 1 && (n == 0 || n == most) {
			continue
		}
		y := 12 + plot - plot*float64(n)/float64(most)
		fmt.Fprintf(&b, `<line class="gl" x1="%.0f" y1="%.1f" x2="%.0f" y2="%.1f"/><text x="%.0f" y="%.1f" text-anchor="end">%s</text>`,
			left, y, width, y, left-6, y+4, i18n.Int(ctx, n))
	}
	step := (width - left) / float64(len(numbers))
	every := (len(numbers) + 9) / 10
	for i, n := range numbers {
		tall := plot * float64(n) / float64(most)
		if n > 0 {
			fmt.Fprintf(&b, `<rect class="q" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, left+step*float64(i)+1, 12+plot-tall, max(step-2, 1), tall)
		}
		if i%every == 0 {
			fmt.Fprintf(&b, `<text x="%.1f" y="%.0f" text-anchor="middle">%s</text>`, left+step*(float64(i)+.5), height-6, name(i))
		}
	}
	b.WriteString(`</svg>`)
	return b.String()
}
