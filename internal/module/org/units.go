package org

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// NewUnit is a unit to be added. Key may be empty; it is then made of the name.
type NewUnit struct {
	Key  string     `json:"key,omitempty"`
	Kind string     `json:"kind"`
	From civil.Date `json:"from"`
	Values
}

// UnitChange gives a unit new values from a day on.
type UnitChange struct {
	Unit    id.ID      `json:"unit"`
	Version int64      `json:"version"` // of the unit when it was read
	From    civil.Date `json:"from"`
	Values
}

// UnitRecord is a unit with its whole history, newest first.
type UnitRecord struct {
	ID      id.ID   `json:"id"`
	Key     string  `json:"key"`
	Kind    string  `json:"kind"`
	Version int64   `json:"version"`
	Spans   []Span  `json:"spans"`
	Aliases []Alias `json:"aliases"`
}

// maxName bounds every name, in characters.
const maxName = 200

var (
	keyForm    = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`)
	kindForm   = regexp.MustCompile(`^[a-z][a-z_]{1,29}$`)
	tagForm    = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	areaForm   = regexp.MustCompile(`^[0-9]{2,5}$`)
	codeForm   = regexp.MustCompile(`^[0-9A-Z]+(\.[0-9A-Z]+)*$`)
	schemeForm = regexp.MustCompile(`^[a-z][a-z0-9]{1,19}$`)
)

// AddUnit adds a unit from a day on. The actor must be allowed to edit the parent's agency; a root
// is added only by somebody who edits the whole province.
func (s *Service) AddUnit(ctx context.Context, who actor.Actor, n NewUnit) (id.ID, error) {
	n.Values = clean(n.Values)
	fields := check(n.Values)
	if !kindForm.MatchString(n.Kind) {
		fields = append(fields, fault.Field{Path: "kind", Key: "org.kind_form"})
	}
	if n.Key != "" && (len(n.Key) > 80 || !keyForm.MatchString(n.Key)) {
		fields = append(fields, fault.Field{Path: "key", Key: "org.key_form"})
	}
	if len(fields) > 0 {
		return id.ID{}, fault.Input("org.input", fields...)
	}
	h := &history{id: s.IDs.New(), key: n.Key, kind: n.Kind, spans: []Span{{From: n.From, Values: n.Values}}}
	return h.id, s.write(ctx, func(tx *db.Tx, w *world) error {
		if n.Parent.Zero() {
			if _, all := who.Agencies(PermEdit); !all {
				return fault.New(fault.Forbidden, "org.may_not_edit")
			}
		} else if w.units[n.Parent] == nil {
			return fault.Input("org.input", fault.Field{Path: "parent", Key: "org.parent_unknown"})
		} else if err := w.mayEdit(who, n.Parent, n.From); err != nil {
			return err
		}
		h := *h // the function may run again
		if h.key == "" {
			h.key = w.freeKey(n)
		} else if _, taken := w.keys[h.key]; taken {
			return fault.Input("org.input", fault.Field{Path: "key", Key: "org.key_taken"})
		}
		w.units[h.id] = &h
		if err := w.check(h.id, h.spans); err != nil {
			return err
		}
		if err := insertUnit(tx, &h, db.Micros(s.Now())); err != nil {
			return err
		}
		if err := insertSpans(tx, h.id, h.spans); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "org.unit.add", "org.unit", h.id, n)
	})
}

// ChangeUnit gives a unit new values from a day on; a change that is planned for later stays. On
// the very day a span began it corrects that span. Moving a unit needs the permission at both ends.
func (s *Service) ChangeUnit(ctx context.Context, who actor.Actor, c UnitChange) error {
	c.Values = clean(c.Values)
	if fields := check(c.Values); len(fields) > 0 {
		return fault.Input("org.input", fields...)
	}
	return s.write(ctx, func(tx *db.Tx, w *world) error {
		h, err := w.open(who, c.Unit, c.Version, c.From)
		if err != nil {
			return err
		}
		before, _ := h.nearest(c.From)
		if c.Parent != before.Parent {
			if c.Parent.Zero() || before.Parent.Zero() {
				if _, all := who.Agencies(PermEdit); !all {
					return fault.New(fault.Forbidden, "org.may_not_edit")
				}
			}
			for _, p := range []id.ID{c.Parent, before.Parent} {
				if p.Zero() || w.units[p] == nil {
					continue // an unknown parent is told by the check below
				}
				if err := w.mayEdit(who, p, c.From); err != nil {
					return err
				}
			}
		}
		spans, err := h.change(c.From, c.Values)
		if err != nil {
			return err
		}
		if err := w.check(h.id, spans); err != nil {
			return err
		}
		h.spans = spans
		if err := storeSpans(tx, h); err != nil {
			return err
		}
		if c.Parent != before.Parent {
			if err := s.announceMove(tx, h.id); err != nil {
				return err
			}
		}
		return s.Ledger.Record(tx, who, "org.unit.change", "org.unit", h.id, c)
	})
}

// CloseUnit ends a unit: the given day is the first on which it is no more. Its codes and unheld
// positions end with it; open children or holders of its positions forbid it.
func (s *Service) CloseUnit(ctx context.Context, who actor.Actor, unit id.ID, version int64, on civil.Date) error {
	return s.write(ctx, func(tx *db.Tx, w *world) error {
		h, err := w.open(who, unit, version, on)
		if err != nil {
			return err
		}
		spans, err := h.closing(on)
		if err != nil {
			return err
		}
		if err := w.check(h.id, spans); err != nil {
			return err
		}
		held, err := queryHoldings(tx, "p.unit_id = $1 AND (h.valid_to IS NULL OR h.valid_to > $2)", unit, on)
		if err != nil {
			return err
		}
		if len(held) > 0 {
			return fault.New(fault.Conflict, "org.open_holdings", "n", len(held))
		}
		h.spans = spans
		if err := storeSpans(tx, h); err != nil {
			return err
		}
		for _, q := range []string{
			"DELETE FROM org_alias WHERE unit_id = $1 AND valid_from >= $2",
			"UPDATE org_alias SET valid_to = $2 WHERE unit_id = $1 AND (valid_to IS NULL OR valid_to > $2)",
			// Nobody ever held a position that would only begin later.
			"DELETE FROM org_position WHERE unit_id = $1 AND valid_from >= $2",
			"UPDATE org_position SET valid_to = $2, version = version + 1 WHERE unit_id = $1 AND (valid_to IS NULL OR valid_to > $2)",
		} {
			if _, err := tx.Exec(q, unit, on); err != nil {
				return err
			}
		}
		return s.Ledger.Record(tx, who, "org.unit.close", "org.unit", h.id, map[string]any{"on": on})
	})
}

// SetAlias gives a unit a code in a scheme from a day on; the code it had there ends that day. A
// code that another unit holds at the time is refused.
func (s *Service) SetAlias(ctx context.Context, who actor.Actor, version int64, a Alias) error {
	a.Scheme, a.Code = strings.TrimSpace(a.Scheme), strings.ToUpper(strings.TrimSpace(a.Code))
	a.Source, a.Status = text.Line(a.Source), statusOr(a.Status, a.Source)
	a.To = nil
	var fields []fault.Field
	if !schemeForm.MatchString(a.Scheme) {
		fields = append(fields, fault.Field{Path: "scheme", Key: "org.scheme_form"})
	}
	if len(a.Code) > 35 || !codeForm.MatchString(a.Code) { // 35: Decision 20/2020/QĐ-TTg
		fields = append(fields, fault.Field{Path: "code", Key: "org.code_form"})
	}
	if len(fields) > 0 {
		return fault.Input("org.input", fields...)
	}
	return s.write(ctx, func(tx *db.Tx, w *world) error {
		h, err := w.open(who, a.Unit, version, a.From)
		if err != nil {
			return err
		}
		first, last := h.life()
		if !within(a.From, last, first, last) || last != nil && a.From >= *last {
			return fault.New(fault.Conflict, "org.not_valid_then", "date", a.From)
		}
		a := a
		a.To = last
		var other string
		err = tx.QueryRow(`SELECT u.key FROM org_alias a JOIN org_unit u ON u.id = a.unit_id WHERE a.code = $1 AND a.unit_id <> $2
			AND (a.valid_to IS NULL OR a.valid_to > $3) ORDER BY a.valid_from LIMIT 1`, a.Code, a.Unit, a.From).Scan(&other)
		if err == nil {
			return fault.Input("org.input", fault.Field{Path: "code", Key: "org.code_taken", Args: fault.Args("unit", other)})
		}
		if !db.Missing(err) {
			return err
		}
		if _, err := tx.Exec("DELETE FROM org_alias WHERE unit_id = $1 AND scheme = $2 AND valid_from >= $3", a.Unit, a.Scheme, a.From); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE org_alias SET valid_to = $3 WHERE unit_id = $1 AND scheme = $2 AND (valid_to IS NULL OR valid_to > $3)`,
			a.Unit, a.Scheme, a.From); err != nil {
			return err
		}
		if err := insertAliases(tx, []Alias{a}); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE org_unit SET version = version + 1 WHERE id = $1", a.Unit); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "org.alias.set", "org.unit", h.id, a)
	})
}

