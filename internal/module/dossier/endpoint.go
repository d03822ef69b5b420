package dossier

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"lienthong/internal/kit/fault"
)

// Endpoint is an address of another system that processes may call as "http:<name>".
type Endpoint struct {
	Name    string `json:"name"`    // letters, digits, "-" and "_"
	URL     string `json:"url"`     // https; http on this machine alone
	Secret  string `json:"secret"`  // signs each call; at least 16 characters
	Seconds int    `json:"seconds"` // how long one call may take, 1 to 25; 0 is 10
}

const (
	maxEndpoints = 100
	maxReply     = 64 << 10 // bytes
	leastSecret  = 16
)

// HTTPEndpoints calls configured addresses. Each call is one request:
//
//	POST <url>
//	Content-Type: application/json
//	Idempotency-Key: <the call's key: the same each time it is made>
//	Lienthong-Signature: t=<seconds since 1970>,v1=<hex of HMAC-SHA-256(secret, t + "." + body)>
//
// The body is a Call, the answer a Reply. 2xx is answered, with an empty body for nothing to say; 408,
// 425, 429 and 5xx, and silence, mean: try again; anything else is a refusal. Redirects are refusals: a
// signed call goes where it was sent.
type HTTPEndpoints struct {
	HTTP *http.Client
	Now  func() time.Time

	list []Endpoint
}

// NewEndpoints returns the addresses of a JSON list; nil for an empty one. It fails with a sentence for
// the operator when an entry cannot be used.
func NewEndpoints(raw []byte, now func() time.Time) (*HTTPEndpoints, error) {
	var list []Endpoint
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("the list of services: %w", err)
	}
	if len(list) > maxEndpoints {
		return nil, fmt.Errorf("the list of services names %d, at most %d are read", len(list), maxEndpoints)
	}
	seen := map[string]bool{}
	for i := range list {
		e := &list[i]
		if e.Seconds == 0 {
			e.Seconds = 10
		}
		u, err := url.Parse(e.URL)
		switch {
		case e.Name == "" || len(e.Name) > 40 || strings.Trim(e.Name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "":
			return nil, fmt.Errorf("service %q: a name is of small letters, digits, - and _, at most 40", e.Name)
		case seen[e.Name]:
			return nil, fmt.Errorf("service %s stands twice", e.Name)
		case err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && thisMachine(u.Hostname())):
			return nil, fmt.Errorf("service %s: the address must be https", e.Name)
		case len(e.Secret) < leastSecret:
			return nil, fmt.Errorf("service %s: the secret has fewer than %d characters", e.Name, leastSecret)
		case e.Seconds < 1 || e.Seconds > 25:
			return nil, fmt.Errorf("service %s: seconds are 1 to 25", e.Name)
		}
		seen[e.Name] = true
	}
	slices.SortFunc(list, func(a, b Endpoint) int { return strings.Compare(a.Name, b.Name) })
	return &HTTPEndpoints{list: list, Now: now, HTTP: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func thisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Names implements Endpoints.
func (h *HTTPEndpoints) Names() []string {
	var out []string
	for _, e := range h.list {
		out = append(out, e.Name)
	}
	return out
}

// Sign returns the signature of a body sent at the instant.
func Sign(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(t + "."))
	m.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(m.Sum(nil))
}

// Call implements Endpoints.
func (h *HTTPEndpoints) Call(ctx context.Context, name string, call Call) (Reply, error) {
	i := slices.IndexFunc(h.list, func(e Endpoint) bool { return e.Name == name })
	if i < 0 {
		return Reply{}, fault.New(fault.Invalid, "dossier.no_service", "name", name)
	}
	e := h.list[i]
	later := func(err error) error {
		return fault.Wrap(err, fault.Unavailable, "dossier.service_unavailable", "name", name)
	}
	refused := func(err error) error { return fault.Wrap(err, fault.Invalid, "dossier.service_refused", "name", name) }
	body, err := json.Marshal(call)
	if err != nil {
		return Reply{}, refused(err)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(e.Seconds)*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, bytes.NewReader(body))
	if err != nil {
		return Reply{}, refused(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Idempotency-Key", call.Key)
	req.Header.Set("Lienthong-Signature", Sign(e.Secret, h.Now(), body))
	resp, err := h.HTTP.Do(req)
	if err != nil {
		return Reply{}, later(errors.New("no answer")) // the error of the client may hold the address
	}
	defer resp.Body.Close()
	switch s := resp.StatusCode; {
	case s == http.StatusRequestTimeout, s == http.StatusTooEarly, s == http.StatusTooManyRequests, s >= 500:
		return Reply{}, later(fmt.Errorf("HTTP %d", s))
	case s < 200 || s > 299:
		return Reply{}, refused(fmt.Errorf("HTTP %d", s))
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	if err != nil {
		return Reply{}, later(errors.New("the answer broke off"))
	}
	var r Reply
	if len(bytes.TrimSpace(raw)) == 0 {
		return r, nil
	}
	if len(raw) > maxReply || json.Unmarshal(raw, &r) != nil {
		return Reply{}, fault.New(fault.Invalid, "dossier.service_answer", "name", name)
	}
	return r, nil
}
