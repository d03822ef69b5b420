package dossierweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
)

// A list keeps its state in the address: "xep" is the column it is sorted by ("ma", or "-ma" the
// other way round), "sau" the place where the page before ended, "stt" how many lines came before.

// column is a column a list can be sorted by: its word in addresses, what the module calls it, and
// its name.
type column struct{ slug, by, label string }

// workColumns are the columns of a worklist, in their order.
func workColumns() []column {
	return []column{{"ma", dossier.SortCode, "dossierweb.col.code"}, {"thu-tuc", dossier.SortProcedure, "dossierweb.col.procedure"},
		{"nguoi-nop", dossier.SortApplicant, "dossierweb.col.applicant"}, {"buoc", dossier.SortStep, "dossierweb.col.step"},
		{"han", dossier.SortDue, "dossierweb.col.left"}, {"kenh", dossier.SortChannel, "dossierweb.col.way"}}
}

// passedColumns are those of the list of what was passed on.
func passedColumns() []column {
	return []column{{"ma", dossier.SortCode, "dossierweb.col.code"}, {"thu-tuc", dossier.SortProcedure, "dossierweb.col.procedure"},
		{"nguoi-nop", dossier.SortApplicant, "dossierweb.col.applicant"}, {"buoc", dossier.SortStep, "dossierweb.passed_to"},
		{"luc", dossier.SortPassed, "dossierweb.passed_at"}}
}

// orderOf reads how a list is sorted; words it does not know count as not said.
func orderOf(q url.Values, cols []column) dossier.Order {
	slug, desc := strings.CutPrefix(q.Get("xep"), "-")
	for _, c := range cols {
		if c.slug == slug {
			return dossier.Order{By: c.by, Desc: desc}
		}
	}
	return dossier.Order{}
}

// listPlace reads where the page before ended.
func listPlace(q url.Values) dossier.Place {
	s := q.Get("sau")
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return dossier.Place{}
	}
	x, err := id.Parse(s[i+1:])
	if err != nil {
		return dossier.Place{}
	}
	return dossier.Place{Key: s[:i], ID: x}
}

func placeWord(p dossier.Place) string { return p.Key + "." + p.ID.String() }

// sortHead is the head of a column that sorts by it; own is the column the list is sorted by when
// the address says nothing ("-luc": the newest first).
func sortHead(ctx context.Context, q url.Values, own, slug, label string, num bool) ui.Sort {
	now := orElse(q.Get("xep"), own)
	s := ui.Sort{Label: t(ctx, label), Num: num}
	next := slug
	switch now {
	case slug:
		s.Dir, next = "asc", "-"+slug
	case "-" + slug:
		s.Dir = "desc"
	}
	if next == own {
		next = ""
	}
	s.Href = plain(ctx, "xep", next, "sau", "", "stt", "")
	return s
}

// sortChoices offers the same orders on small screens, where tables have no heads.
func sortChoices(ctx context.Context, cols []column) []ui.Option {
	var out []ui.Option
	for _, c := range cols {
		out = append(out, ui.Option{Value: c.slug, Label: t(ctx, c.label) + " ↑"}, ui.Option{Value: "-" + c.slug, Label: t(ctx, c.label) + " ↓"})
	}
	return out
}

// sortRows sorts the rows of a list that is shown whole by the column in the address. keys gives
// what each column compares; rows that are equal keep their order.
func sortRows[T any](rows []T, q url.Values, own string, keys map[string]func(a, b T) int) {
	slug, desc := strings.CutPrefix(orElse(q.Get("xep"), own), "-")
	by := keys[slug]
	if by == nil {
		return
	}
	slices.SortStableFunc(rows, func(a, b T) int {
		if desc {
			return by(b, a)
		}
		return by(a, b)
	})
}

// tooLong tells whether a list is too long for the order asked for, which then gives way to its
// own order.
func tooLong(err error) bool {
	f := fault.As(err)
	return f != nil && f.Key == dossier.ErrTooManyToSort
}

// fromList carries a worklist's filter and order to the dossiers opened from it and back.
const fromList = "ds"

// listState is the worklist of the request as dossiers opened from it remember it.
func listState(q url.Values, fixed bool) string {
	s := url.Values{}
	for _, k := range []string{"cua", "han", "linh-vuc", "viec", "tu", "xep"} {
		if v := q.Get(k); v != "" {
			s.Set(k, v)
		}
	}
	s.Set("trang", "viec")
	if fixed {
		s.Set("trang", "moi")
	}
	return s.Encode()
}

// openFrom is the address of the task's dossier, opened from a list.
func openFrom(state string, x *dossier.WorkItem) string {
	return dossierPath(x.Code) + "?" + url.Values{"viec": {x.Task.ID.String()}, fromList: {state}}.Encode()
}

// keepList adds the list a dossier was opened from to an address.
func keepList(r *http.Request, path string) string {
	s := r.FormValue(fromList)
	if s == "" || len(s) > 1000 {
		return path
	}
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	return path + sep + url.Values{fromList: {s}}.Encode()
}

// beside is the way through a list from one of its dossiers.
type beside struct {
	State      string // of the list, as in the address; empty if the dossier was not opened from one
	List       string // address of the list
	Prev, Next string // addresses of the neighbours; empty at the ends
}

// neighbours finds what stands beside the task in the list it was opened from.
func (h *Handlers) neighbours(r *http.Request, task string) (b beside, err error) {
	state := r.FormValue(fromList)
	q, err := url.ParseQuery(state)
	if err != nil || state == "" || len(state) > 1000 {
		return beside{}, nil
	}
	f := workFilter(q)
	b.State, b.List = state, desk
	if q.Get("trang") == "moi" {
		f.Action, b.List = dossier.ActionReceive, desk+"/moi"
	}
	q.Del("trang")
	if s := q.Encode(); s != "" {
		b.List += "?" + s
	}
	x, err := id.Parse(task)
	if err != nil || x.Zero() {
		return b, nil
	}
	prev, next, err := h.Dossiers.Neighbours(r.Context(), f, x)
	if tooLong(err) {
		return b, nil
	}
	if err != nil {
		return b, err
	}
	if prev != nil {
		b.Prev = openFrom(state, prev)
	}
	if next != nil {
		b.Next = openFrom(state, next)
	}
	return b, nil
}
