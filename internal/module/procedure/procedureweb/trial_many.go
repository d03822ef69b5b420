package procedureweb

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/simulate"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/procedure"
)

// Fields of the form of assumptions; those of a lane, task, outcome or month carry its key behind a dot.
const (
	inDossiers  = "n"
	inSeed      = "hat"
	inFrom      = "tu" // with .d, .m, .y
	inApplicant = "ngay-dan"
	inElsewhere = "noi-khac"
	inSpread    = "tan"
	inStaff     = "nguoi."
	inMinutes   = "phut."
	inShare     = "ty."
	inMonth     = "thang."
)

// manyView is the page on which many dossiers are sent through.
type manyView struct {
	*trial
	plan    simulate.Plan
	basis   procedure.Basis
	res     *simulate.Result
	general []ui.FieldView
	staff   []ui.FieldView
	work    []workView
	months  []ui.FieldView
	charts  []chartView
	changed bool // the address holds assumptions
	in      url.Values
}

// workView is the assumptions about one task.
type workView struct {
	title  string
	fields []ui.FieldView
}

func (h *Handlers) trialMany(w http.ResponseWriter, r *http.Request) error {
	ctx, in := r.Context(), r.URL.Query()
	var bad []fault.Field
	from := firstOfNextMonth(civil.From(h.Now()))
	if in.Has(inFrom + ".y") {
		typed, _ := readDate(in, inFrom, &bad).(string)
		d, err := civil.Parse(typed)
		if err != nil {
			bad = []fault.Field{{Path: "/from", Key: "procedure.trial.bad_date"}}
		} else {
			from = d
		}
	}
	tr, err := h.openTrial(r, simulate.ChannelOnline, from)
	if err != nil {
		return err
	}
	tr.many = true
	v := &manyView{trial: tr, in: in, changed: in.Has(inDossiers)}
	if v.plan, v.basis, err = h.Trial.Plan(ctx, v.src, v.place, from); err != nil {
		return err
	}
	v.errs = append(v.errs, bad...)
	v.errs = append(v.errs, v.read(in)...)
	if len(v.errs) == 0 {
		v.res, err = v.place.Scene.Many(ctx, v.plan)
		if f := retry(err); f != nil {
			v.errs = fieldsOf(ctx, f)
		} else if err != nil {
			return err
		}
	}
	v.prepare(ctx)
	status := http.StatusOK
	if len(v.errs) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return web.Render(w, r, status, manyPage(v))
}

// firstOfNextMonth is from when a process that is being drawn may run.
func firstOfNextMonth(d civil.Date) civil.Date {
	y, m, _ := d.YMD()
	return civil.Of(y, m+1, 1)
}

// read takes the assumptions of the form in place of those suggested; what is left empty stays.
func (v *manyView) read(in url.Values) []fault.Field {
	var bad []fault.Field
	real := func(name, path string, into func(float64)) {
		s := strings.TrimSpace(in.Get(name))
		if s == "" {
			return
		}
		f, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", "."), 64)
		if err != nil {
			bad = append(bad, fault.Field{Path: path, Key: "procedure.trial.bad_number"})
			return
		}
		into(f)
	}
	whole := func(name, path string, into func(int)) {
		s := strings.TrimSpace(in.Get(name))
		if s == "" {
			return
		}
		n, err := strconv.Atoi(s)
		if err != nil || n > 1<<30 || n < -1<<30 {
			bad = append(bad, fault.Field{Path: path, Key: "procedure.trial.bad_number"})
			return
		}
		into(n)
	}
	p := &v.plan
	whole(inDossiers, "/dossiers", func(n int) { p.Dossiers = n })
	whole(inSeed, "/seed", func(n int) { p.Seed = uint64(max(n, 0)) })
	real(inApplicant, "/applicant", func(f float64) { p.Applicant = f })
	whole(inElsewhere, "/elsewhere", func(n int) { p.Elsewhere = n })
	real(inSpread, "/spread", func(f float64) { p.Spread = f / 100 })
	for i := range p.Months {
		whole(inMonth+strconv.Itoa(i+1), "/months", func(n int) { p.Months[i] = n })
	}
	sc := v.place.Scene
	for _, lane := range sc.Lanes() {
		whole(inStaff+lane, "/staff/"+lane, func(n int) { p.Staff[lane] = n })
	}
	for _, n := range sc.Tasks() {
		task := p.Tasks[n.ID]
		whole(inMinutes+n.ID, "/tasks/"+n.ID+"/minutes", func(m int) { task.Minutes = m })
		for i := range n.Outcomes {
			key := n.Outcomes[i].Key
			real(inShare+n.ID+"."+key, "/tasks/"+n.ID+"/shares", func(f float64) { task.Shares[key] = f })
		}
		p.Tasks[n.ID] = task
	}
	vars, err := simulate.ParseData(in.Get(inData))
	bad = append(bad, wrong(inData, err)...)
	p.Vars = vars
	if len(bad) == 0 {
		if f := fault.As(p.Check(sc)); f != nil {
			bad = f.Fields
		}
	}
	return bad
}

