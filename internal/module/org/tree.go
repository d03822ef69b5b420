package org

import (
	"cmp"
	"slices"
	"strings"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// Tree is the organisation on one day. It never changes; many goroutines may read it. What it
// returns belongs to it and must not be altered.
type Tree struct {
	On      civil.Date
	Version int64 // of org_state when it was loaded

	units    map[id.ID]*Unit
	keys     map[string]*Unit
	codes    map[string]*Unit // every scheme; schemes do not share codes
	children map[id.ID][]*Unit
	roots    []*Unit
	aliases  map[id.ID][]Alias
	areas    map[string]*Area   // the newest valid one of each code
	under    map[string][]*Area // by parent, "" for provinces
}

// Unit returns the unit with the identifier, if it is valid on the tree's day.
func (t *Tree) Unit(u id.ID) (*Unit, bool) { x, ok := t.units[u]; return x, ok }

// ByKey returns the unit with the stable key.
func (t *Tree) ByKey(key string) (*Unit, bool) { x, ok := t.keys[key]; return x, ok }

// ByCode returns the unit that has the code in any scheme.
func (t *Tree) ByCode(code string) (*Unit, bool) { x, ok := t.codes[code]; return x, ok }

// Len returns how many units the tree has.
func (t *Tree) Len() int { return len(t.units) }

// Roots returns the units without a parent.
func (t *Tree) Roots() []*Unit { return t.roots }

// Aliases returns the unit's codes on the tree's day.
func (t *Tree) Aliases(u id.ID) []Alias { return t.aliases[u] }

// Parent returns the unit above, or false for a root or an unknown unit.
func (t *Tree) Parent(u id.ID) (*Unit, bool) {
	x, ok := t.units[u]
	if !ok || x.Parent.Zero() {
		return nil, false
	}
	p, ok := t.units[x.Parent]
	return p, ok
}

// Agency returns the unit itself or the nearest unit above it that is no division; nil for an
// unknown unit.
func (t *Tree) Agency(u id.ID) *Unit {
	x, ok := t.units[u]
	if !ok {
		return nil
	}
	for x.Kind == Division {
		p, ok := t.Parent(x.ID)
		if !ok {
			break
		}
		x = p
	}
	return x
}

// Ancestors returns the units above, the nearest first.
func (t *Tree) Ancestors(u id.ID) []*Unit {
	var out []*Unit
	for p, ok := t.Parent(u); ok; p, ok = t.Parent(p.ID) {
		out = append(out, p)
	}
	return out
}

// Children returns the units right below: divisions first, then by code and name.
func (t *Tree) Children(u id.ID) []*Unit { return t.children[u] }

// Subtree returns the unit and everything below it, each parent before its children.
func (t *Tree) Subtree(u id.ID) []id.ID {
	if _, ok := t.units[u]; !ok {
		return nil
	}
	out := []id.ID{u}
	for i := 0; i < len(out); i++ {
		for _, c := range t.children[out[i]] {
			out = append(out, c.ID)
		}
	}
	return out
}

// Agencies returns the identifiers of the unit and everything below it that is no division.
func (t *Tree) Agencies(u id.ID) []id.ID {
	return slices.DeleteFunc(t.Subtree(u), func(x id.ID) bool { return t.units[x].Kind == Division })
}

// Division returns the division with the tag inside the agency, at any depth but not in another
// agency below it.
func (t *Tree) Division(agency id.ID, tag string) (*Unit, bool) {
	if tag == "" {
		return nil, false
	}
	for _, c := range t.children[agency] {
		if c.Kind == Division && c.Tag == tag {
			return c, true
		}
	}
	for _, c := range t.children[agency] {
		if c.Kind == Division {
			if d, ok := t.Division(c.ID, tag); ok {
				return d, true
			}
		}
	}
	return nil, false
}

// Units returns all units, each parent before its children, in the order of the lists.
func (t *Tree) Units() []*Unit {
	out := make([]*Unit, 0, len(t.units))
	var walk func([]*Unit)
	walk = func(us []*Unit) {
		for _, u := range us {
			out = append(out, u)
			walk(t.children[u.ID])
		}
	}
	walk(t.roots)
	return out
}

// OfKind returns all units of the kind, in the order of the lists.
func (t *Tree) OfKind(kind string) []*Unit {
	return slices.DeleteFunc(t.Units(), func(u *Unit) bool { return u.Kind != kind })
}

// Kinds returns the kinds in use, sorted.
func (t *Tree) Kinds() []string {
	seen := map[string]bool{}
	var out []string
	for _, u := range t.units {
		if !seen[u.Kind] {
			seen[u.Kind] = true
			out = append(out, u.Kind)
		}
	}
	slices.Sort(out)
	return out
}

// Area returns the area with the code; where an old and a new area share it, the newer one.
func (t *Tree) Area(code string) (*Area, bool) { a, ok := t.areas[code]; return a, ok }

// AreaUnder returns the area with the code below the given parent, which tells areas apart that
// share a code.
func (t *Tree) AreaUnder(parent, code string) (*Area, bool) {
	for _, a := range t.under[parent] {
		if a.Code == code {
			return a, true
		}
	}
	return nil, false
}

// Areas returns the areas of the kind below the parent, sorted by name; an empty kind means all,
// an empty parent the areas without one.
func (t *Tree) Areas(kind, parent string) []*Area {
	if kind == "" {
		return t.under[parent]
	}
	var out []*Area
	for _, a := range t.under[parent] {
		if a.Kind == kind {
			out = append(out, a)
		}
	}
	return out
}

// searchLimit bounds what one search returns; a person refines the words instead of reading on.
const searchLimit = 100

// SearchUnits returns the units whose name, short name, key or code contains every word of the
// query, with or without marks; names that begin with the query come first. At most 100.
func (t *Tree) SearchUnits(q string) []*Unit {
	if u, ok := t.codes[strings.ToUpper(strings.TrimSpace(q))]; ok {
		return []*Unit{u}
	}
	fold := text.Fold(q)
	words := strings.Fields(fold)
	if len(words) == 0 {
		return nil
	}
	type hit struct {
		u    *Unit
		rank int
	}
	var hits []hit
next:
	for _, u := range t.Units() {
		for _, w := range words {
			if !strings.Contains(u.fold, w) {
				continue next
			}
		}
		rank := 2
		switch name := text.Fold(u.Name); {
		case name == fold || text.Fold(u.Short) == fold:
			rank = 0
		case strings.Contains(name, fold):
			rank = 1
		}
		if u.Kind == Division {
			rank += 3 // a person who types a place means the agency first
		}
		hits = append(hits, hit{u, rank})
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.rank, b.rank) })
	out := make([]*Unit, 0, min(len(hits), searchLimit))
	for _, h := range hits[:min(len(hits), searchLimit)] {
		out = append(out, h.u)
	}
	return out
}

