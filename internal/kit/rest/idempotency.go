package rest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
)

// The header of draft-ietf-httpapi-idempotency-key-header, and how long things are kept.
const (
	keyHeader  = "Idempotency-Key"
	replayed   = "Idempotency-Replayed"
	maxKey     = 128
	maxStored  = 1 << 20         // bytes of an answer
	keepAnswer = 24 * time.Hour  // an answer
	holdKey    = 2 * time.Minute // a request that is being worked on, or died while it was
)

// kept are the headers that belong to the answer.
var kept = [...]string{"Content-Type", "Location", "ETag", "Last-Modified", "Content-Language"}

type keyCtx struct{}

// IdempotencyKey returns a name for the act that is the same whenever the same client sends it
// again with the same Idempotency-Key, or "" without one. An answer is stored after the act has
// been committed, so a crash between the two lets the act be done again; where that must never
// happen the use case stores this name in a unique column of its own record.
func IdempotencyKey(ctx context.Context) string {
	s, _ := ctx.Value(keyCtx{}).(string)
	return s
}

func takesKey(method string) bool { return method == http.MethodPost || method == http.MethodPatch }

// idempotent answers a request again that was answered before. Anonymous requests have no keys:
// whoever guessed one would read another's answer.
func (a *API) idempotent(ctx huma.Context, next func(huma.Context)) {
	key := strings.Trim(ctx.Header(keyHeader), `"`)
	who := actor.From(ctx.Context())
	if key == "" || !takesKey(ctx.Method()) || !who.SignedIn() {
		next(ctx)
		return
	}
	r, w := humago.Unwrap(ctx)
	fail := func(err error) { write(w, a.problem(ctx.Context(), err)) }
	if len(key) > maxKey || strings.ContainsFunc(key, func(c rune) bool { return c < '!' || c > '~' }) {
		fail(fault.Input("rest.bad_key", fault.Field{Path: "header." + keyHeader, Key: "rest.bad_key"}))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, ctx.Operation().MaxBodyBytes))
	if err != nil {
		var large *http.MaxBytesError
		if !errors.As(err, &large) {
			err = fault.Wrap(err, fault.Invalid, "rest.400") // the client stopped sending
		}
		fail(err)
		return
	}
	id := digest(who.Account[:], []byte(key))
	request := digest([]byte(r.Method), []byte(r.URL.EscapedPath()), []byte(r.URL.RawQuery), []byte(r.Header.Get("Content-Type")), body)

	begun := db.Micros(a.c.Now())
	old, err := a.claim(ctx.Context(), id, request, begun)
	switch {
	case err != nil:
		fail(err)
		return
	case old == nil: // ours to do
	case subtle.ConstantTimeCompare(old.request, request) != 1:
		fail(fault.New(fault.Invalid, "rest.key_reused"))
		return
	case old.status == 0:
		p := a.problem(ctx.Context(), fault.New(fault.Conflict, "rest.key_in_flight"))
		p.headers.Set("Retry-After", "2")
		write(w, p)
		return
	default:
		old.replay(w)
		return
	}

	r = r.WithContext(context.WithValue(r.Context(), keyCtx{}, hexOf(id)))
	r.Body = io.NopCloser(bytes.NewReader(body))
	rec := &recorder{ResponseWriter: w}
	done := false
	defer func() {
		if !done { // a panic: nothing was answered, so the client may try again
			a.release(ctx.Context(), id, begun)
		}
	}()
	next(humago.NewContext(ctx.Operation(), r, rec))
	done = true
	if rec.status < 200 || rec.status >= 400 {
		a.release(ctx.Context(), id, begun) // refused or failed: nothing was done
		return
	}
	a.store(ctx.Context(), id, begun, rec)
}

func digest(parts ...[]byte) []byte {
	h := sha256.New()
	for _, p := range parts {
		var n [8]byte
		for i := range n {
			n[i] = byte(len(p) >> (8 * i))
		}
		h.Write(n[:]) // lengths keep the parts apart
		h.Write(p)
	}
	return h.Sum(nil)
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}

// answered is what a key was used for.
type answered struct {
	request []byte
	begun   int64
	status  int
	header  string
	body    []byte
}

