package dossierweb

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/procedure"
)

// Ways to get the result, as Extra.Delivery keeps them.
const (
	deliverCounter = "counter"
	deliverOnline  = "online"
	deliverPost    = "post"
)

// maxCopies is how many copies may be asked for at once.
const maxCopies = 200

// deliveryWords says how the result is wanted; what nobody chose is the counter.
func deliveryWords(ctx context.Context, d string) string {
	switch d {
	case deliverOnline, deliverPost:
		return tr(ctx, "deliver."+d)
	}
	return tr(ctx, "deliver.counter")
}

// deliveries are the ways the procedure allows.
func deliveries(rec *procedure.Record) []string {
	out := []string{deliverCounter}
	if rec.ServiceKind.Value == procedure.ServiceFull || rec.ServiceLevel.Value >= 4 {
		out = append(out, deliverOnline)
	}
	if _, ok := rec.Method(procedure.ChannelPost); ok {
		out = append(out, deliverPost)
	}
	return out
}

// byCopies tells whether the fee depends on how many copies are wanted.
func byCopies(rec *procedure.Record) bool {
	return rec.Fee(procedure.ChannelOnline, 1).Amount != rec.Fee(procedure.ChannelOnline, 2).Amount
}

func optionsTitle(ctx context.Context, f *flow) string {
	if len(f.proc.Record.Components.Value) > 1 {
		return tr(ctx, "options.title_case")
	}
	return tr(ctx, "options.title")
}

// optionFields asks what filing needs beside the form: the case, the number of copies, and how the
// result is wanted.
func optionFields(ctx context.Context, f *flow, copies string) []ui.FieldView {
	rec, e := &f.proc.Record, f.draft.Extra
	var out []ui.FieldView
	if sets := rec.Components.Value; len(sets) > 1 {
		q := ui.FieldView{Name: "case", Label: tr(ctx, "options.case"), Help: tr(ctx, "options.case_help"), Widget: "radio", Value: e.Case}
		for _, s := range sets {
			q.Options = append(q.Options, ui.Option{Value: s.Case, Label: s.Case})
		}
		if q.Value == "" {
			q.Value = sets[0].Case
		}
		out = append(out, q)
	}
	if byCopies(rec) {
		out = append(out, ui.FieldView{Name: "copies", Label: tr(ctx, "options.copies"), Help: tr(ctx, "options.copies_help"),
			Widget: "number", Value: copies})
	}
	q := ui.FieldView{Name: "delivery", Label: tr(ctx, "options.delivery"), Widget: "radio", Value: e.Delivery}
	if q.Value == "" {
		q.Value = deliverCounter
	}
	for _, d := range deliveries(rec) {
		q.Options = append(q.Options, ui.Option{Value: d, Label: deliveryWords(ctx, d), Help: tr(ctx, "deliver."+d+"_help")})
	}
	return append(out, q)
}

func (h citizen) options(w http.ResponseWriter, r *http.Request) error {
	f, err := h.flow(r.Context(), r)
	if err != nil {
		return filed(w, r, err)
	}
	return h.showOptions(w, r, f, http.StatusOK, strconv.Itoa(max(f.draft.Extra.Copies, 1)), nil)
}

func (h citizen) showOptions(w http.ResponseWriter, r *http.Request, f *flow, status int, copies string, errs []fault.Field) error {
	ctx := r.Context()
	steps := f.steps(ctx, slugOptions)
	title := optionsTitle(ctx, f)
	return web.Render(w, r, status, questionPage(questionView{
		page: f.page(ctx, slugOptions, title, errs), name: f.title(ctx), steps: steps, at: index(f.stops(ctx), slugOptions) + 1,
		of: len(steps), title: title, errs: errs, saved: f.saved(ctx), later: "/toi", send: tr(ctx, "save_continue"),
		fields: ui.Mark(ctx, optionFields(ctx, f, copies), errs),
		form: ui.FormView{Action: draftPath(f.draft.ID, slugOptions),
			Hidden: []ui.Hidden{{Name: "version", Value: strconv.FormatInt(f.draft.Version, 10)}}},
	}))
}

func (h citizen) optionsPost(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	f, err := h.flow(ctx, r)
	if err != nil {
		return filed(w, r, err)
	}
	rec, e := &f.proc.Record, &f.draft.Extra
	var errs []fault.Field
	if sets := rec.Components.Value; len(sets) > 1 {
		c := text.Line(in.Get("case"))
		if !slices.ContainsFunc(sets, func(s procedure.ComponentSet) bool { return s.Case == c }) {
			errs = append(errs, fault.Field{Path: "case", Key: "dossierweb.citizen.options.no_case"})
		} else {
			e.Case = c
		}
	}
	copies := text.Line(in.Get("copies"))
	if byCopies(rec) {
		n, err := strconv.Atoi(copies)
		if err != nil || n < 1 || n > maxCopies {
			errs = append(errs, fault.Field{Path: "copies", Key: "dossierweb.citizen.options.bad_copies", Args: fault.Args("max", maxCopies)})
		} else {
			e.Copies = n
		}
	}
	if d := in.Get("delivery"); slices.Contains(deliveries(rec), d) {
		e.Delivery = d
	} else {
		errs = append(errs, fault.Field{Path: "delivery", Key: "dossierweb.citizen.options.no_delivery"})
	}
	if len(errs) > 0 {
		return h.showOptions(w, r, f, http.StatusUnprocessableEntity, copies, errs)
	}
	f.reach(ctx, slugOptions)
	if err := h.Dossiers.SaveDraft(ctx, f.draft); err != nil {
		if errs, status, ok := pageErrors(ctx, err); ok {
			return h.showOptions(w, r, f, status, copies, errs)
		}
		return err
	}
	return web.Redirect(w, r, draftPath(f.draft.ID, f.next(ctx, slugOptions)))
}

// componentsOf are the papers of the draft's case.
func (f *flow) components() []procedure.Component {
	return f.proc.Record.ComponentsOf(f.draft.Extra.Case)
}

// optionLines say the choices on the page where everything is checked.
func (f *flow) optionLines(ctx context.Context) []ui.Item {
	edit := ui.Link{Href: draftPath(f.draft.ID, slugOptions)}
	var out []ui.Item
	if len(f.proc.Record.Components.Value) > 1 {
		name := f.draft.Extra.Case
		if name == "" {
			name = f.proc.Record.Components.Value[0].Case
		}
		out = append(out, ui.Item{Label: tr(ctx, "options.case"), Value: name, Lang: viOnly(ctx), Edit: edit})
	}
	if byCopies(&f.proc.Record) {
		out = append(out, ui.Item{Label: tr(ctx, "options.copies"), Value: i18n.Int(ctx, max(f.draft.Extra.Copies, 1)), Edit: edit})
	}
	return append(out, ui.Item{Label: tr(ctx, "delivery"), Value: deliveryWords(ctx, f.draft.Extra.Delivery), Edit: edit})
}

// fileViews are the finished files of one paper.
func fileViews(ctx context.Context, files []dossier.File, kind, component string) []ui.FileView {
	var out []ui.FileView
	for _, f := range files {
		if f.Sum != "" && f.Kind == kind && f.Component == component {
			out = append(out, ui.FileView{ID: f.ID.String(), Name: f.Name, Size: i18n.Bytes(ctx, f.Size), Href: "/tep/" + f.ID.String()})
		}
	}
	return out
}
