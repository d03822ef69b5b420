package procedure

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// Listed is one procedure in the administrators' list, published or not.
type Listed struct {
	Code       string
	Name       string // of the published version, else of the newest
	Published  int    // number of the published version, 0 for none
	Draft      int    // number of the draft, 0 for none
	DraftID    id.ID
	ChangedAt  time.Time
	Unverified []string // of the published version: AboutFee, …
}

// Filters of the administrators' list.
const (
	WithDraft     = "draft"
	OnlyPublished = "published"
	Unpublished   = "unpublished"
)

// ListQuery selects procedures for administrators.
type ListQuery struct {
	Text   string // a part of the name or code, with or without marks
	Filter string // "", WithDraft, OnlyPublished or Unpublished
	After  string // code of the last one shown
	Limit  int    // 1 to 200, 0 means 50
}

// List returns procedures by code, and whether there are more. Everybody with procedure.edit may
// look, whatever the agency.
func (s *Service) List(ctx context.Context, who actor.Actor, lq ListQuery) (list []Listed, more bool, err error) {
	if !who.May(PermEdit) && !who.May(PermPublish) {
		return nil, false, fault.New(fault.Forbidden, "procedure.forbidden")
	}
	cat, err := s.Catalogue(ctx)
	if err != nil {
		return nil, false, err
	}
	limit := min(max(lq.Limit, 0), 200)
	if limit == 0 {
		limit = 50
	}
	where := ""
	switch lq.Filter {
	case WithDraft:
		where = " AND d.id IS NOT NULL"
	case OnlyPublished:
		where = " AND e.current_version IS NOT NULL"
	case Unpublished:
		where = " AND e.current_version IS NULL"
	}
	fold := text.Fold(lq.Text)
	after := lq.After
	// The name is searched here and not in SQL, because only Go folds Vietnamese; a province has
	// some thousand procedures and they are read in batches until the page is full.
	for len(list) <= limit {
		batch, err := listBatch(s.DB.Read(ctx), where, after, 500)
		if err != nil {
			return nil, false, err
		}
		for _, l := range batch {
			after = l.Code
			if e, ok := cat.ByCode(l.Code); ok {
				l.Unverified = e.Unverified
			}
			if fold == "" || strings.Contains(text.Fold(l.Name), fold) || strings.Contains(text.Fold(l.Code), fold) {
				list = append(list, l)
			}
		}
		if len(batch) < 500 {
			break
		}
	}
	if len(list) > limit {
		return list[:limit], true, nil
	}
	return list, false, nil
}

func listBatch(q db.Q, where, after string, n int) ([]Listed, error) {
	return db.Collect[Listed](q.Query(`SELECT e.code, e.updated_at, coalesce(p.number, 0), coalesce(d.number, 0), d.id,
			coalesce(p.record, d.record, r.record) -> 'name' ->> 'value'
		FROM procedure_entry e
		LEFT JOIN procedure_version p ON p.id = e.current_version
		LEFT JOIN procedure_version d ON d.procedure_id = e.id AND d.state = 'draft'
		LEFT JOIN procedure_version r ON r.procedure_id = e.id AND r.number = e.last_number
		WHERE e.code > $1`+where+" ORDER BY e.code LIMIT $2", after, n))(func(rows *sql.Rows) (l Listed, err error) {
		var at int64
		var name sql.NullString
		err = rows.Scan(&l.Code, &at, &l.Published, &l.Draft, &l.DraftID, &name)
		l.ChangedAt, l.Name = db.Time(at), name.String
		return l, err
	})
}

// DraftOf returns the draft of a procedure, or NotFound if there is none or the actor may not
// see it.
func (s *Service) DraftOf(ctx context.Context, who actor.Actor, code string) (*Version, error) {
	if !who.May(PermEdit) && !who.May(PermPublish) {
		return nil, notFound(code)
	}
	q := s.DB.Read(ctx)
	e, err := entryByCode(q, code)
	if err != nil {
		return nil, err
	}
	v, err := versionIn(q, e.ID, Draft)
	if err != nil {
		return nil, err
	}
	return loadVersion(q, v)
}

// Numbered returns the version of a procedure with the number; a draft is NotFound for who may
// not edit.
func (s *Service) Numbered(ctx context.Context, who actor.Actor, code string, number int) (*Version, error) {
	q := s.DB.Read(ctx)
	var version id.ID
	err := q.QueryRow(`SELECT v.id FROM procedure_version v JOIN procedure_entry e ON e.id = v.procedure_id
		WHERE e.code = $1 AND v.number = $2`, code, number).Scan(&version)
	if db.Missing(err) {
		return nil, notFound(code)
	}
	if err != nil {
		return nil, err
	}
	return s.Version(ctx, who, version)
}

// Frequent returns up to n published procedures that people use most: by the figures, if they are
// known, then those that can be filed online at the nearest office.
func (s *Service) Frequent(ctx context.Context, n int) ([]*Entry, error) {
	cat, err := s.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	var out []*Entry
	seen := map[string]bool{}
	add := func(e *Entry) {
		if !seen[e.Code] && len(out) < n {
			seen[e.Code] = true
			out = append(out, e)
		}
	}
	if s.Popular != nil {
		codes, err := s.Popular.MostUsed(ctx, n)
		if err != nil {
			// The home page is worth more than its shortcuts.
			s.Log.Warn("the most used procedures are not known", "error", err)
		}
		for _, c := range codes {
			if e, ok := cat.ByCode(c); ok {
				add(e)
			}
		}
	}
	for _, e := range cat.shortcuts() {
		add(e)
	}
	return out, nil
}

// shortcuts orders the procedures that can be filed wholly online by how likely somebody wants
// them: one of each life event first, those of communes before those of higher levels, and of
// these the shortest name, which is mostly the plain case.
func (c *Catalogue) shortcuts() []*Entry {
	var list []*Entry
	for _, e := range c.entries {
		if e.Online && e.Kind == ServiceFull && len(e.LifeEvents) > 0 && len(e.Levels) > 0 && utf8.RuneCountInString(e.Name) <= 45 {
			list = append(list, e)
		}
	}
	rank := func(e *Entry) int {
		return slices.Index([]string{LevelCommune, LevelDistrict, LevelProvince}, e.Levels[0])
	}
	slices.SortStableFunc(list, func(a, b *Entry) int {
		return cmp.Or(rank(a)-rank(b), len(a.Name)-len(b.Name))
	})
	var first, rest []*Entry
	seen := map[string]bool{}
	for _, e := range list {
		if event := e.LifeEvents[0]; !seen[event] {
			seen[event] = true
			first = append(first, e)
		} else {
			rest = append(rest, e)
		}
	}
	return append(first, rest...)
}