// History returns a unit with all its spans and codes, newest first.
func (s *Service) History(ctx context.Context, unit id.ID) (UnitRecord, error) {
	q := s.DB.Read(ctx)
	r := UnitRecord{ID: unit}
	err := q.QueryRow("SELECT key, kind, version FROM org_unit WHERE id = $1", unit).Scan(&r.Key, &r.Kind, &r.Version)
	if db.Missing(err) {
		return r, fault.New(fault.NotFound, "org.unit_unknown")
	}
	if err != nil {
		return r, outOfReach(err)
	}
	if r.Spans, err = querySpans(q, unit); err != nil {
		return r, outOfReach(err)
	}
	r.Aliases, err = db.Collect[Alias](q.Query(`SELECT unit_id, scheme, code, valid_from, valid_to, assigned, source, status
		FROM org_alias WHERE unit_id = $1 ORDER BY valid_from DESC, scheme`, unit))(scanAlias)
	return r, outOfReach(err)
}

// write runs fn alone among all writers of the organisation, with the world as it is now.
func (s *Service) write(ctx context.Context, fn func(*db.Tx, *world) error) error {
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := lockState(tx); err != nil {
			return err
		}
		w, err := loadWorld(tx)
		if err != nil {
			return err
		}
		tx.AfterCommit(s.stale)
		return fn(tx, w)
	})
	if db.IsUnique(err) {
		return fault.Wrap(err, fault.Conflict, "org.changed_meanwhile")
	}
	return err
}

