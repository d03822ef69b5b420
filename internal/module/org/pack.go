package org

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// Report says what an import did.
type Report struct {
	Units, Aliases, Areas int          // added
	Same                  int          // were there already, alike
	Clipped               int          // added, but only from their superior's first day on
	Differ                []Difference // were there already with other values, which were kept
}

// Difference is a record of a pack that differs from what is stored. The import never overwrites
// what people may have changed; an administrator decides.
type Difference struct {
	Key  string // of the unit, or "area CODE"
	What string // "name", "kind", "code", …
	Have string
	Pack string
}

type packFile struct {
	Areas []struct {
		Code         string      `json:"code"`
		Name         string      `json:"name"`
		Kind         string      `json:"kind"`
		Parent       string      `json:"parent"`
		From         civil.Date  `json:"valid_from"`
		To           *civil.Date `json:"valid_to"`
		Predecessors []string    `json:"predecessors"`
		Source       string      `json:"source"`
		Status       string      `json:"status"`
	} `json:"areas"`
	Units []packUnit `json:"units"`
}

type packUnit struct {
	Key     string      `json:"key"`
	Kind    string      `json:"kind"`
	Name    string      `json:"name"`
	NameEN  string      `json:"name_en"`
	Short   string      `json:"short"`
	Parent  string      `json:"parent"`
	Area    string      `json:"area"`
	Tag     string      `json:"tag"`
	From    civil.Date  `json:"valid_from"`
	To      *civil.Date `json:"valid_to"`
	Source  string      `json:"source"`
	Status  string      `json:"status"`
	Aliases []struct {
		Scheme   string      `json:"scheme"`
		Code     string      `json:"code"`
		From     civil.Date  `json:"valid_from"`
		To       *civil.Date `json:"valid_to"`
		Source   string      `json:"source"`
		Status   string      `json:"status"`
		Assigned bool        `json:"assigned"`
	} `json:"aliases"`
}

// maxPack bounds the size of a pack's file, in bytes.
const maxPack = 32 << 20

// ImportPack loads the units, codes and areas of a pack (packs/<name>/org.json) that are not there
// yet. Run again it changes nothing. Records without source or status are refused with their
// places; nothing is stored unless all is well.
func (s *Service) ImportPack(ctx context.Context, orgJSON []byte) (Report, error) {
	if len(orgJSON) > maxPack {
		return Report{}, fault.New(fault.TooLarge, "org.pack_large")
	}
	var f packFile
	dec := json.NewDecoder(bytes.NewReader(orgJSON))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return Report{}, fault.Wrap(err, fault.Invalid, "org.pack_unreadable", "why", err.Error())
	}
	if fields := f.problems(); len(fields) > 0 {
		return Report{}, fault.Input("org.pack_wrong", fields...)
	}
	sum := sha256.Sum256(orgJSON)
	fresh := make(map[string]id.ID, len(f.Units)) // made here, because the write may run again
	for _, u := range f.Units {
		fresh[u.Key] = s.IDs.New()
	}
	who := actor.System("import")
	var rep Report
	err := s.write(ctx, func(tx *db.Tx, w *world) error {
		rep = Report{}
		if err := s.importAreas(tx, f, &rep); err != nil {
			return err
		}
		if err := s.importUnits(tx, w, f, fresh, &rep); err != nil {
			return err
		}
		if rep.Units+rep.Aliases+rep.Areas == 0 {
			return nil
		}
		return s.Ledger.Record(tx, who, "org.import", "org.pack", id.ID{}, map[string]any{
			"sha256": hex.EncodeToString(sum[:]), "units": rep.Units, "aliases": rep.Aliases, "areas": rep.Areas})
	})
	return rep, err
}

// problems returns what is wrong with the file by itself.
func (f packFile) problems() (fields []fault.Field) {
	bad := func(path, key string, args ...any) {
		if len(fields) < 200 { // a file that is wrong everywhere needs no longer list
			fields = append(fields, fault.Field{Path: path, Key: key, Args: fault.Args(args...)})
		}
	}
	type areaKey struct {
		code string
		from civil.Date
	}
	areas := map[areaKey]bool{}
	for i, a := range f.Areas {
		at := fmt.Sprintf("/areas/%d", i)
		if a.Name == "" || !areaForm.MatchString(a.Code) || !kindForm.MatchString(a.Kind) {
			bad(at, "org.pack_area", "code", a.Code)
		}
		if a.Source == "" || !goodStatus(a.Status) {
			bad(at, "org.pack_no_source", "key", a.Code)
		}
		if a.To != nil && *a.To <= a.From {
			bad(at, "org.to_before_from")
		}
		k := areaKey{a.Code, a.From}
		if areas[k] {
			bad(at, "org.pack_twice", "key", a.Code)
		}
		areas[k] = true
	}
	seen := map[string]bool{}
	for i, u := range f.Units {
		at := fmt.Sprintf("/units/%d", i)
		if !keyForm.MatchString(u.Key) || !kindForm.MatchString(u.Kind) {
			bad(at, "org.key_form")
		}
		if seen[u.Key] {
			bad(at, "org.pack_twice", "key", u.Key)
		}
		for _, p := range check(clean(Values{Name: u.Name, NameEN: u.NameEN, Short: u.Short, Area: u.Area, Tag: u.Tag, Source: u.Source, Status: u.Status})) {
			bad(at+"/"+p.Path, p.Key)
		}
		if u.Source == "" || u.Status == "" {
			bad(at, "org.pack_no_source", "key", u.Key)
		}
		if u.To != nil && *u.To <= u.From {
			bad(at, "org.to_before_from")
		}
		if u.Parent != "" && !seen[u.Parent] {
			bad(at+"/parent", "org.pack_parent", "key", u.Parent)
		}
		seen[u.Key] = true
		for j, a := range u.Aliases {
			if !schemeForm.MatchString(a.Scheme) || !codeForm.MatchString(a.Code) {
				bad(fmt.Sprintf("%s/aliases/%d", at, j), "org.code_form")
			}
			if a.Source == "" || !goodStatus(a.Status) {
				bad(fmt.Sprintf("%s/aliases/%d", at, j), "org.pack_no_source", "key", a.Code)
			}
		}
	}
	return fields
}

