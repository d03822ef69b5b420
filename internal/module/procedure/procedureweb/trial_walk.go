package procedureweb

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/simulate"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
)

// Fields of the forms on the page of one dossier.
const (
	inChannel = "kenh"
	inBegin   = "nop" // with .d, .m, .y
	inHour    = "gio"
	inData    = "dl"
	inStart   = "bat-dau" // there when the form that begins a walk was sent
	inToken   = "buoc"    // there when a choice was sent: to what
	inAct     = "viec"    // "c:accept": the act and its argument
	inWhen    = "luc"     // with .d, .m, .y
	inDays    = "so-ngay"
	inResult  = "kq"
)

// walkView is the page on which one dossier is led through.
type walkView struct {
	*trial
	walk  simulate.Walk
	play  *simulate.Play
	dead  string // why not even the beginning is possible
	setup []ui.FieldView
	forms []waitView
	whole *waitView
	typed url.Values // of the form that was wrong
}

// waitView is one thing the dossier waits for, with the form that lets it go on.
type waitView struct {
	simulate.Waiting
	token  int
	title  string
	who    string
	notes  []string
	fields []ui.FieldView
	button string
	hidden []ui.Hidden
}

func (h *Handlers) trialWalk(w http.ResponseWriter, r *http.Request) error {
	ctx, in := r.Context(), r.URL.Query()
	walk, errs := h.readWalk(in)
	tr, err := h.openTrial(r, walk.Channel, civil.From(walk.Submitted))
	if err != nil {
		return err
	}
	v := &walkView{trial: tr, walk: walk}
	v.errs = append(v.errs, errs...)
	switch {
	case len(v.errs) > 0:
		v.typed = in
	case in.Has(inToken):
		if done, bad := v.choose(in); len(bad) == 0 {
			return web.Redirect(w, r, v.at(done))
		} else {
			v.errs, v.typed = bad, in
		}
	case in.Has(inStart):
		return web.Redirect(w, r, v.at(walk))
	}
	v.carryOut(ctx)
	v.prepare(ctx)
	status := http.StatusOK
	if len(v.errs) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return web.Render(w, r, status, walkPage(v))
}

// readWalk reads the walk so far, or the form that begins one, or takes one that begins now.
func (h *Handlers) readWalk(in url.Values) (simulate.Walk, []fault.Field) {
	now := h.Now().Truncate(30 * time.Minute)
	fresh := simulate.Walk{Submitted: now, Channel: simulate.ChannelOnline}
	if in.Has(inStart) {
		at, bad := readMoment(in, "", inBegin, inHour)
		walk := simulate.Walk{Submitted: at, Channel: simulate.ChannelOnline, Data: strings.TrimSpace(in.Get(inData))}
		if in.Get(inChannel) == strconv.Itoa(simulate.ChannelCounter) {
			walk.Channel = simulate.ChannelCounter
		}
		if len(bad) == 0 {
			bad = append(bad, wrong(inBegin, walk.Check())...)
		}
		_, err := simulate.ParseData(walk.Data)
		if bad = append(bad, wrong(inData, err)...); len(bad) > 0 {
			return fresh, bad
		}
		return walk, nil
	}
	if text := in.Get(inWalk); text != "" {
		walk, err := simulate.ParseWalk(text)
		if err != nil {
			return fresh, wrong("", err)
		}
		return walk, nil
	}
	return fresh, nil
}

// wrong says an error at a field; none for nil.
func wrong(path string, err error) []fault.Field {
	if err == nil {
		return nil
	}
	if f := fault.As(err); f != nil {
		return []fault.Field{{Path: path, Key: f.Key, Args: f.Args}}
	}
	if p := (*bpmn.Problem)(nil); errors.As(err, &p) {
		f := p.Fault()
		return []fault.Field{{Path: path, Key: f.Key, Args: f.Args}}
	}
	return []fault.Field{{Path: path, Key: "simulate.act"}}
}

