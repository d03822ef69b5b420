package dossierweb

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
	"lienthong/internal/module/procedure"
)

// agencyCookie remembers, on this device, where somebody filed last: most people file where they live.
const agencyCookie = "noi-nop"

// fewAgencies is up to how many agencies are shown as choices instead of a list to open.
const fewAgencies = 8

// startView is the page on which a dossier begins.
type startView struct {
	page    ui.Page
	code    string
	name    string
	nameVI  string
	online  bool
	errs    []fault.Field
	drafts  []draftLine
	find    string // words the agencies are narrowed by
	many    bool   // the list is worth narrowing
	agency  ui.FieldView
	only    string // the only agency, if there is no choice
	none    bool   // the words found nothing
	record  *procedure.Record
	papers  []procedure.Component
	fee     feeView
	term    string
	termVI  string
	unsure  []string // what was not compared with the law: fee, term
	profile bool     // the account's details will be filled in
	guessed bool     // the agency was chosen by what the account filed last
}

// draftLine is an unfinished dossier.
type draftLine struct {
	Name, Agency, Saved, Href, Drop string
}

func (h citizen) start(w http.ResponseWriter, r *http.Request) error {
	chosen := ""
	if c, err := r.Cookie(agencyCookie); err == nil {
		chosen = c.Value
	}
	if q := r.URL.Query().Get("co-quan"); q != "" {
		chosen = q
	}
	return h.showStart(w, r, http.StatusOK, chosen, nil)
}

func (h citizen) showStart(w http.ResponseWriter, r *http.Request, status int, chosen string, errs []fault.Field) error {
	ctx := r.Context()
	code := r.PathValue("code")
	v, err := h.Procedures.Published(ctx, code)
	if err != nil {
		return err
	}
	agencies, err := h.Procedures.OfferingAgencies(ctx, code)
	if err != nil {
		return err
	}
	lang := i18n.Lang(ctx)
	rec := &v.Record
	title := tr(ctx, "start.title")
	p := startView{
		page: ui.Page{Title: title, Errors: errs, Current: "/", Back: ui.Link{Label: tr(ctx, "back_to_procedure"), Href: "/thu-tuc/" + code}},
		code: code, name: rec.Title(lang), online: rec.Online() && len(agencies) > 0, errs: errs, record: rec,
		papers: rec.ComponentsOf(""), fee: feeOf(ctx, rec.Fee(procedure.ChannelOnline, 1)), unsure: rec.Unverified(),
		find: text.Line(r.URL.Query().Get("tim")), many: len(agencies) > fewAgencies, profile: h.People != nil,
	}
	if lang == i18n.EN && rec.NameEN.Value == "" {
		p.nameVI = i18n.VI
	}
	p.term, p.termVI = termWords(ctx, rec, procedure.ChannelOnline)
	if p.drafts, err = h.drafts(ctx, code); err != nil {
		return err
	}
	if chosen == "" && len(agencies) > 1 {
		if chosen, err = h.homeAgency(ctx, agencies); err != nil {
			return err
		}
		p.guessed = chosen != ""
	}
	if err := h.agencyField(ctx, &p, agencies, chosen); err != nil {
		return err
	}
	return web.Render(w, r, status, startPage(p))
}

// agencyField offers the agencies: a few as choices, many as a list by the agency above them.
func (h citizen) agencyField(ctx context.Context, p *startView, agencies []procedure.Unit, chosen string) error {
	lang := i18n.Lang(ctx)
	if len(agencies) == 1 {
		p.only = agencies[0].Title(lang)
		p.agency = ui.FieldView{Name: "agency", Widget: "hidden", Value: agencies[0].Key}
		return nil
	}
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return err
	}
	shown := agencies
	if fold := text.Fold(p.find); fold != "" {
		shown = slices.DeleteFunc(slices.Clone(agencies), func(u procedure.Unit) bool {
			return !strings.Contains(text.Fold(u.Name+" "+u.NameEN+" "+unitName(ctx, tree, u.Parent)), fold)
		})
		p.none = len(shown) == 0
	}
	f := ui.FieldView{Name: "agency", Label: tr(ctx, "start.agency"), Help: tr(ctx, "start.agency_help"), Widget: "select", Value: chosen}
	if p.guessed {
		f.Help = tr(ctx, "start.agency_guessed")
	}
	if len(shown) <= fewAgencies {
		f.Widget = "radio"
	}
	for _, u := range shown {
		o := ui.Option{Value: u.Key, Label: u.Title(lang), Group: unitName(ctx, tree, u.Parent)}
		if f.Widget == "radio" {
			o.Help, o.Group = o.Group, ""
		}
		f.Options = append(f.Options, o)
	}
	slices.SortStableFunc(f.Options, func(a, b ui.Option) int { return strings.Compare(text.Fold(a.Group), text.Fold(b.Group)) })
	p.agency = ui.Mark(ctx, []ui.FieldView{f}, p.errs)[0]
	return nil
}

// lastFiled is how many of the citizen's newest dossiers say where they live.
const lastFiled = 10

