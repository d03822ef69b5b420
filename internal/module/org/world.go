package org

import (
	"slices"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// world is every unit with its whole history; the rules below are pure functions of it.
type world struct {
	units map[id.ID]*history
	keys  map[string]id.ID
}

type history struct {
	id        id.ID
	key, kind string
	version   int64
	spans     []Span // in order of time
}

func (h *history) at(on civil.Date) (Span, bool) {
	for _, s := range h.spans {
		if s.Covers(on) {
			return s, true
		}
	}
	return Span{}, false
}

// nearest returns the span of the day, or the first or last one if the unit is not valid then.
func (h *history) nearest(on civil.Date) (Span, bool) {
	if len(h.spans) == 0 {
		return Span{}, false
	}
	if s, ok := h.at(on); ok {
		return s, true
	}
	if on < h.spans[0].From {
		return h.spans[0], true
	}
	return h.spans[len(h.spans)-1], true
}

// life returns the first day of the unit and the first day it is no more.
func (h *history) life() (civil.Date, *civil.Date) {
	return h.spans[0].From, h.spans[len(h.spans)-1].To
}

// agency returns the agency that is answerable for the unit on the day; for units that are not
// valid then, the one by their nearest span, so that a planned or closed unit has a keeper too.
func (w *world) agency(u id.ID, on civil.Date) id.ID {
	for range len(w.units) + 1 {
		h := w.units[u]
		if h == nil {
			return id.ID{}
		}
		s, ok := h.nearest(on)
		if h.kind != Division || !ok || s.Parent.Zero() {
			return u
		}
		u = s.Parent
	}
	return id.ID{} // a circle has no keeper
}

// change returns the spans with the new values from the given day on, up to the next change that
// is already planned. A change on the day a span began replaces that span.
func (h *history) change(from civil.Date, v Values) ([]Span, error) {
	out := slices.Clone(h.spans)
	for i, s := range out {
		if !s.Covers(from) {
			continue
		}
		if s.From == from {
			out[i].Values = v
			return out, nil
		}
		out[i].To = &from
		return slices.Insert(out, i+1, Span{From: from, To: s.To, Values: v}), nil
	}
	return nil, fault.New(fault.Conflict, "org.not_valid_then", "date", from)
}

// closing returns the spans cut at the day; later planned spans are dropped with it.
func (h *history) closing(on civil.Date) ([]Span, error) {
	first, last := h.life()
	if on <= first {
		return nil, fault.New(fault.Invalid, "org.close_before_start", "date", first)
	}
	if last != nil && *last <= on {
		return nil, fault.New(fault.Conflict, "org.closed_already", "date", *last)
	}
	var out []Span
	for _, s := range h.spans {
		if s.From >= on {
			break
		}
		if s.To == nil || *s.To > on {
			s.To = &on
		}
		out = append(out, s)
	}
	return out, nil
}

// check tells what would be wrong with unit u having the given spans in the world: gaps, overlaps,
// parents that are missing, not valid for the whole span or below u itself, children that would
// lose their parent, a tag used twice within one parent.
func (w *world) check(u id.ID, spans []Span) error {
	if len(spans) == 0 {
		return fault.New(fault.Invalid, "org.no_span")
	}
	for i, s := range spans {
		if s.To != nil && *s.To <= s.From {
			return fault.New(fault.Invalid, "org.span_empty", "date", s.From)
		}
		if i > 0 && (spans[i-1].To == nil || *spans[i-1].To != s.From) {
			return fault.New(fault.Invalid, "org.span_gap", "date", s.From)
		}
	}
	old := w.units[u]
	defer func() { w.units[u] = old }()
	mine := *old
	mine.spans = spans
	w.units[u] = &mine
	for _, s := range spans {
		if err := w.checkParent(&mine, s); err != nil {
			return err
		}
	}
	first, last := mine.life()
	for _, h := range w.units {
		if h.id == u {
			continue
		}
		for _, s := range h.spans {
			if s.Parent == u && !within(s.From, s.To, first, last) {
				return fault.New(fault.Conflict, "org.open_children", "name", s.Name)
			}
			if err := sameTag(&mine, h, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkParent walks up from the span's parent on every day on which something above may change.
func (w *world) checkParent(mine *history, s Span) error {
	if s.Parent.Zero() {
		if mine.kind == Division {
			return fault.Input("org.division_needs_parent", fault.Field{Path: "parent", Key: "org.division_needs_parent"})
		}
		return nil
	}
	p := w.units[s.Parent]
	if p == nil {
		return fault.Input("org.parent_unknown", fault.Field{Path: "parent", Key: "org.parent_unknown"})
	}
	if first, last := p.life(); p.id != mine.id && !within(s.From, s.To, first, last) {
		return fault.Input("org.parent_not_valid", fault.Field{Path: "parent", Key: "org.parent_not_valid"})
	}
	if p.kind == Division && mine.kind != Division {
		return fault.Input("org.agency_under_division", fault.Field{Path: "parent", Key: "org.agency_under_division"})
	}
	for _, on := range w.days(s) {
		at := s.Parent
		for range len(w.units) + 1 {
			if at == mine.id {
				return fault.Input("org.circle", fault.Field{Path: "parent", Key: "org.circle"})
			}
			h := w.units[at]
			if h == nil {
				break
			}
			up, ok := h.at(on)
			if !ok || up.Parent.Zero() {
				break
			}
			at = up.Parent
		}
	}
	return nil
}

// days returns the days within the span on which any unit changes, the span's first day included.
func (w *world) days(s Span) []civil.Date {
	out := []civil.Date{s.From}
	for _, h := range w.units {
		for _, x := range h.spans {
			if s.Covers(x.From) {
				out = append(out, x.From)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func sameTag(mine, other *history, s Span) error {
	if other.kind != Division || mine.kind != Division || s.Tag == "" {
		return nil
	}
	for _, m := range mine.spans {
		if m.Tag == s.Tag && m.Parent == s.Parent && overlap(m.From, m.To, s.From, s.To) {
			return fault.Input("org.tag_taken", fault.Field{Path: "tag", Key: "org.tag_taken", Args: fault.Args("name", s.Name)})
		}
	}
	return nil
}
