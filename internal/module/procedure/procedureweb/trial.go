package procedureweb

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"lienthong/internal/engine/simulate"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/procedure"
)

// The parts of a trial's address. All of a trial is in it: nothing is kept here.
const (
	trialPath    = "/chay-thu"
	trialMany    = "/chay-thu/nhieu"
	inAgency     = "cq"
	inTerm       = "han"
	inUnit       = "dv"
	inDraft      = "ban" // "nhap": what is being drawn, not what is in the library
	inWalk       = "di"
	draftOfTrial = "nhap"
)

// trialRoutes registers the pages on which processes are tried, with the permission of the library.
func trialRoutes(r *web.Router, h *Handlers, edit web.Perm) {
	r.Handle("GET /quan-tri/thu-vien/quy-trinh/{key}/chay-thu", edit, h.trialWalk)
	r.Handle("GET /quan-tri/thu-vien/quy-trinh/{key}/chay-thu/nhieu", edit, h.trialMany)
	r.Handle("GET /quan-tri/thu-tuc/{code}/phien-ban/{number}/chay-thu", edit, h.trialWalk)
	r.Handle("GET /quan-tri/thu-tuc/{code}/phien-ban/{number}/chay-thu/nhieu", edit, h.trialMany)
}

// trial is what both pages of a trial have: the process and where it takes place.
type trial struct {
	src     *procedure.TrialSource
	place   *procedure.Place
	base    string // address of the process' own page
	key     string // of the agency chosen, "" for the one that suggests itself
	term    worktime.Term
	written bool // the limit was given, also that there is none
	fields  []ui.FieldView
	errs    []fault.Field
	many    bool
}

// openTrial reads which process is tried where. What is wrong with the setting is in errs, and the
// setting then the one that suggests itself.
func (h *Handlers) openTrial(r *http.Request, channel int, on civil.Date) (*trial, error) {
	ctx, in := r.Context(), r.URL.Query()
	who := actor.From(ctx)
	v := &trial{}
	var err error
	if code := r.PathValue("code"); code != "" {
		n, e := strconv.Atoi(r.PathValue("number"))
		if e != nil || n < 1 {
			return nil, fault.New(fault.NotFound, "procedure.not_found")
		}
		v.base = adminPath(code, versionPath(n))
		v.src, err = h.Trial.Version(ctx, who, code, n)
	} else {
		key := r.PathValue("key")
		v.base = pathLib + "/quy-trinh/" + url.PathEscape(key)
		v.src, err = h.Trial.Library(ctx, who, key, in.Get(inDraft) == draftOfTrial)
	}
	if err != nil {
		return nil, err
	}
	v.readTerm(in, channel)
	v.key = text.Line(in.Get(inAgency))
	set := procedure.Setting{Agency: v.key, Term: v.term, On: on}
	v.place, err = h.Trial.Place(ctx, v.src, set)
	if f := retry(err); f != nil && v.key != "" {
		v.errs = append(v.errs, fieldsOf(ctx, f)...)
		set.Agency = ""
		v.place, err = h.Trial.Place(ctx, v.src, set)
	}
	if err != nil {
		return nil, err
	}
	all, err := h.Trial.Agencies(ctx, v.src)
	if err != nil {
		return nil, err
	}
	v.fields = v.settingFields(ctx, in, all)
	return v, nil
}

// readTerm takes the limit from the address, else that of the procedure.
func (v *trial) readTerm(in url.Values, channel int) {
	v.term = v.src.Term(channel)
	if !in.Has(inTerm) {
		return
	}
	v.written = true
	n := strings.TrimSpace(in.Get(inTerm))
	if n == "" {
		v.term = worktime.Term{}
		return
	}
	given := worktime.Term{Unit: worktime.Unit(in.Get(inUnit))}
	var err error
	if given.N, err = strconv.Atoi(n); err == nil {
		err = given.Check()
	}
	if err != nil {
		v.errs = append(v.errs, fault.Field{Path: inTerm, Key: "procedure.trial.bad_term"})
		return
	}
	v.term = given
}

// settingFields are the questions where a trial takes place.
func (v *trial) settingFields(ctx context.Context, in url.Values, all []procedure.Unit) []ui.FieldView {
	agency := ui.FieldView{Path: "agency", Name: inAgency, Label: t(ctx, "trial.agency"), Help: t(ctx, "trial.agency_help"), Widget: "select",
		Value: v.place.Agency.Key}
	for _, u := range all {
		agency.Options = append(agency.Options, ui.Option{Value: u.Key, Label: u.Title(i18n.Lang(ctx))})
	}
	n := ""
	if v.term.N > 0 {
		n = strconv.Itoa(v.term.N)
	}
	if len(v.errs) > 0 && in.Has(inTerm) {
		n = in.Get(inTerm)
	}
	unit := ui.FieldView{Path: inUnit, Name: inUnit, Label: t(ctx, "trial.unit"), Widget: "select", Value: string(v.term.Unit), Width: "m"}
	if v.term.Unit == "" {
		unit.Value = string(worktime.WorkingDay)
	}
	for _, u := range []worktime.Unit{worktime.WorkingHour, worktime.WorkingDay, worktime.CalendarDay, worktime.CalendarWeek, worktime.CalendarMonth, worktime.SameDay} {
		unit.Options = append(unit.Options, ui.Option{Value: string(u), Label: t(ctx, "trial.unit."+string(u))})
	}
	return []ui.FieldView{agency,
		{Path: inTerm, Name: inTerm, Label: t(ctx, "trial.term"), Help: t(ctx, "trial.term_help"), Widget: "number", Value: n, Optional: true, Width: "xs"},
		unit}
}

