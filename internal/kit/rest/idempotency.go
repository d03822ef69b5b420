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
	"lienthong/internal/kit/pace"
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

// What kit_idempotency.status says besides the status of a stored answer.
const (
	inWork = 0 // the request is being worked on, or died before it wrote anything
	wrote  = 1 // something of the request is committed, and its answer is not stored (yet)
)

// IdempotencyKey returns a name for the act that is the same whenever the same client sends it
// again with the same Idempotency-Key, or "" without one. A use case whose record is made once
// only may store it in a unique column of its own.
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
	r.Body = pace.Body(r.Body, http.NewResponseController(w).SetReadDeadline, time.Now)
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
	seal, err := newSealer(a.c.Secret, who.Account[:], []byte(key))
	if err != nil {
		fail(err)
		return
	}
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
	case old.status == wrote && old.begun < db.Micros(a.c.Now().Add(-holdKey)):
		// Nobody knows what was answered; doing it again could do it twice.
		fail(fault.New(fault.Conflict, "rest.key_unsure"))
		return
	case old.status == inWork || old.status == wrote:
		p := a.problem(ctx.Context(), fault.New(fault.Conflict, "rest.key_in_flight"))
		p.headers.Set("Retry-After", "2")
		write(w, p)
		return
	default:
		if err := old.replay(w, seal); err != nil {
			fail(err)
		}
		return
	}

	r = r.WithContext(db.Along(context.WithValue(r.Context(), keyCtx{}, hexOf(id)), func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE kit_idempotency SET status = $3 WHERE id = $1 AND begun = $2 AND status = 0", id, begun, wrote)
		return err
	}))
	r.Body = io.NopCloser(bytes.NewReader(body))
	rec := &recorder{ResponseWriter: w}
	done := false
	defer func() {
		if !done { // a panic: if nothing was written, the client may try again
			a.release(ctx.Context(), id, begun, inWork)
		}
	}()
	next(humago.NewContext(ctx.Operation(), r, rec))
	done = true
	switch {
	case rec.status >= 500:
		a.release(ctx.Context(), id, begun, inWork) // failed: what was written before that stays written
	case rec.status < 200 || rec.status >= 400:
		a.release(ctx.Context(), id, begun, wrote) // refused: whatever was noted on the way, the act was not done
	default:
		a.store(ctx.Context(), id, begun, rec, seal)
	}
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
// whose request died before it wrote anything, or whose answer is past its time, is taken over; so
// is one begun in a future that a clock showed and took back.
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

// Inherit settles the keys of requests whose process was killed, before the first request and where
// no other process can be running: on SQLite, whose folder is locked. Their clients need not wait
// two minutes to hear how it stands: a request that wrote nothing may be sent again, of one that
// wrote nobody knows what it was answered.
func (a *API) Inherit(ctx context.Context) error {
	return a.c.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("DELETE FROM kit_idempotency WHERE status = $1", inWork); err != nil {
			return err
		}
		past := db.Micros(a.c.Now().Add(-holdKey)) - 1
		_, err := tx.Exec("UPDATE kit_idempotency SET begun = $1 WHERE status = $2 AND begun > $1", past, wrote)
		return err
	})
}

// release forgets the key, so that the request can be sent again, unless it got further than most:
// inWork keeps the keys of requests that wrote something.
func (a *API) release(ctx context.Context, id []byte, begun int64, most int) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := a.c.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM kit_idempotency WHERE id = $1 AND begun = $2 AND status <= $3", id, begun, most)
		return err
	})
	if err != nil {
		a.c.Log.WarnContext(ctx, "api: an idempotency key was not given back and blocks for two minutes", "err", err)
	}
}

// store keeps the answer, sealed: it may hold a token or the secret of a receipt. The client has it
// already, so a failure is only logged.
func (a *API) store(ctx context.Context, id []byte, begun int64, rec *recorder, seal *sealer) {
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
	sealed, err := seal.close(begun, header, body)
	if err == nil {
		err = a.c.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE kit_idempotency SET status = $3, header = $4, body = $5 WHERE id = $1 AND begun = $2",
				id, begun, rec.status, sealedMark, sealed)
			return err
		})
	}
	if err != nil {
		a.c.Log.ErrorContext(ctx, "api: an answer was not kept for its idempotency key", "err", err)
	}
}

// tooLong marks an answer whose body was too long to keep.
const tooLong = "Lienthong-Body-Not-Kept"

// replay answers again. Answers stored before they were sealed lie open and are read as they are.
func (o *answered) replay(w http.ResponseWriter, seal *sealer) error {
	header, body := map[string]string{}, o.body
	var err error
	if o.header == sealedMark {
		header, body, err = seal.open(o.begun, o.body)
	} else {
		err = json.Unmarshal([]byte(o.header), &header)
	}
	if err != nil {
		return err
	}
	h := w.Header()
	for k, v := range header {
		h.Set(k, v)
	}
	h.Set(replayed, "true")
	w.WriteHeader(o.status)
	_, _ = w.Write(body) // the client may be gone
	return nil
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
