package notifyweb

import (
	"context"
	"strconv"

	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/notify"
)

// targetWords returns where a message went, masked by the use case, or that it was erased.
func targetWords(ctx context.Context, m notify.Message) string {
	if m.Target == "" {
		return ui.T(ctx, "notify.target_erased")
	}
	return m.Target
}

// bodyOf returns the stored text; a one-time code is never in it.
func bodyOf(m notify.Message) string {
	if m.Template == notify.KeyCode {
		return maskCode(m.Body)
	}
	return m.Body
}

// wayItems lists what is known about a message's way.
func wayItems(ctx context.Context, m notify.Message) []ui.Item {
	out := []ui.Item{
		{Label: ui.T(ctx, "notify.channel"), Value: ui.T(ctx, "notify.channel."+string(m.Channel))},
		{Label: ui.T(ctx, "notify.target"), Value: targetWords(ctx, m)},
		{Label: ui.T(ctx, "notify.at"), Value: i18n.DateTime(ctx, m.Created)},
		{Label: ui.T(ctx, "notify.attempts"), Value: i18n.Int(ctx, m.Attempts)},
	}
	if !m.Sent.IsZero() {
		out = append(out, ui.Item{Label: ui.T(ctx, "notify.sent_at"), Value: i18n.DateTime(ctx, m.Sent)})
	}
	if m.State == notify.Queued {
		out = append(out, ui.Item{Label: ui.T(ctx, "notify.next_at"), Value: i18n.DateTime(ctx, m.Next)})
	}
	if m.Error != "" {
		out = append(out, ui.Item{Label: ui.T(ctx, "notify.error"), Body: errorText(m)})
	}
	if m.DossierCode != "" {
		out = append(out, ui.Item{Label: ui.T(ctx, "notify.dossier"), Value: m.DossierCode, Href: ui.PathDesk + "/ho-so/" + m.DossierCode})
	}
	return append(out,
		ui.Item{Label: ui.T(ctx, "notify.lang"), Value: langName(ctx, m.Lang)},
		ui.Item{Label: ui.T(ctx, "notify.template_version"), Value: strconv.FormatInt(m.Version, 10)},
		ui.Item{Label: ui.T(ctx, "notify.message_id"), Value: m.ID.String()})
}
