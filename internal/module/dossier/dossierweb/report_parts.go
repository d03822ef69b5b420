package dossierweb

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/procedure"
)

// yearsView is the history of the province by year, as the public page shows it beside any choice
// of period.
type yearsView struct {
	rows  []statsRow
	sum   dossier.Figures
	chart string
}

// overYears sums the years of the filter.
func (h citizen) overYears(ctx context.Context, f dossier.FigureFilter) (v yearsView, err error) {
	list, err := h.Dossiers.Figures(ctx, f, dossier.ByYear)
	for _, x := range list {
		v.rows = append(v.rows, statsRow{name: x.Day, f: x})
		v.sum = v.sum.Plus(x)
	}
	v.chart = monthChart(ctx, v.rows, tr(ctx, "stats.year_chart"))
	return v, err
}

// timeName is the word for a year, a quarter or a month.
func timeName(ctx context.Context, key string) string {
	if year, n, ok := strings.Cut(key, "-Q"); ok {
		return i18n.T(ctx, "dossierweb.quarter", "n", n, "year", year)
	}
	return monthName(key)
}

// stands tells whether a figure is of an instant and not of a period; groups by time have none.
func stands(key string) bool {
	return key == "carried" || key == "open" || key == "overdue" || key == "paused"
}

// percentOr is a share in hundredths of a percent, or the word where there is none.
func percentOr(ctx context.Context, none string, share func() (int64, bool)) string {
	n, ok := share()
	if !ok {
		return none
	}
	return i18n.Percent(ctx, float64(n)/10000)
}

// levelWords says how many procedures people may file for online.
func levelWords(ctx context.Context, l procedure.ServiceLevels) string {
	share := func(f func() (int, bool)) string {
		if n, ok := f(); ok {
			return i18n.Number(ctx, float64(n)/100, 2) + "%" // published with two decimals
		}
		return "–"
	}
	return tr(ctx, "stats.levels", "all", l.All, "both", l.Three+l.Four, "share34", share(l.Share34), "four", l.Four, "share4", share(l.Share4))
}

// yearHead is the head of a column of the table by year.
func yearHead(ctx context.Context, key string) string {
	if key == "finished" {
		return tr(ctx, "stats.finished")
	}
	return tr(ctx, "stats.col."+key)
}

// spanOf returns the first and last day of a year, a quarter or a month, as groups by time name them.
func spanOf(key string) (from, to civil.Date, ok bool) {
	year, rest, _ := strings.Cut(key, "-")
	month, months := "01", 12
	switch {
	case strings.HasPrefix(rest, "Q"):
		n, err := strconv.Atoi(rest[1:])
		if err != nil {
			return 0, 0, false
		}
		month, months = fmt.Sprintf("%02d", 3*n-2), 3
	case rest != "":
		month, months = rest, 1
	}
	from, err := civil.Parse(year + "-" + month + "-01")
	return from, from.AddMonths(months) - 1, err == nil
}