// choose adds the choice of the form to the walk, if it can be carried out.
func (v *walkView) choose(in url.Values) (simulate.Walk, []fault.Field) {
	next := v.walk
	token, err := strconv.Atoi(in.Get(inToken))
	if err != nil {
		return next, []fault.Field{{Key: "simulate.act"}}
	}
	path := formPath(token)
	at, bad := readMoment(in, path, inWhen, inHour)
	act, arg, _ := strings.Cut(in.Get(inAct), ":")
	c := simulate.Choice{Act: simulate.Act(act), Token: token, Arg: arg, At: at, Data: strings.TrimSpace(in.Get(inData))}
	if c.Act == simulate.ActExtend {
		c.Arg = strings.TrimSpace(in.Get(inDays))
	}
	if result := strings.TrimSpace(in.Get(inResult)); result != "" && c.Act == simulate.ActAnswer {
		c.Data = strings.TrimSpace(c.Data + "\n= " + result)
	}
	if act == "" {
		bad = append(bad, fault.Field{Path: path + inAct, Key: "simulate.act"})
	}
	if len(bad) > 0 {
		return next, bad
	}
	next.Choices = append(next.Choices[:len(next.Choices):len(next.Choices)], c)
	p, err := v.place.Scene.Play(next)
	if err == nil && p.Refused != nil {
		err = p.Refused.Err
	}
	if err == nil {
		return next, nil
	}
	field := path + inAct
	if f := fault.As(err); f != nil {
		switch f.Key {
		case "simulate.backwards", "simulate.far":
			field = path + inWhen
		case "simulate.days":
			field = path + inDays
		case "simulate.data.line", "simulate.data.size":
			field = path + inData
		}
	}
	return next, wrong(field, err)
}

// formPath begins the paths of the fields of one thing's form.
func formPath(token int) string { return "b" + strconv.Itoa(token) + "-" }

// carryOut plays the walk.
func (v *walkView) carryOut(ctx context.Context) {
	var err error
	v.play, err = v.place.Scene.Play(v.walk)
	if err != nil {
		for _, f := range wrong("", err) {
			v.dead = ui.Message(ctx, f)
		}
		return
	}
	if v.play.Refused != nil && len(v.errs) == 0 {
		v.errs = append(v.errs, wrong("", v.play.Refused.Err)...)
		v.walk.Choices = v.walk.Choices[:v.play.Refused.Index]
	}
}

// at returns the address of the walk.
func (v *walkView) at(w simulate.Walk) string {
	return v.address(trialPath, url.Values{inWalk: {w.String()}})
}

// back returns the address of the walk with its first n choices.
func (v *walkView) back(n int) string {
	w := v.walk
	w.Choices = w.Choices[:min(n, len(w.Choices))]
	return v.at(w)
}

// prepare makes the forms.
func (v *walkView) prepare(ctx context.Context) {
	setup := v.typed
	if !setup.Has(inStart) {
		setup = nil
	}
	channel := ui.FieldView{Path: inChannel, Name: inChannel, Label: t(ctx, "trial.channel"), Widget: "radio", Value: strconv.Itoa(v.walk.Channel)}
	for _, c := range []int{simulate.ChannelOnline, simulate.ChannelCounter} {
		channel.Options = append(channel.Options, ui.Option{Value: strconv.Itoa(c), Label: t(ctx, "trial.channel."+strconv.Itoa(c))})
	}
	data := v.walk.Data
	if setup != nil {
		channel.Value, data = setup.Get(inChannel), setup.Get(inData)
	}
	v.setup = append(v.fields, channel)
	v.setup = append(v.setup, momentFields(ctx, setup, "", inBegin, inHour, t(ctx, "trial.date"), t(ctx, "trial.time"), v.walk.Submitted)...)
	if v.place.Scene.Data() {
		v.setup = append(v.setup, ui.FieldView{Path: inData, Name: inData, Label: t(ctx, "trial.data"), Help: t(ctx, "trial.data_help"),
			Widget: "textarea", Rows: 3, Value: data, Optional: true})
	}
	v.setup = ui.Mark(ctx, v.setup, v.errs)
	if v.play == nil {
		return
	}
	for _, x := range v.play.Waiting {
		v.forms = append(v.forms, v.wait(ctx, x))
	}
	if len(v.play.General) > 0 {
		w := v.wait(ctx, simulate.Waiting{Options: v.play.General, At: v.play.Now})
		v.whole = &w
	}
}

