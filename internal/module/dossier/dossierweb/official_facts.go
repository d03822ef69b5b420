package dossierweb

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/procedure"
)

// dossierKeys are the shortcuts of the dossier's buttons, for the help.
func dossierKeys(ctx context.Context, p *dossierView) []ui.Shortcut {
	var out []ui.Shortcut
	for _, b := range p.Buttons {
		if b.Key != "" {
			out = append(out, ui.Shortcut{Key: b.Key, Label: b.Label})
		}
	}
	if p.Beside.Prev != "" {
		out = append(out, ui.Shortcut{Key: "K", Label: t(ctx, "dossierweb.beside_prev")})
	}
	if p.Beside.Next != "" {
		out = append(out, ui.Shortcut{Key: "J", Label: t(ctx, "dossierweb.beside_next")})
	}
	return out
}

// mainFacts are the first things an official looks for.
func mainFacts(ctx context.Context, p *dossierView) []ui.Item {
	d := p.Dossier
	var out []ui.Item
	add := func(key, value string) {
		if value != "" {
			out = append(out, ui.Item{Label: t(ctx, key), Value: value})
		}
	}
	add("dossierweb.fact.code", d.Code)
	add("dossierweb.fact.applicant", d.Applicant.Name)
	add("dossierweb.fact.birth", birthWords(ctx, d.Applicant.Birth))
	if d.Applicant.Doc != "" {
		doc := d.Applicant.Doc
		if d.Applicant.Checked {
			doc += " · " + t(ctx, "dossierweb.card_checked")
		}
		add("dossierweb.fact.doc", doc)
	}
	if d.Applicant.Phone != "" {
		out = append(out, ui.Item{Label: t(ctx, "dossierweb.fact.phone"), Body: phoneLink(d.Applicant.Phone)})
	}
	add("dossierweb.fact.email", d.Applicant.Email)
	add("dossierweb.fact.address", d.Applicant.Address)
	add("dossierweb.fact.submitted", at(ctx, d.Submitted)+", "+channelWords(ctx, d.Channel))
	add("dossierweb.fact.received", at(ctx, d.Received))
	add("dossierweb.fact.due", at(ctx, d.Due))
	add("dossierweb.fact.finished", at(ctx, d.Finished))
	add("dossierweb.fact.returned", at(ctx, d.Returned))
	add("dossierweb.fact.reception", unitName(ctx, p.Tree, d.Reception))
	if d.Decision != d.Reception {
		add("dossierweb.fact.decision", unitName(ctx, p.Tree, d.Decision))
	}
	if !d.Assisted.Zero() && d.Extra.FiledBy != "" {
		add("dossierweb.fact.filed_by", d.Extra.FiledBy)
	}
	add("dossierweb.fact.case", d.Extra.Case)
	add("dossierweb.fact.delivery", deliveryWords(ctx, d.Delivery))
	add("dossierweb.fact.number", d.Extra.Number)
	add("dossierweb.fact.duty", d.Extra.Duty)
	if d.Fee > 0 || d.FeeText != "" {
		out = append(out, ui.Item{Label: t(ctx, "dossierweb.fact.fee"), Body: feeFact(d)})
	}
	return out
}

// paperCount says how many originals and copies of a paper are asked for.
func paperCount(ctx context.Context, c procedure.Component) string {
	var out []string
	if c.Originals > 0 {
		out = append(out, t(ctx, "dossierweb.originals", "n", c.Originals))
	}
	if c.Copies > 0 {
		out = append(out, t(ctx, "dossierweb.copies", "n", c.Copies))
	}
	if !c.Required {
		out = append(out, t(ctx, "dossierweb.if_any"))
	}
	return strings.Join(out, ", ")
}

// paperState says why a paper has no file.
func paperState(ctx context.Context, x paperRow) string {
	switch {
	case x.Shown:
		return t(ctx, "dossierweb.paper_shown")
	case x.EForm:
		return t(ctx, "dossierweb.paper_eform")
	case x.Presented:
		return t(ctx, "dossierweb.paper_presented")
	case x.Required:
		return t(ctx, "dossierweb.paper_missing")
	}
	return t(ctx, "dossierweb.paper_none")
}

func filePath(f dossier.File) string { return desk + "/tep/" + f.ID.String() }

// newestFirst turns the history round without touching it.
func newestFirst(h []dossier.Entry) []dossier.Entry {
	h = slices.Clone(h)
	slices.Reverse(h)
	return h
}

// corrections lists label, old and new words of what an entry says was corrected.
func corrections(e dossier.Entry) [][3]string {
	list, _ := e.Data["changed"].([]any)
	var out [][3]string
	for _, x := range list {
		m, _ := x.(map[string]any)
		word := func(key string) string { s, _ := m[key].(string); return s }
		out = append(out, [3]string{word("label"), word("old"), word("new")})
	}
	return out
}

func telHref(number string) templ.SafeURL { return templ.SafeURL("tel:" + number) }

func itoa(n int) string { return strconv.Itoa(n) }