// prepare makes the form of assumptions and the charts.
func (v *manyView) prepare(ctx context.Context) {
	lang := i18n.Lang(ctx)
	p := &v.plan
	value := func(name, otherwise string) string {
		if v.in.Has(name) && len(v.errs) > 0 {
			return v.in.Get(name)
		}
		return otherwise
	}
	number := func(path, name, label, help string, n int) ui.FieldView {
		return ui.FieldView{Path: path, Name: name, Label: label, Help: help, Widget: "number", Width: "xs", Value: value(name, strconv.Itoa(n))}
	}
	decimal := func(f float64) string {
		s := strconv.FormatFloat(f, 'f', -1, 64)
		if lang == i18n.VI {
			s = strings.ReplaceAll(s, ".", ",")
		}
		return s
	}
	day := dateParts(p.From.String())
	if len(v.errs) > 0 && v.in.Has(inFrom+".y") {
		day = []string{v.in.Get(inFrom + ".d"), v.in.Get(inFrom + ".m"), v.in.Get(inFrom + ".y")}
	}
	applicant := ui.FieldView{Path: "/applicant", Name: inApplicant, Label: t(ctx, "trial.applicant"), Suffix: t(ctx, "trial.unit_days"), Width: "xs",
		InputMode: "decimal", Value: value(inApplicant, decimal(p.Applicant))}
	elsewhere := number("/elsewhere", inElsewhere, t(ctx, "trial.elsewhere"), "", p.Elsewhere)
	elsewhere.Suffix = t(ctx, "trial.unit_minutes")
	spread := ui.FieldView{Path: "/spread", Name: inSpread, Label: t(ctx, "trial.spread"), Help: t(ctx, "trial.spread_help"),
		Suffix: t(ctx, "trial.unit_percent"), Width: "xs", InputMode: "decimal", Value: value(inSpread, decimal(p.Spread*100))}
	v.general = append(v.fields,
		number("/dossiers", inDossiers, t(ctx, "trial.dossiers"), t(ctx, "trial.dossiers_help", "max", simulate.MaxDossiers), p.Dossiers),
		ui.FieldView{Path: "/from", Name: inFrom, Label: t(ctx, "trial.from"), Widget: "date", Values: day},
		number("/seed", inSeed, t(ctx, "trial.seed"), t(ctx, "trial.seed_help"), int(min(p.Seed, 1<<30))),
		applicant, elsewhere, spread)
	sc := v.place.Scene
	if sc.Data() {
		v.general = append(v.general, ui.FieldView{Path: inData, Name: inData, Label: t(ctx, "trial.data"), Help: t(ctx, "trial.data_help"),
			Widget: "textarea", Rows: 3, Value: v.in.Get(inData), Optional: true})
	}
	for _, lane := range sc.Lanes() {
		f := number("/staff/"+lane, inStaff+lane, laneName(ctx, v.src.Process.Lane(lane)), "", p.Staff[lane])
		f.Suffix = t(ctx, "trial.unit_people")
		if n, ok := v.basis.People[lane]; ok && n > 0 {
			f.Help = t(ctx, "trial.staff_found", "n", n)
		} else if ok {
			f.Help = t(ctx, "trial.staff_none")
		}
		v.staff = append(v.staff, f)
	}
	for _, n := range sc.Tasks() {
		v.work = append(v.work, v.workFields(ctx, n, value, decimal))
	}
	for i, n := range p.Months {
		f := number("/months", inMonth+strconv.Itoa(i+1), t(ctx, "trial.month_n", "n", i+1), "", n)
		if i > 0 {
			f.Path = "/months/" + strconv.Itoa(i+1)
		}
		v.months = append(v.months, f)
	}
	v.general, v.staff, v.months = ui.Mark(ctx, v.general, v.errs), ui.Mark(ctx, v.staff, v.errs), ui.Mark(ctx, v.months, v.errs)
	if v.res != nil {
		v.charts = queueCharts(ctx, v.res)
	}
}

