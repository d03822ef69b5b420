package dossierweb

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/procedure"
)

// counterShown is how many procedures the search for one shows at once.
const counterShown = 12

// person is an applicant who stands at the counter and is already known: from the card that was
// scanned, or from the dossier that was just filed for them.
type person struct {
	Scan string // the card's QR code, as scanned
	From string // or code of a dossier
	Name string
	src  map[string]any // by the names layouts give to sources
}

// personOf reads who the next dossier is for.
func (h *Handlers) personOf(ctx context.Context, q url.Values) (person, error) {
	p := person{src: map[string]any{}}
	put := func(key, v string) {
		if v != "" {
			p.src["account."+key] = v
		}
	}
	if sc := dossier.ReadScan(q.Get("quet")); sc.Doc != "" {
		p.Scan, p.Name = q.Get("quet"), sc.Name
		put("name", sc.Name)
		put("birth_date", sc.Birth)
		put("cccd", sc.Doc)
		put("address", sc.Address)
		put("sex", text.Fold(sc.Sex)) // the forms' options are written without marks
		return p, nil
	}
	code := q.Get("tu")
	if code == "" {
		return p, nil
	}
	d, err := h.Dossiers.ByCode(ctx, code)
	if fault.KindOf(err) == fault.NotFound {
		return p, nil // the person is then typed again
	}
	if err != nil {
		return p, err
	}
	a := d.Applicant
	p.From, p.Name = d.Code, a.Name
	put("name", a.Name)
	put("birth_date", a.Birth)
	put("cccd", a.Doc)
	put("phone", a.Phone)
	put("email", a.Email)
	put("address", a.Address)
	return p, nil
}

// query carries the person on to the next page.
func (p person) query() string {
	switch {
	case p.Scan != "":
		return "quet=" + url.QueryEscape(p.Scan)
	case p.From != "":
		return "tu=" + url.QueryEscape(p.From)
	}
	return ""
}

// offer is a procedure that can be filed at this counter, with the agencies it can be filed for.
type offer struct {
	*procedure.Entry
	Agencies []ui.Option
}

type counterSearch struct {
	Query  string
	Who    person
	Offers []offer
	More   bool
	Drafts []*counterDraft
	Choose *offer // the procedure was chosen, its agency not yet
	Errors []fault.Field
}

type counterDraft struct {
	*dossier.Draft
	Name string
	Who  string
}

// counter finds the procedure a citizen at the counter asks for.
func (h *Handlers) counter(w http.ResponseWriter, r *http.Request) error {
	p, err := h.counterSearch(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, officialCounter(p))
}

func (h *Handlers) counterSearch(r *http.Request) (counterSearch, error) {
	ctx := r.Context()
	p := counterSearch{Query: text.Line(r.FormValue("q"))}
	if sc := dossier.ReadScan(p.Query); sc.Doc != "" { // the card was scanned into the search field
		p.Query = ""
		r.Form.Set("quet", r.FormValue("q"))
	}
	var err error
	if p.Who, err = h.personOf(ctx, r.Form); err != nil {
		return p, err
	}
	found, err := h.Procedures.Search(ctx, procedure.Query{Text: p.Query, Limit: 100})
	if err != nil {
		return p, err
	}
	for _, e := range found.Items {
		if len(p.Offers) == counterShown {
			p.More = true
			break
		}
		list, err := h.counterAgencies(ctx, e)
		if err != nil {
			return p, err
		}
		if len(list) > 0 {
			p.Offers = append(p.Offers, offer{Entry: e, Agencies: list})
		}
	}
	p.Drafts, err = h.counterDrafts(ctx)
	return p, err
}

// counterAgencies are the agencies for which the actor may file the procedure here.
func (h *Handlers) counterAgencies(ctx context.Context, e *procedure.Entry) ([]ui.Option, error) {
	units, err := h.Procedures.OfferingAgencies(ctx, e.Code)
	if err != nil || len(units) == 0 {
		return nil, err
	}
	proc, err := h.Procedures.ByVersion(ctx, e.Version)
	if err != nil {
		return nil, err
	}
	ids := make([]id.ID, len(units))
	names := map[id.ID]string{}
	for i, u := range units {
		ids[i], names[u.ID] = u.ID, u.Title(i18n.Lang(ctx))
	}
	mine, err := h.Dossiers.CounterOf(ctx, &proc.Record, ids)
	if err != nil {
		return nil, err
	}
	var out []ui.Option
	for _, a := range mine {
		out = append(out, ui.Option{Value: a.String(), Label: names[a]})
	}
	return out, nil
}

// counterDrafts are what the official began at the counter and did not finish.
func (h *Handlers) counterDrafts(ctx context.Context) ([]*counterDraft, error) {
	list, err := h.Dossiers.Drafts(ctx)
	if err != nil {
		return nil, err
	}
	var out []*counterDraft
	for _, d := range list {
		proc, err := h.Procedures.ByVersion(ctx, d.ProcedureVersion)
		if err != nil {
			return nil, err
		}
		name, _ := formWord(d.Data, "name")
		out = append(out, &counterDraft{Draft: d, Name: proc.Record.Title(i18n.Lang(ctx)), Who: name})
	}
	return out, nil
}