// claim takes the key for this request and returns nil, or returns what it was used for. A key
// whose request died, or whose answer is past its time, is taken over; so is one begun in a future
// that a clock showed and took back.
func (a *API) claim(ctx context.Context, id, request []byte, begun int64) (old *answered, err error) {
	now := a.c.Now()
	err = a.c.DB.Write(ctx, func(tx *db.Tx) error {
		old = nil
		n, err := tx.Exec(`INSERT INTO kit_idempotency (id, request, begun) VALUES ($1, $2, $3)
			ON CONFLICT (id) DO UPDATE SET request = excluded.request, begun = excluded.begun, status = 0, header = '', body = NULL
			WHERE kit_idempotency.begun < $4 OR (kit_idempotency.status = 0 AND (kit_idempotency.begun < $5 OR kit_idempotency.begun > $6)
				AND kit_idempotency.request = excluded.request)`,
			id, request, begun, db.Micros(now.Add(-keepAnswer)), db.Micros(now.Add(-holdKey)), db.Micros(now.Add(holdKey)))
		if err != nil || n == 1 {
			return err
		}
		var o answered
		if err := tx.QueryRow("SELECT request, begun, status, header, body FROM kit_idempotency WHERE id = $1", id).
			Scan(&o.request, &o.begun, &o.status, &o.header, &o.body); err != nil {
			return err
		}
		old = &o
		return nil
	})
	return old, err
}

// Inherit forgets the keys of requests that are marked as being worked on, before the first request
// and where no other process can be running: on SQLite, whose folder is locked. Their process was
// killed, and their clients need not wait two minutes to hear so.
func (a *API) Inherit(ctx context.Context) error {
	return a.c.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM kit_idempotency WHERE status = 0")
		return err
	})
}

// release forgets the key, so that the request can be sent again.
func (a *API) release(ctx context.Context, id []byte, begun int64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := a.c.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM kit_idempotency WHERE id = $1 AND begun = $2 AND status = 0", id, begun)
		return err
	})
	if err != nil {
		a.c.Log.WarnContext(ctx, "api: an idempotency key was not given back and blocks for two minutes", "err", err)
	}
}

// store keeps the answer. The client has it already, so a failure is only logged.
func (a *API) store(ctx context.Context, id []byte, begun int64, rec *recorder) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	header := map[string]string{}
	for _, k := range kept {
		if v := rec.Header().Get(k); v != "" {
			header[k] = v
		}
	}
	body := rec.body.Bytes()
	if rec.over {
		body, header = nil, map[string]string{tooLong: "1"}
	}
	err := a.c.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE kit_idempotency SET status = $3, header = $4, body = $5 WHERE id = $1 AND begun = $2",
			id, begun, rec.status, db.JSON(header), body)
		return err
	})
	if err != nil {
		a.c.Log.ErrorContext(ctx, "api: an answer was not kept for its idempotency key", "err", err)
	}
}

// tooLong marks an answer whose body was too long to keep.
const tooLong = "Lienthong-Body-Not-Kept"

func (o *answered) replay(w http.ResponseWriter) {
	header := map[string]string{}
	_ = json.Unmarshal([]byte(o.header), &header) // written by store
	h := w.Header()
	for k, v := range header {
		h.Set(k, v)
	}
	h.Set(replayed, "true")
	w.WriteHeader(o.status)
	_, _ = w.Write(o.body) // the client may be gone
}

// PruneKeys forgets answers past their time and returns how many; run it every hour.
func (a *API) PruneKeys(ctx context.Context) (int64, error) {
	const step = 1000
	for all := int64(0); ; {
		var n int64
		err := a.c.DB.Write(ctx, func(tx *db.Tx) (err error) {
			n, err = tx.Exec("DELETE FROM kit_idempotency WHERE id IN (SELECT id FROM kit_idempotency WHERE begun < $1 LIMIT $2)",
				db.Micros(a.c.Now().Add(-keepAnswer)), step)
			return err
		})
		all += n
		if err != nil || n < step {
			return all, err
		}
	}
}

// recorder keeps a copy of the answer while it is sent.
type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
	over   bool
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	if r.body.Len()+len(p) > maxStored {
		r.over = true
	} else {
		r.body.Write(p)
	}
	return r.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController through.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
