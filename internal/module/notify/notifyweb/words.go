package notifyweb

import (
	"context"
	"net/url"
	"strings"

	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/notify"
)

func dossierPath(code string) string { return pathDossier + url.PathEscape(code) }

// maskCode shows where a one-time code stood in a stored text.
func maskCode(body string) string { return strings.ReplaceAll(body, "{code}", "••••••") }

// kindName names a kind of message; a log may hold one that this program no longer has.
func kindName(ctx context.Context, key string) string {
	if _, ok := notify.KindOf(key); !ok {
		return key
	}
	return ui.T(ctx, "notify.kind."+key)
}

func stateKind(s notify.State) ui.Kind {
	switch s {
	case notify.Sent:
		return ui.OK
	case notify.Failed:
		return ui.Warn // red means overdue and nothing else
	case notify.Sending, notify.MaybeRepeated:
		return ui.Info
	}
	return ui.Idle
}

func stateIcon(s notify.State) string {
	switch s {
	case notify.Queued:
		return "hourglass"
	case notify.Sending:
		return "send"
	}
	return ""
}

// errorWords says why a message was not sent: in the catalogue's words, or the provider's.
func errorWords(ctx context.Context, e string) string {
	if strings.HasPrefix(e, "notify.err.") {
		return ui.T(ctx, e)
	}
	return e
}

// providerWords tells whether an error is in the words of a provider, which are English.
func providerWords(e string) bool { return e != "" && !strings.HasPrefix(e, "notify.err.") }

func smsSize(ctx context.Context, m notify.SMSSize) string {
	return ui.T(ctx, "notify.sms_size", "n", m.Units, "parts", m.Parts)
}

func langName(ctx context.Context, lang string) string { return ui.T(ctx, "notify.lang."+lang) }

func templatePath(t notify.Template) string {
	return PathTemplates + "/" + t.Key + "/" + string(t.Channel) + "/" + t.Lang
}

func templateTitle(ctx context.Context, t notify.Template) string {
	return kindName(ctx, t.Key) + " – " + ui.T(ctx, "notify.channel."+string(t.Channel)) + ", " + langName(ctx, t.Lang)
}