func (s *Service) importAreas(tx *db.Tx, f packFile, rep *Report) error {
	type key struct {
		code string
		from civil.Date
	}
	have := map[key]string{}
	rows, err := tx.Query("SELECT code, valid_from, name FROM org_area")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k key
		var name string
		if err := rows.Scan(&k.code, &k.from, &name); err != nil {
			return err
		}
		have[k] = name
	}
	if err := rows.Err(); err != nil {
		return err
	}
	var args []any
	for _, a := range f.Areas {
		name := text.Line(a.Name)
		switch old, ok := have[key{a.Code, a.From}]; {
		case !ok:
			rep.Areas++
			args = append(args, a.Code, a.From, a.To, a.Kind, name, text.Fold(name), a.Parent, a.Source, a.Status)
		case old == name:
			rep.Same++
		default:
			rep.Differ = append(rep.Differ, Difference{"area " + a.Code, "name", old, name})
		}
	}
	return insertWide(tx, "org_area (code, valid_from, valid_to, kind, name, name_fold, parent, source, status)", 9, args)
}

func (s *Service) importUnits(tx *db.Tx, w *world, f packFile, fresh map[string]id.ID, rep *Report) error {
	codes := map[string]Alias{} // scheme and code, as open now
	old, err := db.Collect[Alias](tx.Query("SELECT unit_id, scheme, code, valid_from, valid_to, assigned, source, status FROM org_alias"))(scanAlias)
	if err != nil {
		return err
	}
	hasScheme := map[string]string{} // unit and scheme
	for _, a := range old {
		codes[a.Scheme+" "+a.Code] = a
		hasScheme[a.Unit.String()+" "+a.Scheme] = a.Code
	}
	var units, spans []any
	var aliases []Alias
	var added []id.ID
	for _, u := range f.Units {
		v := clean(Values{Name: u.Name, NameEN: u.NameEN, Short: u.Short, Area: u.Area, Tag: u.Tag, Source: u.Source, Status: u.Status})
		if u.Parent != "" {
			v.Parent = w.keys[u.Parent]
		}
		uid, known := w.keys[u.Key]
		if known {
			rep.compare(u, v, w.units[uid])
		} else {
			uid = fresh[u.Key]
			from := u.From
			if p := w.units[v.Parent]; p != nil {
				// A pack may know a commune since 1997 and its district since 2003 only: whose it was
				// before is not known, so nothing is claimed about that time.
				if first, _ := p.life(); from < first {
					from = first
					rep.Clipped++
				}
			}
			h := &history{id: uid, key: u.Key, kind: u.Kind, spans: []Span{{From: from, To: u.To, Values: v}}}
			w.units[uid], w.keys[u.Key] = h, uid
			added = append(added, uid)
			rep.Units++
			units = append(units, uid, u.Key, u.Kind, db.Micros(s.Now()), 1)
			spans = spanArgs(spans, uid, h.spans[0])
		}
		for _, a := range u.Aliases {
			k := a.Scheme + " " + a.Code
			if at, ok := codes[k]; ok && at.Unit == uid {
				rep.Same++
				continue
			} else if ok {
				rep.Differ = append(rep.Differ, Difference{u.Key, "code", "", a.Code})
				continue
			}
			if mine, ok := hasScheme[uid.String()+" "+a.Scheme]; ok {
				rep.Differ = append(rep.Differ, Difference{u.Key, "code", mine, a.Code})
				continue
			}
			x := Alias{Unit: uid, Scheme: a.Scheme, Code: a.Code, From: a.From, To: a.To, Assigned: a.Assigned, Source: a.Source, Status: a.Status}
			codes[k] = x
			rep.Aliases++
			aliases = append(aliases, x)
		}
	}
	if len(added) > 0 {
		for _, u := range added {
			if err := w.check(u, w.units[u].spans); err != nil {
				if p := fault.As(err); p != nil {
					return fault.Wrap(err, fault.Invalid, "org.pack_tree", "key", w.units[u].key)
				}
				return err
			}
		}
	}
	if err := insertWide(tx, "org_unit (id, key, kind, created, version)", 5, units); err != nil {
		return err
	}
	if err := insertWide(tx, spanInto, 12, spans); err != nil {
		return err
	}
	return insertAliases(tx, aliases)
}

func (r *Report) compare(u packUnit, v Values, h *history) {
	s, ok := h.nearest(u.From)
	if ok && h.kind == u.Kind && s.Name == v.Name && s.Parent == v.Parent && s.Area == v.Area && s.Tag == v.Tag {
		r.Same++
		return
	}
	for _, d := range []Difference{
		{u.Key, "kind", h.kind, u.Kind}, {u.Key, "name", s.Name, v.Name}, {u.Key, "parent", s.Parent.String(), v.Parent.String()},
		{u.Key, "area", s.Area, v.Area}, {u.Key, "tag", s.Tag, v.Tag},
	} {
		if d.Have != d.Pack {
			r.Differ = append(r.Differ, d)
		}
	}
}
