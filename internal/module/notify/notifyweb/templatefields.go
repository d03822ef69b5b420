package notifyweb

import (
	"context"
	"strconv"

	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/notify"
)

func templateFields(ctx context.Context, t notify.Template) []ui.FieldView {
	var out []ui.FieldView
	if t.HasSubject() {
		out = append(out, ui.FieldView{Name: "subject", Label: ui.T(ctx, "notify.subject"), Value: t.Subject, MaxLength: notify.MaxSubject})
	}
	body := ui.FieldView{Name: "body", Label: ui.T(ctx, "notify.body"), Widget: "textarea", Value: t.Body, Rows: 12, MaxLength: notify.MaxBody}
	if t.Channel == notify.SMS {
		body.Rows, body.MaxLength, body.Help = 5, notify.MaxSMS, ui.T(ctx, "notify.sms_help")
	}
	return append(out, body)
}

// valueItems lists the values the text may name and what each is.
func valueItems(ctx context.Context, t notify.Template) []ui.Item {
	var out []ui.Item
	for _, n := range t.Names() {
		key := "notify.value." + n
		if t.Key == notify.KeyCode && n == "code" {
			key = "notify.value.one_time"
		}
		out = append(out, ui.Item{Label: "{" + n + "}", Value: ui.T(ctx, key)})
	}
	return out
}

func versionWords(ctx context.Context, t notify.Template) string {
	if t.Version == 0 {
		return ""
	}
	return ui.T(ctx, "notify.version", "n", strconv.FormatInt(t.Version, 10))
}
