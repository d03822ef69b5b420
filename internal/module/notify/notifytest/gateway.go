package notifytest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// Text is one SMS the provider was asked to send.
type Text struct {
	Key  string // of the request, the Idempotency-Key
	Auth string
	ID   string `json:"id"`
	From string `json:"from"`
	To   string `json:"to"`
	Text string `json:"text"`
}

// Gateway is a real SMS provider over HTTP for tests. Like a good one it sends a message once for
// each Idempotency-Key.
type Gateway struct {
	URL      string
	mu       sync.Mutex
	requests []Text
	answer   func(w http.ResponseWriter, r *http.Request) bool
}

// Answer has f answer before the provider does; it returns false to leave it to the provider.
func (g *Gateway) Answer(f func(w http.ResponseWriter, r *http.Request) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answer = f
}

// Requests returns every request that was taken, repeated ones included.
func (g *Gateway) Requests() []Text {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]Text(nil), g.requests...)
}

// Sent returns what reached telephones: one message for each key.
func (g *Gateway) Sent() []Text {
	seen := map[string]bool{}
	var out []Text
	for _, r := range g.Requests() {
		if !seen[r.Key] {
			seen[r.Key] = true
			out = append(out, r)
		}
	}
	return out
}

// NewGateway starts a provider on a free port.
func NewGateway(t testing.TB) *Gateway {
	t.Helper()
	g := &Gateway{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		answer := g.answer
		g.mu.Unlock()
		if answer != nil && answer(w, r) {
			return
		}
		x := Text{Key: r.Header.Get("Idempotency-Key"), Auth: r.Header.Get("Authorization")}
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" || json.NewDecoder(r.Body).Decode(&x) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		g.mu.Lock()
		g.requests = append(g.requests, x)
		g.mu.Unlock()
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(srv.Close)
	g.URL = srv.URL
	return g
}