// homeAgency guesses which of the agencies is the citizen's: the one they filed with last on any
// device, or the one above or in the place where that was. No register tells where an account's
// owner lives; people file where they do. "" if nothing is known.
func (h citizen) homeAgency(ctx context.Context, agencies []procedure.Unit) (string, error) {
	list, err := h.Dossiers.MinePage(ctx, dossier.Moment{}, lastFiled)
	if err != nil || len(list) == 0 {
		return "", err
	}
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return "", err
	}
	offers := map[string]bool{}
	for _, u := range agencies {
		offers[u.Key] = true
	}
	for _, d := range list {
		for _, at := range []id.ID{d.Decision, d.Reception} {
			u, ok := tree.Unit(at)
			if !ok {
				continue
			}
			for _, x := range append([]*org.Unit{u}, tree.Ancestors(u.ID)...) {
				if offers[x.Key] {
					return x.Key, nil
				}
			}
		}
	}
	return "", nil
}

// drafts returns the citizen's unfinished dossiers, of one procedure or of all.
func (h citizen) drafts(ctx context.Context, code string) ([]draftLine, error) {
	list, err := h.Dossiers.Drafts(ctx)
	if err != nil {
		return nil, err
	}
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return nil, err
	}
	var out []draftLine
	for _, d := range list {
		if d.Channel != dossier.Online || code != "" && d.ProcedureCode != code {
			continue
		}
		c, err := h.Procedures.ByVersion(ctx, d.ProcedureVersion)
		if err != nil {
			return nil, err
		}
		out = append(out, draftLine{Name: c.Record.Title(i18n.Lang(ctx)), Agency: unitName(ctx, tree, d.Agency),
			Saved: tr(ctx, "saved_at", "at", i18n.DateTime(ctx, d.Updated)),
			Href:  "/nop/" + d.ID.String(), Drop: draftPath(d.ID, slugDrop)})
	}
	return out, nil
}

// startPost begins a new draft at the chosen agency.
func (h citizen) startPost(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	code, key := r.PathValue("code"), in.Get("agency")
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return err
	}
	u, ok := tree.ByKey(key)
	if !ok {
		return h.showStart(w, r, http.StatusUnprocessableEntity, key, []fault.Field{{Path: "agency", Key: "dossierweb.citizen.start.no_agency"}})
	}
	d, err := h.Dossiers.StartDraft(ctx, code, u.ID, dossier.Online)
	if err != nil {
		if errs, status, ok := pageErrors(ctx, err); ok {
			return h.showStart(w, r, status, key, errs)
		}
		return err
	}
	setCookie(w, r, agencyCookie, u.Key)
	return web.Redirect(w, r, "/nop/"+d.ID.String())
}

// drop asks before a draft is thrown away.
func (h citizen) drop(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := h.flow(ctx, r)
	if err != nil {
		return filed(w, r, err)
	}
	return web.Render(w, r, http.StatusOK, confirmPage(ui.Page{Title: tr(ctx, "drop.title"), Current: "/toi"}, ui.Confirm{
		Question: tr(ctx, "drop.title"), Text: tr(ctx, "drop.text"), Action: draftPath(f.draft.ID, slugDrop),
		Items: []ui.Item{{Label: tr(ctx, "procedure"), Value: f.title(ctx)}, {Label: tr(ctx, "last_saved"), Value: i18n.DateTime(ctx, f.draft.Updated)}},
		Yes:   tr(ctx, "drop.yes"), Danger: true, Cancel: "/toi"}))
}

func (h citizen) dropPost(w http.ResponseWriter, r *http.Request) error {
	draft, err := pathID(r, "draft")
	if err != nil {
		return err
	}
	if err := h.Dossiers.DropDraft(r.Context(), draft); err != nil {
		return err
	}
	web.Flash(w, r, ui.OK, "dossierweb.citizen.drop.done")
	return web.Redirect(w, r, "/toi")
}

// feeView is what filing costs, with the wording of the rule unchanged.
type feeView struct {
	Words  string   // "100.000 ₫", "Không thu", or that it is not known
	Text   []string // the rule's own words, one rate a line
	Choice bool     // several rates exist and an official decides which one applies
}

func feeOf(ctx context.Context, q procedure.FeeQuote) feeView {
	v := feeView{Choice: q.Choice}
	switch {
	case !q.Known:
		v.Words = tr(ctx, "fee.unknown")
	case q.Free():
		v.Words = tr(ctx, "fee.free")
	default:
		v.Words = i18n.Money(ctx, q.Amount)
	}
	for _, l := range strings.Split(q.Text, "\n") {
		if l != "" {
			v.Text = append(v.Text, l)
		}
	}
	return v
}

// termWords returns the time limit in the record's words, or as counted; vi is the language of
// words that were not translated.
func termWords(ctx context.Context, rec *procedure.Record, channel int) (words, vi string) {
	if t, ok := rec.Term(channel); ok {
		return t.Text(i18n.Lang(ctx)), ""
	}
	if s := rec.TermText(channel); s != "" {
		return s, viOnly(ctx)
	}
	return tr(ctx, "term.unknown"), ""
}
