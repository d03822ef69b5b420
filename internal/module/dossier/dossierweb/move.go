package dossierweb

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
	"lienthong/internal/module/procedure"
)

// Addresses of the pages on which dossiers are moved to another version of their procedure. They
// belong to the administration of procedures and are linked from there.
const (
	pathProcedures = "/quan-tri/thu-tuc"
	pathRuns       = "/quan-tri/chuyen-ho-so"
)

func movePath(code string) string {
	return pathProcedures + "/" + url.PathEscape(code) + "/chuyen-ho-so"
}

// moveRoutes registers the pages for those who publish procedures.
func moveRoutes(r *web.Router, h *Handlers) {
	const publish = web.Perm(procedure.PermPublish)
	r.Handle("GET /quan-tri/thu-tuc/{code}/chuyen-ho-so", publish, h.movePage)
	r.Handle("POST /quan-tri/thu-tuc/{code}/chuyen-ho-so", publish, h.moveStart)
	r.Handle("GET /quan-tri/chuyen-ho-so/{id}", publish, h.moveRun)
	r.Handle("GET /quan-tri/chuyen-ho-so/{id}/tien-do", publish, h.moveLive)
	r.Handle("POST /quan-tri/chuyen-ho-so/{id}/dung", publish, h.moveStop)
	r.Handle("POST /quan-tri/chuyen-ho-so/{id}/tra-lai", publish, h.moveBack)
}

// moveVersion is a version with how many dossiers run by it.
type moveVersion struct {
	procedure.Version
	Running int
}

// moveView is the page that chooses, previews and orders.
type moveView struct {
	Code, Name string
	Versions   []moveVersion // older ones that still have dossiers
	Current    *procedure.Version
	From       *procedure.Version
	Preview    *dossier.MovePreview
	Mapping    bpmn.Mapping
	Match      []matchRow
	Decision   string
	Only       string
	Errors     []fault.Field
	Runs       []*dossier.Changeover
	Tree       *org.Tree
	Old, New   string // diagrams
	Query      url.Values
}

// matchRow is an element of the old process that the new one does not have under its id.
type matchRow struct {
	Element, Name string
	Waiting       int
	Chosen        string
	Options       []ui.Option
}

// matchPrefix begins the names of the fields that match elements.
const matchPrefix = "ghep-"

// moveChoice reads which version is to be moved and how elements are matched.
func moveChoice(q url.Values) (from int, m bpmn.Mapping) {
	from, _ = strconv.Atoi(q.Get("tu")) // a number that is none chooses nothing
	m = bpmn.Mapping{}
	for k, v := range q {
		if el, ok := strings.CutPrefix(k, matchPrefix); ok && len(v) > 0 && v[0] != "" && len(m) < 100 {
			m[el] = v[0]
		}
	}
	return from, m
}

func (h *Handlers) movePage(w http.ResponseWriter, r *http.Request) error {
	v, err := h.moveView(r, r.URL.Query())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, movePage(v))
}