// wait makes the form of one thing; token 0 stands for the dossier as a whole.
func (v *walkView) wait(ctx context.Context, x simulate.Waiting) waitView {
	lang := i18n.Lang(ctx)
	out := waitView{Waiting: x, token: x.Token, button: t(ctx, "trial.do_other")}
	path, typed := formPath(x.Token), url.Values(nil)
	if v.typed.Get(inToken) == strconv.Itoa(x.Token) {
		typed = v.typed
	}
	if x.Node != nil {
		out.title = x.Node.Title(lang)
		if x.State != bpmn.TokenTask {
			out.title = t(ctx, "trial.state."+string(x.State)) + ": " + out.title
		}
		if l := v.src.Process.LaneOf(x.Node); l != nil {
			out.who = t(ctx, "trial.by", "lane", l.Title(lang))
		}
		out.notes = append(out.notes, t(ctx, "trial.since", "at", whenWords(ctx, x.Since)))
		if x.Node.Budget > 0 {
			out.notes = append(out.notes, t(ctx, "trial.budget", "budget", budgetWords(ctx, x.Node.Budget)))
		}
		if x.Why != nil {
			out.notes = append(out.notes, x.Why.Text(lang))
		}
	}
	if x.State == bpmn.TokenTask {
		out.button = t(ctx, "trial.do")
	}
	out.hidden = append(v.hidden(), ui.Hidden{Name: inWalk, Value: v.walk.String()}, ui.Hidden{Name: inToken, Value: strconv.Itoa(x.Token)})
	acts := ui.FieldView{Path: path + inAct, Name: inAct, Label: t(ctx, "trial.choose"), Widget: "radio", Value: typed.Get(inAct)}
	extend, answers := false, false
	for _, o := range x.Options {
		label := ""
		if o.Outcome != nil {
			label = o.Outcome.Title(lang)
		} else {
			label = actWords(ctx, o.Act, o.Arg)
		}
		acts.Options = append(acts.Options, ui.Option{Value: string(o.Act) + ":" + o.Arg, Label: label})
		extend, answers = extend || o.Act == simulate.ActExtend, answers || o.Act == simulate.ActAnswer
	}
	if len(acts.Options) == 0 {
		return out
	}
	if acts.Value == "" {
		acts.Value = acts.Options[0].Value
	}
	out.fields = append([]ui.FieldView{acts}, momentFields(ctx, typed, path, inWhen, inHour, t(ctx, "trial.when"), t(ctx, "trial.time_done"), x.At)...)
	if extend {
		days := typed.Get(inDays)
		if days == "" {
			days = "3"
		}
		out.fields = append(out.fields, ui.FieldView{Path: path + inDays, Name: inDays, Label: t(ctx, "trial.days"), Help: t(ctx, "trial.days_help"),
			Widget: "number", Value: days, Width: "xs"})
	}
	if answers {
		out.fields = append(out.fields, ui.FieldView{Path: path + inResult, Name: inResult, Label: t(ctx, "trial.result"), Help: t(ctx, "trial.result_help"),
			Value: typed.Get(inResult), Optional: true})
	}
	if v.place.Scene.Data() {
		out.fields = append(out.fields, ui.FieldView{Path: path + inData, Name: inData, Label: t(ctx, "trial.data"), Help: t(ctx, "trial.data_help"),
			Widget: "textarea", Rows: 2, Value: typed.Get(inData), Optional: true})
	}
	out.fields = ui.Mark(ctx, out.fields, v.errs)
	return out
}

// actWords names an act that is no declared outcome.
func actWords(ctx context.Context, a simulate.Act, arg string) string {
	switch {
	case a == simulate.ActError && arg == "":
		return t(ctx, "trial.act.e_any")
	case a == simulate.ActError:
		return t(ctx, "trial.act.e", "code", arg)
	}
	return known(ctx, "trial.act.", string(a))
}

// what names what happened in an event.
func (v *walkView) what(ctx context.Context, e simulate.Event) string {
	lang := i18n.Lang(ctx)
	switch {
	case e.Act == "":
		return t(ctx, "trial.act.submit")
	case e.Node == nil:
		return actWords(ctx, e.Act, e.Arg)
	case e.Chosen != nil:
		return e.Node.Title(lang) + ": " + e.Chosen.Title(lang)
	}
	out := e.Node.Title(lang) + ": " + actWords(ctx, e.Act, e.Arg)
	if e.Auto {
		out += " (" + t(ctx, "trial.auto") + ")"
	}
	return out
}

// deadline says how long there is to a due date.
func deadline(ctx context.Context, due time.Time, left worktime.Left) ui.Deadline {
	kind := ui.OK
	switch {
	case left.Overdue:
		kind = ui.Overdue
	case left.Days == 0:
		kind = ui.Warn
	}
	return ui.Deadline{Kind: kind, Words: worktime.Phrase(left, i18n.Lang(ctx)), Date: whenWords(ctx, due)}
}

