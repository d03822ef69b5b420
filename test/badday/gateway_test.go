package badday

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

// gateway is a provider of SMS that remembers every message it was given.
type gateway struct {
	url string

	mu    sync.Mutex
	texts map[string]string // by the message's id
	times map[string]int
	odd   []string
}

func openGateway(t testing.TB) *gateway {
	g := &gateway{texts: map[string]string{}, times: map[string]int{}}
	srv := httptest.NewServer(http.HandlerFunc(g.take))
	t.Cleanup(srv.Close)
	g.url = srv.URL
	return g
}

// settings returns the flags that make the program send here.
func (g *gateway) settings(t testing.TB) []string {
	t.Helper()
	key := filepath.Join(t.TempDir(), "sms-key")
	if err := os.WriteFile(key, []byte("khoa-thu"), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"--sms-url", g.url, "--sms-key-file", key}
}

func (g *gateway) take(w http.ResponseWriter, r *http.Request) {
	var m struct{ ID, To, Text string }
	err := json.NewDecoder(r.Body).Decode(&m)
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil || m.ID == "" || m.ID != r.Header.Get("Idempotency-Key") {
		g.odd = append(g.odd, m.ID)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	what := m.To + " " + m.Text
	if old, ok := g.texts[m.ID]; ok && old != what {
		g.odd = append(g.odd, m.ID+" changed its text")
	}
	g.texts[m.ID] = what
	if g.times[m.ID]++; g.times[m.ID] > 1 {
		w.WriteHeader(http.StatusConflict) // taken already
	}
}

// check fails the test if a text came under two ids. Under one it may come again: that is how a
// gateway knows it.
func (g *gateway) check(t testing.TB) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.odd) > 0 {
		t.Errorf("messages without or with another id: %v", g.odd)
	}
	ids := map[string]string{}
	repeated := 0
	for id, what := range g.texts {
		if other, ok := ids[what]; ok {
			t.Errorf("one text came as %s and %s: %s", id, other, what)
		}
		ids[what] = id
		if g.times[id] > 1 {
			repeated++
		}
	}
	if len(g.texts) == 0 {
		t.Error("no message arrived at all")
	}
	t.Logf("%d messages, %d of them came again under their id", len(g.texts), repeated)
}

func itoa(n int) string { return strconv.Itoa(n) }
