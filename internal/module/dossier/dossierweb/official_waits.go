package dossierweb

import (
	"context"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/module/dossier"
)

// timers says in sentences what the dossier's process waits for beside people.
func (p *dossierView) timers(ctx context.Context) []string {
	var out []string
	title := func(node string) string {
		if n := p.Proc.Process.Node(node); n != nil {
			return n.Title(i18n.Lang(ctx))
		}
		return node
	}
	for _, w := range p.Waits {
		switch {
		case w.Kind == dossier.WaitTimer && !w.Due.IsZero():
			out = append(out, t(ctx, "dossierweb.timer_due", "name", title(w.Node), "at", at(ctx, w.Due)))
		case w.Kind == dossier.WaitTimer && w.Work > 0:
			out = append(out, t(ctx, "dossierweb.timer_stands", "name", title(w.Node)))
		case w.Kind == dossier.WaitService && w.Tries > 0:
			out = append(out, t(ctx, "dossierweb.service_tried", "name", title(w.Node), "n", w.Tries, "at", at(ctx, w.Due)))
		case w.Kind == dossier.WaitService:
			out = append(out, t(ctx, "dossierweb.service_waits", "name", title(w.Node)))
		}
	}
	for _, k := range p.Process.Tokens {
		if k.State == bpmn.TokenMessage && k.Of == 0 {
			out = append(out, t(ctx, "dossierweb.message_waits", "name", title(k.Node)))
		}
	}
	return out
}