// open finds the unit for a change, checks the permission and that nobody changed it meanwhile.
func (w *world) open(who actor.Actor, unit id.ID, version int64, on civil.Date) (*history, error) {
	h := w.units[unit]
	if h == nil {
		return nil, fault.New(fault.NotFound, "org.unit_unknown")
	}
	if err := w.mayEdit(who, unit, on); err != nil {
		return nil, err
	}
	if h.version != version {
		return nil, fault.New(fault.Conflict, "org.changed_meanwhile")
	}
	return h, nil
}

// freeKey makes a key of the parent's key and the tag, or of the name.
func (w *world) freeKey(n NewUnit) string {
	base := strings.ReplaceAll(text.Fold(n.Name), " ", "-")
	if n.Kind == Division {
		if n.Tag != "" {
			base = n.Tag
		}
		if p := w.units[n.Parent]; p != nil {
			base = p.key + "." + base
		}
	}
	if base == "" || !keyForm.MatchString(base) {
		base = "don-vi"
	}
	if len(base) > 70 {
		base = strings.TrimRight(base[:70], ".-")
	}
	key := base
	for i := 2; ; i++ {
		if _, taken := w.keys[key]; !taken {
			return key
		}
		key = base + "-" + strconv.Itoa(i)
	}
}

func clean(v Values) Values {
	v.Name, v.NameEN, v.Short, v.Source = text.Line(v.Name), text.Line(v.NameEN), text.Line(v.Short), text.Line(v.Source)
	v.Area, v.Tag = strings.TrimSpace(v.Area), strings.TrimSpace(v.Tag)
	v.Status = statusOr(v.Status, v.Source)
	return v
}

// statusOr says how far a datum can be trusted when nobody said: with a source it is from memory
// of that source, without one it is assumed.
func statusOr(status, source string) string {
	switch {
	case status != "":
		return status
	case source != "":
		return "memory"
	}
	return "assumed"
}

func check(v Values) (fields []fault.Field) {
	add := func(path, key string, args ...any) {
		fields = append(fields, fault.Field{Path: path, Key: key, Args: fault.Args(args...)})
	}
	if v.Name == "" {
		add("name", "org.name_missing")
	}
	for path, x := range map[string]string{"name": v.Name, "name_en": v.NameEN, "short": v.Short} {
		if utf8.RuneCountInString(x) > maxName {
			add(path, "org.name_long", "max", maxName)
		}
	}
	if utf8.RuneCountInString(v.Source) > 1000 {
		add("source", "org.name_long", "max", 1000)
	}
	if v.Tag != "" && (len(v.Tag) > 40 || !tagForm.MatchString(v.Tag)) {
		add("tag", "org.tag_form")
	}
	if v.Area != "" && !areaForm.MatchString(v.Area) {
		add("area", "org.area_form")
	}
	if !goodStatus(v.Status) {
		add("status", "org.status_form")
	}
	return fields
}

func goodStatus(s string) bool {
	switch s {
	case "verified", "memory", "assumed", "unknown":
		return true
	}
	return false
}
