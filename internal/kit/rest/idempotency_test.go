package rest_test

import (
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/rest"
	"lienthong/internal/kit/testkit"
)

func TestIdempotency(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		put := func(name, key string, token ...string) *httptest.ResponseRecorder {
			hs := good("Idempotency-Key", key)
			if len(token) > 0 {
				hs["Authorization"] = "Bearer " + token[0]
			}
			return h.do("POST", "/api/v1/things", `{"name":"`+name+`"}`, hs)
		}
		first := put("a", "k1")
		if first.Code != 201 || first.Header().Get("Idempotency-Replayed") != "" {
			t.Fatalf("%d %v %s", first.Code, first.Header(), first.Body)
		}
		for _, k := range []string{"k1", `"k1"`} {
			again := put("a", k)
			if again.Code != 201 || again.Body.String() != first.Body.String() || again.Header().Get("Idempotency-Replayed") != "true" ||
				again.Header().Get("Location") != first.Header().Get("Location") || again.Header().Get("Content-Type") != first.Header().Get("Content-Type") {
				t.Errorf("%d %v %s", again.Code, again.Header(), again.Body)
			}
		}
		if n := h.made.Load(); n != 1 {
			t.Fatalf("done %d times", n)
		}
		if w := put("b", "k1"); w.Code != 422 || problem(t, w).Code != "rest.key_reused" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if w := put("a", "k1", "other"); w.Code != 201 || h.made.Load() != 2 {
			t.Errorf("another client's key is not his own: %d %s", w.Code, w.Body)
		}
		if w := put("a", "k1", "poor"); w.Code != 403 {
			t.Errorf("an answer for somebody without the permission: %d", w.Code)
		}
		for _, bad := range []string{"with space", strings.Repeat("k", 129), "ố"} {
			if w := put("a", bad); w.Code != 422 || problem(t, w).Code != "rest.bad_key" {
				t.Errorf("key %.20q: %d %s", bad, w.Code, w.Body)
			}
		}
		// What was refused or failed was not done and may be sent again.
		for _, name := range []string{"taken", "defect", "panic"} {
			for range 2 {
				if w := put(name, "k-"+name); w.Header().Get("Idempotency-Replayed") != "" || w.Code < 400 {
					t.Errorf("%s: %d", name, w.Code)
				}
			}
			if w := put("fixed", "k-"+name); w.Code != 201 {
				t.Errorf("the key of a failed %s cannot be used: %d %s", name, w.Code, w.Body)
			}
		}
		if w := h.do("POST", "/api/v1/things", `{"name":"`+strings.Repeat("a", rest.BodyLimit)+`"}`, good("Idempotency-Key", "big")); w.Code != 413 {
			t.Errorf("%d", w.Code)
		}

		h.clock.Move(25 * time.Hour)
		made := h.made.Load()
		if w := put("c", "k1"); w.Code != 201 || h.made.Load() != made+1 {
			t.Errorf("a key past its time: %d %s", w.Code, w.Body)
		}
		if n, err := h.api.PruneKeys(t.Context()); err != nil || n != 4 {
			t.Errorf("pruned %d, %v", n, err)
		}
		if _, ok := h.keys.Load(""); ok {
			t.Error("the handler was not told the key")
		}
	})
}

func TestConcurrentIdempotency(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.gate, h.entered = make(chan struct{}), make(chan struct{}, 16)
		put := func() *httptest.ResponseRecorder {
			return h.do("POST", "/api/v1/things", `{"name":"a"}`, good("Idempotency-Key", "k"))
		}
		slow := make(chan *httptest.ResponseRecorder)
		go func() { slow <- put() }()
		<-h.entered
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if w := put(); w.Code != 409 || problem(t, w).Code != "rest.key_in_flight" || w.Header().Get("Retry-After") == "" {
					t.Errorf("%d %s", w.Code, w.Body)
				}
			})
		}
		wg.Wait()
		close(h.gate)
		if w := <-slow; w.Code != 201 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if w := put(); w.Code != 201 || w.Header().Get("Idempotency-Replayed") != "true" || h.made.Load() != 1 {
			t.Errorf("%d %s, made %d", w.Code, w.Body, h.made.Load())
		}
		// A process that died while it worked leaves the key taken, for two minutes.
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE kit_idempotency SET status = 0, body = NULL")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if w := put(); w.Code != 409 {
			t.Errorf("%d", w.Code)
		}
		h.clock.Move(3 * time.Minute)
		if w := put(); w.Code != 201 || h.made.Load() != 2 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
