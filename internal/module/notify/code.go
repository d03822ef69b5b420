package notify

import (
	"context"
	"strings"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
)

// codeName is how a stored text names the code it was sent with.
const codeName = "{code}"

// SendCode sends a one-time code to a telephone number or an e-mail address, before everything
// else that waits. The code is kept beside the message until it is sent, at most while it is good.
// Faults: Invalid if to is neither, Unavailable if the channel is off.
func (s *Service) SendCode(ctx context.Context, to, code, lang string) error {
	d := &draft{secret: code, values: map[string]string{"code": codeName, "minutes": codeMinutes}}
	d.msg = Message{Template: KeyCode, Lang: langOf(lang), Channel: SMS, Target: phoneOf(to)}
	if strings.Contains(to, "@") {
		d.msg.Channel, d.msg.Target = Email, mailOf(to)
	}
	if d.msg.Target == "" {
		return fault.Input("notify.input", fault.Field{Path: "to", Key: errBadAddress})
	}
	s.common(d.msg.Lang, d.values)
	fresh := d.msg
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		d.msg = fresh
		return s.queue(tx, d)
	})
	if err != nil {
		return err
	}
	if d.msg.State == Failed {
		s.off(ctx, []*draft{d})
		return fault.New(fault.Unavailable, "notify.code_off_"+string(d.msg.Channel))
	}
	return nil
}

// withCode puts the code into a stored text.
func withCode(body, secret string) string {
	if secret == "" {
		return body
	}
	return strings.ReplaceAll(body, codeName, secret)
}