func (h *Handlers) moveView(r *http.Request, q url.Values) (*moveView, error) {
	ctx := r.Context()
	v := &moveView{Code: r.PathValue("code"), Only: q.Get("xem"), Decision: q.Get("decision"), Query: q}
	list, err := h.Procedures.Versions(ctx, v.Code)
	if err != nil {
		return nil, err
	}
	ids := make([]id.ID, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	running, err := h.Dossiers.RunningByVersion(ctx, ids)
	if err != nil {
		return nil, err
	}
	from, m := moveChoice(q)
	for i := range list {
		x := &list[i]
		switch {
		case x.State == procedure.Published:
			v.Current = x
		case running[x.ID] > 0:
			v.Versions = append(v.Versions, moveVersion{*x, running[x.ID]})
		}
		if x.Number == from && x.State == procedure.Retired {
			v.From = x
		}
	}
	if v.Runs, err = h.Dossiers.Changeovers(ctx, v.Code); err != nil {
		return nil, err
	}
	if v.Tree, err = h.Org.Tree(ctx); err != nil {
		return nil, err
	}
	if v.Current != nil {
		if p, err := h.Procedures.ByVersion(ctx, v.Current.ID); err == nil {
			v.Name = p.Record.Title(i18n.Lang(ctx))
		}
	}
	if v.Current == nil || v.From == nil {
		v.From = nil
		return v, nil
	}
	f := dossier.PreviewFilter{Only: v.Only, Limit: 50}
	f.After, _ = id.Parse(q.Get("sau")) // a place that is none is the beginning
	v.Mapping = m
	v.Preview, err = h.Dossiers.PreviewChangeover(ctx, v.From.ID, v.Current.ID, m, f)
	if fault.KindOf(err) == fault.Invalid && len(m) > 0 { // matched with what is not there
		errs, _, trouble := troubles(err, langWord(ctx))
		if trouble != nil {
			return nil, trouble
		}
		v.Errors, v.Mapping = errs, bpmn.Mapping{}
		v.Preview, err = h.Dossiers.PreviewChangeover(ctx, v.From.ID, v.Current.ID, nil, f)
	}
	if err != nil {
		return nil, err
	}
	v.matches(ctx)
	v.draw(ctx)
	return v, nil
}

// matches lists the elements that dossiers rest at and that have to be matched by hand.
func (v *moveView) matches(ctx context.Context) {
	p, lang := v.Preview, i18n.Lang(ctx)
	for _, b := range p.Before {
		old := p.From.Process.Node(b.Element)
		if old == nil || p.To.Process.Node(b.Element) != nil && v.Mapping[b.Element] == "" {
			continue
		}
		row := matchRow{Element: old.ID, Name: old.Title(lang), Waiting: b.N, Chosen: v.Mapping[old.ID]}
		if row.Chosen == "" {
			row.Chosen = p.Suggested[old.ID]
		}
		row.Options = append(row.Options, ui.Option{Value: "", Label: t(ctx, "move.no_match")})
		for i := range p.To.Process.Nodes {
			if n := &p.To.Process.Nodes[i]; n.Type == old.Type && n.Parent == old.Parent {
				row.Options = append(row.Options, ui.Option{Value: n.ID, Label: n.Title(lang)})
			}
		}
		v.Match = append(v.Match, row)
	}
}

// draw makes the two diagrams with how many dossiers stand where.
func (v *moveView) draw(ctx context.Context) {
	p, lang := v.Preview, i18n.Lang(ctx)
	draw := func(d *bpmn.Definition, at []dossier.PlaceCount, prefix, title string) string {
		marks := map[string]bpmn.Mark{}
		for _, x := range at {
			marks[x.Element] = bpmn.Mark{State: bpmn.MarkCurrent, Note: t(ctx, "move.dossiers", "n", x.N)}
		}
		return d.SVG(marks, bpmn.SVGOptions{Lang: lang, ID: prefix, Title: title})
	}
	v.Old = draw(p.From.Process, p.Before, "cu", t(ctx, "move.before", "n", p.From.Number))
	v.New = draw(p.To.Process, p.After, "moi", t(ctx, "move.after", "n", p.To.Number))
}

// moveStart orders the move.
func (h *Handlers) moveStart(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	v, err := h.moveView(r, in)
	if err != nil {
		return err
	}
	if v.From == nil {
		return fault.New(fault.Conflict, "dossier.move.versions")
	}
	if len(v.Errors) == 0 {
		x, err := h.Dossiers.StartChangeover(ctx, v.From.ID, v.Current.ID, v.Mapping, in.Get("decision"))
		if err == nil {
			web.Flash(w, r, ui.OK, "move.ordered")
			return web.Redirect(w, r, pathRuns+"/"+x.ID.String())
		}
		if v.Errors, _, err = troubles(err, langWord(ctx)); err != nil {
			return err
		}
	}
	return web.Render(w, r, http.StatusUnprocessableEntity, movePage(v))
}

// runView is the page of one order.
type runView struct {
	*dossier.Changeover
	Name  string
	Items []*dossier.ChangeoverItem
	State string
	Next  string
	Now   time.Time
}

// done is how many dossiers have had their turn.
func (v *runView) done() int { return v.Total - v.Counts[dossier.ItemWaiting] }

// left says how long the rest will take at the pace so far, "" when that is not known yet.
func (v *runView) left(ctx context.Context) string {
	gone := v.Now.Sub(v.Created)
	if v.Changeover.State != dossier.ChangeoverRunning || v.done() == 0 || gone <= 0 {
		return ""
	}
	rest := time.Duration(float64(gone) / float64(v.done()) * float64(v.Counts[dossier.ItemWaiting]))
	return t(ctx, "move.left", "n", max(1, int(rest.Minutes()+0.5)))
}

func itemStates() []string {
	return []string{dossier.ItemMoved, dossier.ItemRefused, dossier.ItemWaiting, dossier.ItemEnded, dossier.ItemUndone}
}

func (h *Handlers) runView(r *http.Request) (*runView, error) {
	ctx := r.Context()
	of, err := pathID(r, "id")
	if err != nil {
		return nil, err
	}
	v := &runView{Now: h.Now()}
	if v.Changeover, err = h.Dossiers.Changeover(ctx, of); err != nil {
		return nil, err
	}
	q := r.URL.Query()
	if s := q.Get("trang-thai"); slices.Contains(itemStates(), s) {
		v.State = s
	}
	f := dossier.ItemFilter{State: v.State, Limit: 51}
	f.After, _ = id.Parse(q.Get("sau")) // a place that is none is the beginning
	if v.Items, err = h.Dossiers.ChangeoverItems(ctx, of, f); err != nil {
		return nil, err
	}
	if len(v.Items) > 50 {
		v.Items = v.Items[:50]
		next := url.Values{"sau": {v.Items[49].Dossier.String()}}
		if v.State != "" {
			next.Set("trang-thai", v.State)
		}
		v.Next = pathRuns + "/" + of.String() + "?" + next.Encode()
	}
	if p, err := h.Procedures.ByVersion(ctx, v.To); err == nil {
		v.Name = p.Record.Title(i18n.Lang(ctx))
	}
	return v, nil
}

func (h *Handlers) moveRun(w http.ResponseWriter, r *http.Request) error {
	v, err := h.runView(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, runPage(v))
}

// moveLive answers with the progress of an order.
func (h *Handlers) moveLive(w http.ResponseWriter, r *http.Request) error {
	v, err := h.runView(r)
	if err != nil {
		return err
	}
	return web.RenderLive(w, r, runProgress(v))
}

func (h *Handlers) moveStop(w http.ResponseWriter, r *http.Request) error {
	of, err := pathID(r, "id")
	if err != nil {
		return err
	}
	if err := h.Dossiers.StopChangeover(r.Context(), of); err != nil {
		return err
	}
	web.Flash(w, r, ui.OK, "move.stopped_now")
	return web.Redirect(w, r, pathRuns+"/"+of.String())
}

// moveBack takes the move of one dossier back.
func (h *Handlers) moveBack(w http.ResponseWriter, r *http.Request) error {
	of, err := pathID(r, "id")
	if err != nil {
		return err
	}
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	which, err := idOf(in.Get("ho-so"))
	if err != nil {
		return err
	}
	if _, err := h.Dossiers.UndoTurn(r.Context(), of, which); err != nil {
		f := fault.As(err)
		if f == nil || f.Kind != fault.Conflict {
			return err
		}
		web.Flash(w, r, ui.Warn, f.Key)
	} else {
		web.Flash(w, r, ui.OK, "move.back_done")
	}
	return web.Redirect(w, r, pathRuns+"/"+of.String())
}

// reasonWords says why a dossier cannot be moved.
func reasonWords(ctx context.Context, x dossier.Reason) string { return t(ctx, x.Key, x.Args) }

// elements names elements of a process, in the order given.
func elements(ctx context.Context, d *bpmn.Definition, ids []string) string {
	var out []string
	for _, e := range ids {
		name := e
		if n := d.Node(e); n != nil {
			name = n.Title(i18n.Lang(ctx))
		}
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}

// dueChange says how a due date changes.
func dueChange(ctx context.Context, x dossier.Turn) string {
	switch {
	case x.OldDue.Equal(x.NewDue) && x.NewDue.IsZero():
		return ""
	case x.OldDue.Equal(x.NewDue):
		return i18n.DateTime(ctx, x.NewDue)
	case x.OldDue.IsZero():
		return i18n.DateTime(ctx, x.NewDue)
	}
	return i18n.DateTime(ctx, x.OldDue) + " → " + i18n.DateTime(ctx, x.NewDue)
}

// hiddenMove are the choices of the page that the order carries along.
func (v *moveView) hiddenMove() []ui.Hidden {
	out := []ui.Hidden{{Name: "tu", Value: strconv.Itoa(v.From.Number)}}
	for _, k := range slices.Sorted(maps.Keys(v.Mapping)) {
		out = append(out, ui.Hidden{Name: matchPrefix + k, Value: v.Mapping[k]})
	}
	return out
}

// address returns the page's own address with one word changed; the place in the list is left out.
func (v *moveView) address(key, value string) string {
	q := url.Values{"tu": {strconv.Itoa(v.From.Number)}}
	for k, to := range v.Mapping {
		q.Set(matchPrefix+k, to)
	}
	if v.Only != "" && key != "xem" {
		q.Set("xem", v.Only)
	}
	if value != "" {
		q.Set(key, value)
	}
	return movePath(v.Code) + "?" + q.Encode()
}

func (v *moveView) next() string {
	if v.Preview.Next.Zero() {
		return ""
	}
	return v.address("sau", v.Preview.Next.String())
}

func itemKind(state string) ui.Kind {
	switch state {
	case dossier.ItemMoved:
		return ui.OK
	case dossier.ItemRefused:
		return ui.Warn
	}
	return ui.Idle
}

func matchID(i int) string { return fmt.Sprintf("ghep-%d", i) }

// onlyWord is the last part of the key that names a filter.
func onlyWord(k string) string {
	if k == "" {
		return "all"
	}
	return k
}

// roleWord is the last part of the key that names a role.
func roleWord(role string) string {
	switch role {
	case "receiver", "cashier", "specialist", "division_head", "leader", "clerk", bpmn.RoleApplicant:
		return role
	}
	return "other"
}

// placeName returns what names an element of the old or the new process.
func (v *moveView) placeName(ctx context.Context, after bool) func(string) string {
	d := v.Preview.From.Process
	if after {
		d = v.Preview.To.Process
	}
	return func(element string) string { return elements(ctx, d, []string{element}) }
}

// postWords names who has the work of a post.
func (v *moveView) postWords(ctx context.Context, p dossier.WorkPost) string {
	role := t(ctx, "move.role."+roleWord(p.Role))
	if u := unitPath(ctx, v.Tree, p.Unit); u != "" {
		return role + ", " + u
	}
	return role
}
