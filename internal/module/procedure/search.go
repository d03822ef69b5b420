package procedure

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// Query asks for published procedures. Several values of one filter are alternatives; filters of
// different kinds have to hold together.
type Query struct {
	Text      string   // words people use, with or without marks; "" matches all
	Field     []string // names of fields of government
	Level     []string // LevelCommune, …
	LifeEvent []string
	Subject   []string
	Service   []string // ServiceFull, ServicePartial
	Agency    id.ID    // receives it today
	Channel   int      // can be filed by this channel
	After     string   // cursor from Results.Next
	Limit     int      // 1 to 100, 0 means 20
}

// Facet is one value of a filter with how many results it would leave.
type Facet struct {
	Value    string
	Count    int
	Selected bool
}

// Results is one page of what was found.
type Results struct {
	Items  []*Entry
	Total  int
	Next   string             // cursor of the next page, "" at the end
	Facets map[string][]Facet // by "field", "level", "life", "subject", "service"
	Terms  []string           // the folded words of the query that were found, for marking
}

// Names of the facets.
const (
	FacetField   = "field"
	FacetLevel   = "level"
	FacetLife    = "life"
	FacetSubject = "subject"
	FacetService = "service"
)

// Search finds published procedures. With a text the best match comes first, without one they are
// sorted by name. A malformed cursor is Invalid.
func (s *Service) Search(ctx context.Context, q Query) (*Results, error) {
	cat, err := s.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	var agency Unit
	if !q.Agency.Zero() {
		u, ok, err := s.Units.Unit(ctx, q.Agency)
		if err != nil {
			return nil, err
		}
		if !ok {
			return &Results{Facets: map[string][]Facet{}}, nil
		}
		agency = u
	}
	start, err := readCursor(q.After)
	if err != nil {
		return nil, err
	}
	day := s.today()
	var found []*Entry
	if strings.TrimSpace(q.Text) == "" {
		found = cat.entries
	} else {
		for _, m := range cat.index.search(q.Text) {
			found = append(found, cat.entries[m.doc])
		}
	}
	if q.Channel != 0 || !agency.ID.Zero() {
		found = slices.DeleteFunc(slices.Clone(found), func(e *Entry) bool {
			if q.Channel == ChannelOnline && !e.Online || q.Channel != 0 && !slices.Contains(e.Channels, q.Channel) {
				return true
			}
			return !agency.ID.Zero() && !e.offers.enabled(agency.ID, agency.Kind, day)
		})
	}
	facets := newFacets(q)
	var hits []*Entry
	for _, e := range found {
		if facets.count(e) {
			hits = append(hits, e)
		}
	}
	res := &Results{Total: len(hits), Facets: facets.result(), Terms: cat.index.terms(q.Text)}
	from := start.position(hits)
	limit := q.Limit
	if limit <= 0 {
		limit = 20
	}
	end := min(from+min(limit, 100), len(hits))
	res.Items = hits[from:end]
	if end < len(hits) {
		res.Next = writeCursor(cursor{Code: hits[end-1].Code, At: end})
	}
	return res, nil
}

// terms returns the folded words of the query that the index knows, without the fillers.
func (x *index) terms(query string) []string {
	var out []string
	words := strings.Fields(text.Fold(query))
	for _, w := range words[:min(len(words), maxWords)] {
		if len(x.single[w]) > 0 && !filler(w) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// facetCounter counts for each filter what each of its values would leave if the other filters
// stay as they are.
type facetCounter struct {
	filters []facetFilter
}

type facetFilter struct {
	name   string
	want   []string
	values func(*Entry) []string
	counts map[string]int
}

func newFacets(q Query) *facetCounter {
	f := func(name string, want []string, values func(*Entry) []string) facetFilter {
		return facetFilter{name, want, values, map[string]int{}}
	}
	one := func(s string) []string {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	return &facetCounter{[]facetFilter{
		f(FacetService, q.Service, func(e *Entry) []string {
			if !e.Online {
				return nil
			}
			return one(e.Kind)
		}),
		f(FacetLevel, q.Level, func(e *Entry) []string { return e.Levels }),
		f(FacetField, q.Field, func(e *Entry) []string { return one(e.Field.Name) }),
		f(FacetLife, q.LifeEvent, func(e *Entry) []string { return e.LifeEvents }),
		f(FacetSubject, q.Subject, func(e *Entry) []string { return e.Subjects }),
	}}
}

// count adds the entry to the counts and tells whether it passes every filter.
func (c *facetCounter) count(e *Entry) bool {
	failed, which := 0, -1
	for i := range c.filters {
		f := &c.filters[i]
		if len(f.want) > 0 && !slices.ContainsFunc(f.values(e), func(v string) bool { return slices.Contains(f.want, v) }) {
			failed++
			which = i
		}
	}
	if failed > 1 {
		return false
	}
	for i := range c.filters {
		if failed == 0 || which == i {
			for _, v := range c.filters[i].values(e) {
				c.filters[i].counts[v]++
			}
		}
	}
	return failed == 0
}

func (c *facetCounter) result() map[string][]Facet {
	out := map[string][]Facet{}
	for _, f := range c.filters {
		for _, w := range f.want { // what is chosen stays visible even if nothing is left of it
			if _, ok := f.counts[w]; !ok {
				f.counts[w] = 0
			}
		}
		var list []Facet
		for v, n := range f.counts {
			list = append(list, Facet{Value: v, Count: n, Selected: slices.Contains(f.want, v)})
		}
		slices.SortFunc(list, func(a, b Facet) int {
			return cmp.Or(b.Count-a.Count, strings.Compare(text.Fold(a.Value), text.Fold(b.Value)))
		})
		out[f.name] = list[:min(len(list), 50)]
	}
	return out
}

// cursor remembers the last entry shown, and its position in case it is gone by the next page.
type cursor struct {
	Code string `json:"c"`
	At   int    `json:"n"`
}

func (c cursor) position(hits []*Entry) int {
	if c.At <= 0 {
		return 0
	}
	if i := c.At - 1; i < len(hits) && hits[i].Code == c.Code {
		return c.At
	}
	for i, e := range hits {
		if e.Code == c.Code {
			return i + 1
		}
	}
	return min(c.At, len(hits))
}

func writeCursor(c cursor) string {
	b, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func readCursor(s string) (c cursor, err error) {
	if s == "" {
		return c, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil && len(s) < 200 {
		err = json.Unmarshal(b, &c)
	}
	if err != nil || len(s) >= 200 || c.At < 0 || !ValidCode(c.Code) {
		return cursor{}, fault.Input("procedure.invalid", fault.Field{Path: "after", Key: "procedure.bad_cursor"})
	}
	return c, nil
}
