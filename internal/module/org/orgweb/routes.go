// Package orgweb holds the administrators' pages of the organisation: the tree on any day, a unit
// with its history, codes, divisions, positions and people, the working calendars, and the forms
// that change them.
package orgweb

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/org"
)

// Handlers answers the pages.
type Handlers struct {
	Org *org.Service
	// Roles are the roles forms offer for positions, with their words' catalogue keys.
	Roles []Role
	// Dossiers tells what a change of a calendar does to open dossiers; nil is not asked.
	Dossiers Affected
}

// Role is a role a form offers.
type Role struct {
	Key  string // "receiver"
	Text string // catalogue key, "iam.role.receiver"
}

// The addresses of this package's pages.
const (
	pathTree     = "/quan-tri/to-chuc"
	pathUnit     = pathTree + "/don-vi/"
	pathPosition = pathTree + "/chuc-danh/"
	pathPeople   = pathTree + "/nguoi"
	pathAccount  = "/quan-tri/tai-khoan/moi?person="
)

// Routes registers the pages.
func Routes(r *web.Router, h *Handlers) {
	const p = org.PermEdit
	r.Handle("GET "+pathTree, p, h.tree)
	r.Handle("GET "+pathUnit+"{unit}", p, h.unit)
	r.Handle("GET "+pathUnit+"{unit}/sua", p, h.editUnit)
	r.Handle("POST "+pathUnit+"{unit}/sua", p, h.changeUnit)
	r.Handle("GET "+pathUnit+"{unit}/them", p, h.newUnit)
	r.Handle("POST "+pathUnit+"{unit}/them", p, h.addUnit)
	r.Handle("GET "+pathUnit+"{unit}/dong", p, h.askClose)
	r.Handle("POST "+pathUnit+"{unit}/dong", p, h.closeUnit)
	r.Handle("GET "+pathUnit+"{unit}/ma", p, h.editAlias)
	r.Handle("POST "+pathUnit+"{unit}/ma", p, h.setAlias)

	r.Handle("GET "+pathUnit+"{unit}/chuc-danh", p, h.newPosition)
	r.Handle("POST "+pathUnit+"{unit}/chuc-danh", p, h.addPosition)
	r.Handle("GET "+pathPosition+"{position}", p, h.editPosition)
	r.Handle("POST "+pathPosition+"{position}", p, h.changePosition)
	r.Handle("GET "+pathPosition+"{position}/dong", p, h.askClosePosition)
	r.Handle("POST "+pathPosition+"{position}/dong", p, h.closePosition)

	r.Handle("GET "+pathPeople, p, h.people)
	r.Handle("GET "+pathPeople+"/moi", p, h.newPerson)
	r.Handle("POST "+pathPeople+"/moi", p, h.addPerson)
	r.Handle("GET "+pathPeople+"/{person}", p, h.person)
	r.Handle("POST "+pathPeople+"/{person}/ten", p, h.renamePerson)
	r.Handle("GET "+pathPeople+"/{person}/phan-cong", p, h.newHolding)
	r.Handle("POST "+pathPeople+"/{person}/phan-cong", p, h.assign)
	r.Handle("GET "+pathPeople+"/{person}/thoi/{position}", p, h.askEnd)
	r.Handle("POST "+pathPeople+"/{person}/thoi/{position}", p, h.endHolding)
	calendarRoutes(r, h)
}

// formView is a page with one form.
type formView struct {
	Title  string
	Intro  string
	Crumbs []ui.Link
	Action string
	Hidden []ui.Hidden
	Fields []ui.FieldView
	Errs   []fault.Field
	Yes    string
	Danger bool
	Back   string
	// Current is the entry of the side menu the page belongs to; the tree if empty.
	Current string
}

func (v formView) current() string {
	if v.Current == "" {
		return pathTree
	}
	return v.Current
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request, status int, v formView) error {
	v.Fields = ui.Mark(r.Context(), v.Fields, v.Errs)
	return web.Render(w, r, status, formPage(v))
}

// outcome of a use case: nil leads on, a fault about the input shows the form again, anything else
// is an error page.
func (h *Handlers) outcome(w http.ResponseWriter, r *http.Request, err error, done, next string, again func(status int, errs []fault.Field) error) error {
	if err == nil {
		web.Flash(w, r, ui.OK, done)
		return web.Redirect(w, r, next)
	}
	f := fault.As(err)
	if f == nil {
		return err
	}
	switch f.Kind {
	case fault.Invalid, fault.Conflict, fault.Forbidden, fault.Unavailable:
	default:
		return err
	}
	errs := f.Fields
	if len(errs) == 0 {
		errs = []fault.Field{{Key: f.Key, Args: f.Args}}
	}
	return again(web.Status(f.Kind), errs)
}

var errNoID = errors.New("not an identifier")

// pathID reads an identifier of the address; anything else is a page that does not exist.
func pathID(r *http.Request, name string) (id.ID, error) {
	i, err := id.Parse(r.PathValue(name))
	if err != nil {
		return i, fault.Wrap(errNoID, fault.NotFound, "org.unit_unknown")
	}
	return i, nil
}

func version(form url.Values) int64 {
	v, err := strconv.ParseInt(form.Get("version"), 10, 64)
	if err != nil {
		return 0 // never a version, so the change is refused as a conflict
	}
	return v
}

// date reads the three parts of a date; ok is false if they are no day.
func date(form url.Values, name string) (d civil.Date, ok bool) {
	part := func(s string, width int) string {
		s = strings.TrimSpace(form.Get(name + "." + s))
		for len(s) < width {
			s = "0" + s
		}
		return s
	}
	d, err := civil.Parse(part("y", 4) + "-" + part("m", 2) + "-" + part("d", 2))
	return d, err == nil
}

// optionalDate is date for a field that may be left empty.
func optionalDate(form url.Values, name string) (*civil.Date, bool) {
	if strings.TrimSpace(form.Get(name+".d")+form.Get(name+".m")+form.Get(name+".y")) == "" {
		return nil, true
	}
	d, ok := date(form, name)
	return &d, ok
}

// dateParts is what a date field shows: what was typed, or the given day.
func dateParts(form url.Values, name string, d *civil.Date) []string {
	if form != nil {
		return []string{form.Get(name + ".d"), form.Get(name + ".m"), form.Get(name + ".y")}
	}
	if d == nil {
		return nil
	}
	y, m, day := d.YMD()
	return []string{strconv.Itoa(day), strconv.Itoa(int(m)), strconv.Itoa(y)}
}

func badDate(name string) error {
	return fault.Input("org.input", fault.Field{Path: name, Key: "org.date_form"})
}

// typed returns what was posted under the name, or the stored value before anything was posted.
func typed(form url.Values, name, stored string) string {
	if form != nil {
		return form.Get(name)
	}
	return stored
}
