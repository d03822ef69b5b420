package procedureweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/procedure"
)

// homeView is what the home page shows.
type homeView struct {
	total   int
	chips   []*procedure.Entry
	life    []lifeView
	figures *PublicFigures
	title   string
}

type lifeView struct {
	slug  string
	count int
}

// chipCount is how many shortcuts stand under the search field.
const chipCount = 5

func (h *Handlers) home(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	cat, err := h.Procedures.Catalogue(ctx)
	if err != nil {
		return err
	}
	v := homeView{total: cat.Len(), title: ui.From(ctx).Site.Portal.For(ctx)}
	if v.chips, err = h.Procedures.Frequent(ctx, chipCount); err != nil {
		return err
	}
	counts := cat.LifeEvents()
	for _, slug := range lifeOrder() {
		if n := counts[slug]; n > 0 {
			v.life = append(v.life, lifeView{slug, n})
			delete(counts, slug)
		}
	}
	var rest []lifeView
	for slug, n := range counts {
		rest = append(rest, lifeView{slug, n})
	}
	slices.SortFunc(rest, func(a, b lifeView) int { return strings.Compare(a.slug, b.slug) })
	v.life = append(v.life, rest...)
	if h.Figures != nil {
		if f, ok := h.Figures.Today(ctx); ok {
			v.figures = &f
		}
	}
	return web.Render(w, r, http.StatusOK, homePage(v))
}

// searchPath is the address of the search with one parameter.
func searchPath(name, value string) string {
	return PathSearch + "?" + url.Values{name: {value}}.Encode()
}

// searchView is a page of results.
type searchView struct {
	query procedure.Query
	res   *procedure.Results
	next  string
}

// Names of the parameters of the search, in the order the filters stand on the page.
func facetParams() [][2]string {
	return [][2]string{{procedure.FacetService, "hinh-thuc"}, {procedure.FacetLevel, "cap"},
		{procedure.FacetField, "linh-vuc"}, {procedure.FacetLife, "viec"}, {procedure.FacetSubject, "doi-tuong"}}
}

// maxChoices bounds the values of one filter in an address.
const maxChoices = 20

func choices(q url.Values, name string) []string {
	v := q[name]
	return slices.DeleteFunc(v[:min(len(v), maxChoices)], func(s string) bool { return s == "" })
}

func (h *Handlers) search(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in := r.URL.Query()
	q := procedure.Query{
		Text: clipRunes(in.Get("q"), 200), After: in.Get("sau"),
		Service: choices(in, "hinh-thuc"), Level: choices(in, "cap"), Field: choices(in, "linh-vuc"),
		LifeEvent: choices(in, "viec"), Subject: choices(in, "doi-tuong"),
	}
	res, err := h.Procedures.Search(ctx, q)
	if err != nil && q.After != "" { // a page that is gone: begin again
		q.After = ""
		res, err = h.Procedures.Search(ctx, q)
	}
	if err != nil {
		return err
	}
	v := searchView{query: q, res: res}
	if res.Next != "" {
		in.Set("sau", res.Next)
		v.next = PathSearch + "?" + in.Encode()
	}
	return web.Render(w, r, http.StatusOK, searchPage(v))
}

// clipRunes cuts a text that came from outside at a letter.
func clipRunes(s string, n int) string {
	r := []rune(strings.ToValidUTF8(s, ""))
	return string(r[:min(len(r), n)])
}

// facetLabel names a value of a filter in the reader's language.
func facetLabel(lang func(prefix, value string) string, facet, value string) string {
	switch facet {
	case procedure.FacetService:
		return lang("kind.", value)
	case procedure.FacetLevel:
		return lang("level.", value)
	case procedure.FacetLife:
		return lang("life.", value)
	}
	return value
}

// vi is the language attribute of texts that exist in Vietnamese only.
func vi() string { return i18n.VI }

// titleLang is the language of an entry's title on a page of the present language.
func titleLang(ctx context.Context, e *procedure.Entry) string {
	if i18n.Lang(ctx) == i18n.EN && e.NameEN != "" {
		return i18n.EN
	}
	return i18n.VI
}

// chipLabel is a procedure's name without the words every name begins with.
func chipLabel(ctx context.Context, e *procedure.Entry) string {
	name := e.Title(i18n.Lang(ctx))
	if rest, ok := strings.CutPrefix(name, "Thủ tục "); ok {
		return sentence(rest)
	}
	return name
}

// prevPath leads back to the first page of results; keyset pages have no page before.
func prevPath(ctx context.Context, v searchView) string {
	if v.query.After == "" {
		return ""
	}
	q := url.Values{}
	for k, vs := range ui.From(ctx).Query {
		if k != "sau" {
			q[k] = vs
		}
	}
	return PathSearch + "?" + q.Encode()
}

func facetID(form, facet string, i int) string { return form + "-" + facet + "-" + strconv.Itoa(i) }