// formWord returns an answer about the applicant, by the path that all forms share.
func formWord(data map[string]any, key string) (string, bool) {
	m, _ := data["applicant"].(map[string]any)
	s, ok := m[key].(string)
	return s, ok
}

// counterStart begins the dossier of the chosen procedure, with everything known of the person
// already filled in.
func (h *Handlers) counterStart(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	cat, err := h.Procedures.Catalogue(ctx)
	if err != nil {
		return err
	}
	e, ok := cat.ByCode(in.Get("thu-tuc"))
	if !ok {
		return fault.New(fault.NotFound, "dossierweb.no_procedure")
	}
	agencies, err := h.counterAgencies(ctx, e)
	if err != nil {
		return err
	}
	if len(agencies) == 0 {
		return fault.New(fault.Forbidden, "dossier.not_your_counter")
	}
	chosen := in.Get("co-quan")
	if chosen == "" && len(agencies) == 1 {
		chosen = agencies[0].Value
	}
	if chosen == "" {
		p := counterSearch{Choose: &offer{Entry: e, Agencies: agencies}}
		status := http.StatusOK
		if in.Has("co-quan") {
			status = http.StatusUnprocessableEntity
			p.Errors = []fault.Field{{Path: "co-quan", Key: "dossierweb.choose_agency"}}
		}
		if p.Who, err = h.personOf(ctx, in); err != nil {
			return err
		}
		return web.Render(w, r, status, officialCounter(p))
	}
	agency, err := idOf(chosen)
	if err != nil {
		return err
	}
	channel := dossier.Counter
	if in.Get("kenh") == strconv.Itoa(dossier.Post) {
		channel = dossier.Post
	}
	d, err := h.Dossiers.StartDraft(ctx, e.Code, agency, channel)
	if err != nil {
		return err
	}
	who, err := h.personOf(ctx, in)
	if err != nil {
		return err
	}
	if len(who.src) > 0 {
		proc, err := h.Procedures.ByVersion(ctx, d.ProcedureVersion)
		if err != nil {
			return err
		}
		if proc.Form != nil {
			d.Data = proc.Form.Prefill(d.Data, who.src)
		}
		if err := h.Dossiers.SaveDraft(ctx, d); err != nil {
			return err
		}
	}
	return web.Redirect(w, r, counterPath(d.ID))
}

func counterPath(draft id.ID) string { return desk + "/tiep-nhan/" + draft.String() }

// counterDone shows what to do with the dossier that was just received.
func (h *Handlers) counterDone(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	d, err := h.Dossiers.ByCode(ctx, r.PathValue("code"))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, officialCounterDone(d, mayDo(actor.From(ctx), d, dossier.PermFee) && d.FeePaid < d.Fee))
}

// counterFacts are what the official tells the citizen before filing.
func counterFacts(ctx context.Context, p counterPage) []ui.Item {
	out := []ui.Item{{Label: t(ctx, "dossierweb.fact.agency"), Value: p.Agency, Lang: "vi"}, {Label: t(ctx, "dossierweb.fact.channel"), Value: channelWords(ctx, p.Draft.Channel)}}
	fee := t(ctx, "dossierweb.fee_unknown")
	if p.Fee.Known {
		fee = i18n.Money(ctx, p.Fee.Amount)
	}
	out = append(out, ui.Item{Label: t(ctx, "dossierweb.fact.fee"), Value: fee})
	if s := p.Proc.Record.TermText(p.Draft.Channel); s != "" {
		out = append(out, ui.Item{Label: t(ctx, "dossierweb.fact.term"), Value: s, Lang: "vi"})
	}
	if !p.Due.IsZero() {
		out = append(out, ui.Item{Label: t(ctx, "dossierweb.fact.foreseen"), Value: at(ctx, p.Due)})
	}
	return out
}

// doneFacts are what the official tells the citizen after filing.
func doneFacts(ctx context.Context, d *dossier.Dossier) []ui.Item {
	out := []ui.Item{{Label: t(ctx, "dossierweb.fact.code"), Value: d.Code},
		{Label: t(ctx, "dossierweb.fact.procedure"), Value: d.ProcedureName, Lang: "vi"},
		{Label: t(ctx, "dossierweb.fact.applicant"), Value: d.Applicant.Name, Lang: "vi"}}
	if !d.Due.IsZero() {
		out = append(out, ui.Item{Label: t(ctx, "dossierweb.fact.due"), Value: at(ctx, d.Due)})
	}
	return append(out, ui.Item{Label: t(ctx, "dossierweb.fact.fee"), Value: i18n.Money(ctx, d.Fee)})
}
