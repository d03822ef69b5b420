package rest_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/rest"
	"lienthong/internal/kit/testkit"
)

type actIn struct {
	Body struct {
		How string `json:"how"`
	}
}

type actOut struct {
	Location string `header:"Location"`
	Body     struct {
		Secret string `json:"secret"`
	}
}

// acts is an API with one operation that writes and answers with a secret.
type acts struct {
	t     *testing.T
	d     *db.DB
	h     http.Handler
	clock *testkit.Clock
}

func newActs(t *testing.T, d *db.DB) *acts {
	t.Helper()
	x := &acts{t: t, d: d, clock: testkit.At("2021-06-15 08:00")}
	a := newAPI(t, d, x.clock.Now)
	x.write(t.Context(), "CREATE TABLE act (n BIGINT NOT NULL)")
	rest.Register(a, "thing.put", huma.Operation{Method: "POST", Path: "/acts", OperationID: "act", Summary: "Act"},
		func(ctx context.Context, in *actIn) (*actOut, error) {
			err := d.Write(ctx, func(tx *db.Tx) error {
				if _, err := tx.Exec("INSERT INTO act (n) VALUES (1)"); err != nil {
					return err
				}
				if in.Body.How == "refused in the write" {
					return fault.New(fault.Conflict, "rest.409")
				}
				return nil
			})
			switch {
			case err != nil:
				return nil, err
			case in.Body.How == "refused after a write":
				return nil, fault.New(fault.Conflict, "rest.409")
			case in.Body.How == "fails after the write":
				return nil, errors.New("the second half cannot be read")
			case in.Body.How == "panics after the write":
				panic("boom")
			}
			o := &actOut{Location: "/api/v1/acts/geheim-address"}
			o.Body.Secret = "geheim-7KQ"
			return o, nil
		})
	var err error
	if x.h, err = a.Handler(); err != nil {
		t.Fatal(err)
	}
	return x
}

func (x *acts) write(ctx context.Context, query string, args ...any) {
	x.t.Helper()
	if err := x.d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(query, args...); return err }); err != nil {
		x.t.Fatal(err)
	}
}

func (x *acts) do(how, key string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/api/v1/acts", strings.NewReader(`{"how":"`+how+`"}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer good")
	r.Header.Set("Idempotency-Key", key)
	w := httptest.NewRecorder()
	x.h.ServeHTTP(w, r)
	return w
}

// done returns how often the act stands in the database.
func (x *acts) done() (n int) {
	x.t.Helper()
	if err := x.d.Read(x.t.Context()).QueryRow("SELECT count(*) FROM act").Scan(&n); err != nil {
		x.t.Fatal(err)
	}
	return n
}

func TestStoredAnswersAreSealed(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		x := newActs(t, d)
		first := x.do("well", "key-1")
		if first.Code != 200 || !strings.Contains(first.Body.String(), "geheim-7KQ") {
			t.Fatalf("%d %s", first.Code, first.Body)
		}
		var header string
		var body []byte
		if err := d.Read(t.Context()).QueryRow("SELECT header, body FROM kit_idempotency").Scan(&header, &body); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(header, "geheim") || bytes.Contains(body, []byte("geheim")) || bytes.Contains(body, []byte("key-1")) || len(body) == 0 {
			t.Errorf("the answer lies open: %q %q", header, body)
		}
		again := x.do("well", "key-1")
		if again.Code != 200 || again.Body.String() != first.Body.String() || again.Header().Get("Location") != first.Header().Get("Location") || x.done() != 1 {
			t.Errorf("%d %v %s", again.Code, again.Header(), again.Body)
		}
		// An answer that was tampered with is no answer.
		body[len(body)-1] ^= 1
		x.write(t.Context(), "UPDATE kit_idempotency SET body = $1", body)
		if w := x.do("well", "key-1"); w.Code != 500 || strings.Contains(w.Body.String(), "geheim") || x.done() != 1 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		// One from before answers were sealed.
		x.write(t.Context(), "UPDATE kit_idempotency SET header = $1, body = $2", `{"Content-Type":"application/json"}`, []byte(`{"secret":"old"}`))
		if w := x.do("well", "key-1"); w.Code != 200 || w.Body.String() != `{"secret":"old"}` {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

// A process that dies between an act and its answer leaves the act done once.
func TestActsAreNotRepeatedAfterACrash(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		x := newActs(t, d)
		if w := x.do("well", "k"); w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		// As the crash leaves it: what the act's transaction wrote, and no answer.
		x.write(t.Context(), "UPDATE kit_idempotency SET status = 1, header = '', body = NULL")
		if w := x.do("well", "k"); w.Code != 409 || problem(t, w).Code != "rest.key_in_flight" {
			t.Errorf("while it may be at work: %d %s", w.Code, w.Body)
		}
		for range 2 {
			x.clock.Move(3 * time.Minute)
			if w := x.do("well", "k"); w.Code != 409 || problem(t, w).Code != "rest.key_unsure" {
				t.Errorf("after it died: %d %s", w.Code, w.Body)
			}
		}
		if n := x.done(); n != 1 {
			t.Fatalf("done %d times", n)
		}

		// The mark stands exactly if the act does.
		for how, want := range map[string]struct{ code, acts int }{
			"refused in the write": {409, 0}, "refused after a write": {409, 2}, "fails after the write": {500, 1}, "panics after the write": {500, 1}} {
			before, key := x.done(), strings.ReplaceAll(how, " ", "-")
			if w := x.do(how, key); w.Code != want.code {
				t.Errorf("%s: %d %s", how, w.Code, w.Body)
			}
			x.clock.Move(3 * time.Minute)
			w := x.do(how, key)
			if got := x.done() - before; got != want.acts {
				t.Errorf("%s: done %d times, then %d %s", how, got, w.Code, w.Body)
			}
		}
	})
}