// workFields are the questions about one task; what the applicant does keeps nobody busy.
func (v *manyView) workFields(ctx context.Context, n *bpmn.Node, value func(string, string) string, decimal func(float64) string) workView {
	lang := i18n.Lang(ctx)
	task := v.plan.Tasks[n.ID]
	out := workView{title: n.Title(lang)}
	path := "/tasks/" + n.ID
	if v.place.Scene.InOffice(n) {
		help := t(ctx, "trial.work_plain")
		if n.Budget > 0 {
			help = t(ctx, "trial.work_help", "budget", budgetWords(ctx, n.Budget))
		}
		out.fields = append(out.fields, ui.FieldView{Path: path + "/minutes", Name: inMinutes + n.ID, Label: t(ctx, "trial.minutes"), Help: help,
			Widget: "number", Width: "xs", Value: value(inMinutes+n.ID, strconv.Itoa(task.Minutes)), Suffix: t(ctx, "trial.unit_minutes")})
	}
	if len(n.Outcomes) > 1 {
		for i := range n.Outcomes {
			o := &n.Outcomes[i]
			name := inShare + n.ID + "." + o.Key
			f := ui.FieldView{Path: path + "/shares/" + o.Key, Name: name, Label: t(ctx, "trial.share", "outcome", o.Title(lang)), Width: "xs",
				InputMode: "decimal", Value: value(name, decimal(task.Shares[o.Key]))}
			if i == 0 {
				f.Path = path + "/shares"
				if sum := v.basis.Decided[n.ID]; sum > 0 {
					f.Help = t(ctx, "trial.share_past", "n", sum)
				}
			}
			out.fields = append(out.fields, f)
		}
	}
	out.fields = ui.Mark(ctx, out.fields, v.errs)
	return out
}

func laneName(ctx context.Context, l *bpmn.Lane) string {
	if l == nil {
		return t(ctx, "trial.no_lane")
	}
	return l.Title(i18n.Lang(ctx))
}

// share writes hundredths of a per cent, "–" where there is none.
func share(ctx context.Context, n int, ok bool) string {
	if !ok {
		return "–"
	}
	return i18n.Percent(ctx, float64(n)/10000)
}

// lane returns the figures of a task's lane.
func (v *manyView) lane(task *simulate.TaskResult) *simulate.LaneResult {
	for i := range v.res.Lanes {
		if v.res.Lanes[i].ID == task.Lane {
			return &v.res.Lanes[i]
		}
	}
	return &simulate.LaneResult{}
}

// verdict says in one sentence where work piles up.
func (v *manyView) verdict(ctx context.Context) string {
	if v.res.Worst < 0 {
		return t(ctx, "trial.no_worst")
	}
	task := &v.res.Tasks[v.res.Worst]
	l := v.lane(task)
	return t(ctx, "trial.worst", "task", task.Node.Title(i18n.Lang(ctx)), "lane", laneName(ctx, l.Lane), "wait", workWords(ctx, int(task.Wait.Mean)),
		"longest", l.Longest, "date", civil.From(l.LongestAt), "use", i18n.Percent(ctx, float64(l.Use())/10000))
}

