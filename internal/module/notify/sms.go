package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"lienthong/internal/kit/config"
)

// SMSGateway hands SMS to a provider over HTTP. Each message is one request:
//
//	POST <url>
//	Authorization: Bearer <key>
//	Idempotency-Key: <id of the message>
//	Content-Type: application/json
//
//	{"id": "…", "from": "<sender>", "to": "+84912000107", "text": "…"}
//
// The answers count as follows: 2xx taken; 409 already taken under this key; 502 and 504 in doubt,
// because a gateway in between speaks; 3xx, 401, 403, 408, 425, 429 and other 5xx not taken, try
// later (Retry-After in seconds is heeded); any other not taken, and trying again would not help.
type SMSGateway struct {
	HTTP *http.Client // follows no redirect, because the key must not go elsewhere
	c    config.SMS
}

// NewSMSGateway returns a sender for the configured provider.
func NewSMSGateway(c config.SMS) (*SMSGateway, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("the address of the SMS gateway must be an http or https address")
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return nil, errors.New("the SMS gateway must be spoken to by https: codes and the key go there")
	}
	return &SMSGateway{c: c, HTTP: &http.Client{
		Timeout:       sendTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// international returns a national number as providers want it (ITU-T E.164).
func international(phone string) string {
	if rest, ok := strings.CutPrefix(phone, "0"); ok {
		return "+84" + rest
	}
	return phone
}

// Send hands the message to the provider.
func (g *SMSGateway) Send(ctx context.Context, l Letter) error {
	body, err := json.Marshal(struct {
		ID   string `json:"id"`
		From string `json:"from,omitempty"`
		To   string `json:"to"`
		Text string `json:"text"`
	}{l.ID.String(), g.c.Sender, international(l.To), l.Body})
	if err != nil {
		return &SendError{Outcome: Never, Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.c.URL, bytes.NewReader(body))
	if err != nil {
		return &SendError{Outcome: Never, Err: err}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Idempotency-Key", l.ID.String())
	if k := g.c.Key.Reveal(); k != "" {
		req.Header.Set("Authorization", "Bearer "+k)
	}
	resp, err := g.HTTP.Do(req)
	if err != nil {
		return &SendError{Outcome: dialOutcome(err), Err: plainURLError(err)}
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, 2048)) // the status decides; words are for the log
	switch c := resp.StatusCode; {
	case c >= 200 && c < 300, c == http.StatusConflict:
		return nil
	case c == http.StatusBadGateway, c == http.StatusGatewayTimeout:
		return &SendError{Outcome: Doubt, Err: words(resp, answer)}
	case c == http.StatusRequestTimeout, c == http.StatusTooEarly, c == http.StatusTooManyRequests, c >= 500,
		// A wrong or lapsed key is the administrator's to mend, not the message's fault.
		c == http.StatusUnauthorized, c == http.StatusForbidden, c >= 300 && c < 400:
		return &SendError{Outcome: Later, After: retryAfter(resp.Header), Err: words(resp, answer)}
	}
	return &SendError{Outcome: Never, Err: words(resp, answer)}
}

func words(resp *http.Response, answer []byte) error {
	return fmt.Errorf("%s: %s", resp.Status, answer)
}

// dialOutcome tells a provider that was never reached from one that may have heard the request.
func dialOutcome(err error) Outcome {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return Later
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return Later
	}
	return Doubt
}

// plainURLError leaves the address out, which may carry an account in its query.
func plainURLError(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// retryAfter reads the seconds of a Retry-After (RFC 9110, 10.2.3); dates are not worth their
// trouble here and count as none.
func retryAfter(h http.Header) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(h.Get("Retry-After")))
	if err != nil || n < 0 || n > 86400 {
		return 0
	}
	return time.Duration(n) * time.Second
}