// clockTag says how the dossier's time stands after an event or now.
func clockTag(ctx context.Context, sc *simulate.Scene, c worktime.Result, left worktime.Left) ui.Deadline {
	switch {
	case sc.Term.N == 0:
		return ui.Deadline{Kind: ui.Idle, Words: t(ctx, "trial.no_term")}
	case c.State == worktime.Paused && c.Due.IsZero():
		return ui.Deadline{Kind: ui.Idle, Words: t(ctx, "trial.paused")}
	case c.Due.IsZero():
		return ui.Deadline{Kind: ui.Idle, Words: t(ctx, "trial.no_due")}
	case c.State == worktime.Stopped && c.Late:
		return ui.Deadline{Kind: ui.Overdue, Words: t(ctx, "trial.too_late"), Date: whenWords(ctx, c.Due)}
	case c.State == worktime.Stopped:
		return ui.Deadline{Kind: ui.OK, Words: t(ctx, "trial.in_time"), Date: whenWords(ctx, c.Due)}
	}
	return deadline(ctx, c.Due, left)
}

// facts say how the dossier stands.
func (v *walkView) facts(ctx context.Context) []ui.Item {
	p := v.play
	d := clockTag(ctx, v.place.Scene, p.Clock, p.Left)
	return []ui.Item{
		{Label: t(ctx, "trial.status"), Value: statusWords(ctx, p.Status)},
		{Label: t(ctx, "trial.moment"), Value: whenWords(ctx, p.Now)},
		{Label: t(ctx, "trial.received"), Value: whenWords(ctx, p.Received)},
		{Label: t(ctx, "trial.due"), Body: ui.DeadlineTag(d)},
		{Label: t(ctx, "trial.agency"), Value: v.place.Agency.Title(i18n.Lang(ctx))},
		{Label: t(ctx, "trial.term"), Value: termText(ctx, v.term)},
	}
}

func termText(ctx context.Context, term worktime.Term) string {
	if term.N == 0 {
		return t(ctx, "trial.no_term")
	}
	return term.Text(i18n.Lang(ctx))
}

// explained returns the sentence about the due date and the account of it.
func (v *walkView) explained(ctx context.Context) (string, []string) {
	if v.place.Scene.Term.N == 0 || v.play.Clock.State == worktime.NotStarted {
		return "", nil
	}
	return worktime.Explain(v.play.Clock, i18n.Lang(ctx))
}

// marks are those of the diagram, with the due date at each open step.
func (v *walkView) marks(ctx context.Context) map[string]bpmn.Mark {
	marks := v.src.Process.Marks(v.play.State)
	for _, x := range v.play.Waiting {
		if m, ok := marks[x.Node.ID]; ok && m.Note == "" && !x.Due.IsZero() && x.State == bpmn.TokenTask {
			m.Note = t(ctx, "trial.opened_due", "at", x.Due.In(civil.Zone()).Format("02/01 15:04"))
			marks[x.Node.ID] = m
		}
	}
	return marks
}

// markedSteps is the diagram in words, with its marks.
func markedSteps(ctx context.Context, d *bpmn.Definition, marks map[string]bpmn.Mark) []ui.Step {
	lang := i18n.Lang(ctx)
	var out []ui.Step
	for _, o := range d.Outline(marks) {
		s := ui.Step{Label: o.Title(lang), Note: joinWith(nonEmpty(o.LaneTitle(lang), o.Note), " · ")}
		if o.State == bpmn.MarkDone || o.State == bpmn.MarkCurrent {
			s.State = o.State
		}
		out = append(out, s)
	}
	return out
}

func nonEmpty(list ...string) []string {
	var out []string
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// choicesUntil returns how many choices were made up to and with the event; timers that came by
// themselves are no choice.
func (v *walkView) choicesUntil(event int) int {
	n := 0
	for _, e := range v.play.Events[:event+1] {
		if e.Act != "" && !e.Auto {
			n++
		}
	}
	return n
}

// tookWords says how long something waited, in office time.
func tookWords(ctx context.Context, e simulate.Event) string {
	if e.Node == nil {
		return "–"
	}
	return workWords(ctx, e.Used)
}