// newTree links units, aliases and areas that are valid on one day.
func newTree(on civil.Date, version int64, units []*Unit, aliases []Alias, areas []*Area) *Tree {
	t := &Tree{
		On: on, Version: version,
		units: make(map[id.ID]*Unit, len(units)), keys: make(map[string]*Unit, len(units)),
		codes: make(map[string]*Unit, len(aliases)), children: map[id.ID][]*Unit{},
		aliases: map[id.ID][]Alias{}, areas: make(map[string]*Area, len(areas)), under: map[string][]*Area{},
	}
	for _, u := range units {
		t.units[u.ID] = u
		t.keys[u.Key] = u
	}
	for _, a := range aliases {
		u, ok := t.units[a.Unit]
		if !ok {
			continue
		}
		t.aliases[a.Unit] = append(t.aliases[a.Unit], a)
		t.codes[a.Code] = u
		if u.Code == "" || a.Scheme == MainScheme {
			u.Code, u.Assigned = a.Code, a.Assigned
		}
	}
	for _, u := range units {
		u.fold = strings.Join([]string{text.Fold(u.Name), text.Fold(u.NameEN), text.Fold(u.Short), text.Fold(u.Key), text.Fold(u.Code)}, " | ")
		if _, ok := t.units[u.Parent]; ok {
			t.children[u.Parent] = append(t.children[u.Parent], u)
		} else {
			t.roots = append(t.roots, u)
		}
	}
	for _, c := range t.children {
		slices.SortFunc(c, byRank)
	}
	slices.SortFunc(t.roots, byRank)
	for _, a := range areas {
		if old, ok := t.areas[a.Code]; !ok || a.From > old.From {
			t.areas[a.Code] = a
		}
		t.under[a.Parent] = append(t.under[a.Parent], a)
	}
	for _, as := range t.under {
		slices.SortFunc(as, func(a, b *Area) int {
			return cmp.Or(cmp.Compare(a.fold, b.fold), cmp.Compare(a.Code, b.Code))
		})
	}
	return t
}

// byRank sorts divisions first, then by code, then by name.
func byRank(a, b *Unit) int {
	div := func(u *Unit) int {
		if u.Kind == Division {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(div(a), div(b)), cmp.Compare(a.Code, b.Code),
		cmp.Compare(text.Fold(a.Name), text.Fold(b.Name)), cmp.Compare(a.Key, b.Key))
}

// Within returns the agencies with their divisions, but not the agencies below them: grants for a
// subtree name every agency in it.
func (t *Tree) Within(agencies []id.ID) []id.ID {
	out := []id.ID{}
	seen := map[id.ID]bool{}
	for _, a := range agencies {
		for _, u := range t.Subtree(a) {
			if x := t.Agency(u); x != nil && x.ID == a && !seen[u] {
				seen[u] = true
				out = append(out, u)
			}
		}
	}
	return out
}
