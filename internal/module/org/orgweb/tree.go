package orgweb

import (
	"net/http"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/org"
)

type treeView struct {
	On    civil.Date
	Today bool
	Query string
	Found []*org.Unit // of a search; nil shows the tree
	Tree  *org.Tree
	Open  map[id.ID]bool // levels shown unfolded
	Errs  []fault.Field
}

// tree shows the organisation on a day, or what a search finds in it.
func (h *Handlers) tree(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	v := treeView{On: h.Org.Today(), Query: q.Get("q"), Open: map[id.ID]bool{}}
	status := http.StatusOK
	if s := q.Get("ngay"); s != "" {
		d, err := civil.Parse(s)
		if err != nil {
			v.Errs, status = []fault.Field{{Path: "ngay", Key: "org.date_form"}}, http.StatusUnprocessableEntity
		} else {
			v.On = d
		}
	}
	v.Today = v.On == h.Org.Today()
	t, err := h.Org.TreeOn(ctx, v.On)
	if err != nil {
		return err
	}
	v.Tree = t
	if v.Query != "" {
		v.Found = t.SearchUnits(v.Query)
		if v.Found == nil {
			v.Found = []*org.Unit{}
		}
	}
	for _, u := range t.Roots() {
		v.Open[u.ID] = true
	}
	// The own agency and what is above it lie open.
	who := actor.From(ctx)
	v.Open[who.Agency] = true
	for _, u := range t.Ancestors(who.Agency) {
		v.Open[u.ID] = true
	}
	return web.Render(w, r, status, treePage(v))
}

type unitView struct {
	Record    org.UnitRecord
	Unit      *org.Unit // as it is today; nil if it is not valid
	Name      string
	MayEdit   bool
	Path      []*org.Unit
	Children  []*org.Unit
	Positions []positionRow
	Tree      *org.Tree
	Area      string
}

type positionRow struct {
	org.Position
	Holders []org.Holder
}

// unit shows one unit with everything about it.
func (h *Handlers) unit(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	u, err := pathID(r, "unit")
	if err != nil {
		return err
	}
	v := unitView{}
	if v.Record, err = h.Org.History(ctx, u); err != nil {
		return err
	}
	if v.Tree, err = h.Org.Tree(ctx); err != nil {
		return err
	}
	v.Unit, _ = v.Tree.Unit(u)
	v.Name = v.Record.Spans[0].Name
	if v.Unit != nil {
		v.Name = v.Unit.Name
		if a, ok := v.Tree.Area(v.Unit.Area); ok {
			v.Area = a.Name
		}
	}
	v.MayEdit = org.MayEdit(actor.From(ctx), v.Tree, u)
	v.Path, v.Children = v.Tree.Ancestors(u), v.Tree.Children(u)
	today := h.Org.Today()
	ps, err := h.Org.Positions(ctx, []id.ID{u}, today)
	if err != nil {
		return err
	}
	holders, err := h.Org.Holders(ctx, []id.ID{u}, "", today)
	if err != nil {
		return err
	}
	for _, p := range ps {
		row := positionRow{Position: p}
		for _, x := range holders {
			if x.Position.ID == p.ID {
				row.Holders = append(row.Holders, x)
			}
		}
		v.Positions = append(v.Positions, row)
	}
	return web.Render(w, r, http.StatusOK, unitPage(v))
}

// crumbs is the way from the tree down to the unit.
func crumbs(t *org.Tree, u id.ID, self bool) []ui.Link {
	out := []ui.Link{{Label: "", Href: pathTree}}
	up := t.Ancestors(u)
	for i := len(up) - 1; i >= 0; i-- {
		out = append(out, ui.Link{Label: up[i].Label(), Href: pathUnit + up[i].ID.String()})
	}
	if x, ok := t.Unit(u); ok && self {
		out = append(out, ui.Link{Label: x.Label(), Href: pathUnit + u.String()})
	}
	return out
}