// troubles say why dossiers could not go on.
func (v *manyView) troubles(ctx context.Context) []string {
	var out []string
	for i := range v.res.Troubles {
		x := &v.res.Troubles[i]
		why := ""
		if x.Problem != nil {
			why = x.Problem.Text(i18n.Lang(ctx))
		} else {
			for _, f := range wrong("", x.Err) {
				why = ui.Message(ctx, f)
			}
		}
		if x.Node != nil {
			out = append(out, t(ctx, "trial.blocked_at", "n", x.Count, "task", x.Node.Title(i18n.Lang(ctx)), "why", why))
		} else {
			out = append(out, t(ctx, "trial.blocked_in", "n", x.Count, "why", why))
		}
	}
	return out
}

// facts are the figures of the dossiers.
func (v *manyView) facts(ctx context.Context) []ui.Item {
	r := v.res
	late, turn := t(ctx, "trial.unknown"), t(ctx, "trial.unknown")
	if n, ok := r.LateShare(); ok {
		late = t(ctx, "trial.r_late_text", "share", share(ctx, n, true), "late", r.Late+r.OpenLate, "all", r.Decided())
	}
	if r.Turnaround.N > 0 {
		turn = t(ctx, "trial.r_turn_text", "mean", workWords(ctx, int(r.Turnaround.Mean)), "p90", workWords(ctx, r.Turnaround.P90))
	}
	return []ui.Item{
		{Label: t(ctx, "trial.r_in"), Value: i18n.Int(ctx, r.Dossiers)},
		{Label: t(ctx, "trial.r_out"), Value: i18n.Int(ctx, r.Out)},
		{Label: t(ctx, "trial.r_open"), Value: t(ctx, "trial.r_open_text", "n", r.Open, "queued", r.Queued, "worked", r.Worked, "outside", r.Outside)},
		{Label: t(ctx, "trial.r_refused"), Value: i18n.Int(ctx, r.Refused)},
		{Label: t(ctx, "trial.r_late"), Value: late},
		{Label: t(ctx, "trial.r_turn"), Value: turn},
		{Label: t(ctx, "trial.term"), Value: termText(ctx, v.term)},
		{Label: t(ctx, "trial.agency"), Value: v.place.Agency.Title(i18n.Lang(ctx))},
	}
}

// warmFrom is from how many office minutes of mean wait a step is marked.
const warmFrom = 60

// heat marks where work waits, with the mean wait in words and figures.
func (v *manyView) heat(ctx context.Context) map[string]bpmn.Mark {
	out := map[string]bpmn.Mark{}
	for i := range v.res.Tasks {
		x := &v.res.Tasks[i]
		m := bpmn.Mark{Note: t(ctx, "trial.heat_wait", "wait", workWords(ctx, int(x.Wait.Mean)))}
		switch {
		case i == v.res.Worst:
			m.State = bpmn.MarkHot
		case x.Wait.Mean >= warmFrom:
			m.State = bpmn.MarkWarm
		case x.Wait.Mean < 1:
			m.Note = t(ctx, "trial.heat_none")
		}
		out[x.Node.ID] = m
	}
	return out
}

// verdictKind is the tone of the verdict.
func verdictKind(r *simulate.Result) ui.Kind {
	if r.Worst < 0 {
		return ui.OK
	}
	return ui.Warn
}

// useKind is the tone of how busy a lane is: from nine tenths on, queues grow fast.
func useKind(use int) ui.Kind {
	if use >= 9000 {
		return ui.Warn
	}
	return ui.Info
}

func chartID(i int) string { return "hang-doi-" + strconv.Itoa(i+1) }

// draftQuery keeps a trial of a draft one of the draft.
func draftQuery(v *trial) string {
	if v.src.Draft && v.src.Code == "" {
		return "?" + inDraft + "=" + draftOfTrial
	}
	return ""
}