// query returns the address' part that says where the trial takes place.
func (v *trial) query() url.Values {
	q := url.Values{}
	if v.key != "" {
		q.Set(inAgency, v.place.Agency.Key)
	}
	if v.written {
		q.Set(inTerm, "")
		if v.term.N > 0 {
			q.Set(inTerm, strconv.Itoa(v.term.N))
			q.Set(inUnit, string(v.term.Unit))
		}
	}
	if v.src.Draft && v.src.Code == "" {
		q.Set(inDraft, draftOfTrial)
	}
	return q
}

// hidden is query for a form.
func (v *trial) hidden(leave ...string) []ui.Hidden {
	q := v.query()
	for _, name := range leave {
		q.Del(name)
	}
	var out []ui.Hidden
	for _, name := range []string{inAgency, inTerm, inUnit, inDraft} {
		if q.Has(name) {
			out = append(out, ui.Hidden{Name: name, Value: q.Get(name)})
		}
	}
	return out
}

// address returns the address of one of the two pages with the setting and more.
func (v *trial) address(page string, more url.Values) string {
	q := v.query()
	for k, list := range more {
		q[k] = list
	}
	if len(q) == 0 {
		return v.base + page
	}
	return v.base + page + "?" + q.Encode()
}

func (v *trial) title(ctx context.Context) string {
	return t(ctx, "trial.of", "name", v.src.Process.Title(i18n.Lang(ctx)))
}

func (v *trial) crumbs(ctx context.Context) []ui.Link {
	if v.src.Code != "" {
		return crumbs(ctx, ui.Link{Label: v.src.Code, Href: adminPath(v.src.Code, "")}, ui.Link{Label: t(ctx, "admin.number", "n", v.src.Number), Href: v.base})
	}
	return crumbs(ctx, ui.Link{Label: t(ctx, "admin.library"), Href: pathLib}, ui.Link{Label: v.src.Key, Href: v.base})
}

// problems are what keeps the process from running, in words.
func (v *trial) problems(ctx context.Context) []string {
	var out []string
	for i := range v.src.Problems {
		if i == 10 {
			break
		}
		out = append(out, v.src.Problems[i].Text(i18n.Lang(ctx)))
	}
	return out
}

// readMoment reads a day and a time of day of the form's fields name.d, name.m, name.y and clock. Its
// mistakes name the fields as momentFields does with the same path.
func readMoment(in url.Values, path, name, clock string) (time.Time, []fault.Field) {
	var bad []fault.Field
	typed, _ := readDate(in, name, &bad).(string)
	d, err := civil.Parse(typed)
	if err != nil {
		bad = []fault.Field{{Path: path + name, Key: "procedure.trial.bad_date"}}
	}
	at, err := time.Parse("15:4", strings.ReplaceAll(strings.TrimSpace(in.Get(clock)), "h", ":"))
	if err != nil {
		bad = append(bad, fault.Field{Path: path + clock, Key: "procedure.trial.bad_time"})
	}
	return d.At(at.Hour()*60 + at.Minute()), bad
}

// momentFields are the two questions that readMoment reads, as they were typed where they were. The
// path's beginning tells several forms on a page apart.
func momentFields(ctx context.Context, typed url.Values, path, name, clock, label, hourLabel string, at time.Time) []ui.FieldView {
	day, hour := dateParts(civil.From(at).String()), i18n.Time(ctx, at)
	if typed.Has(name + ".y") {
		day, hour = []string{typed.Get(name + ".d"), typed.Get(name + ".m"), typed.Get(name + ".y")}, typed.Get(clock)
	}
	return []ui.FieldView{
		{Path: path + name, Name: name, Label: label, Widget: "date", Values: day},
		{Path: path + clock, Name: clock, Label: hourLabel, Help: t(ctx, "trial.time_help"), Value: hour, Width: "xs"},
	}
}

// workWords says office minutes as people do, in the two largest units that matter.
func workWords(ctx context.Context, minutes int) string {
	if minutes >= 480 {
		minutes -= minutes % 60
	}
	if minutes <= 0 {
		return t(ctx, "trial.none")
	}
	return budgetWords(ctx, minutes)
}

// whenWords says an instant, "" for none.
func whenWords(ctx context.Context, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return i18n.DateTime(ctx, at)
}

// statusWords names a status of a dossier.
func statusWords(ctx context.Context, status int) string {
	if status < simulate.StatusNew || status > simulate.StatusReturned {
		return ""
	}
	return t(ctx, "trial.status."+strconv.Itoa(status))
}
