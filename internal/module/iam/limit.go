package iam

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
)

// Rule allows n acts within one period; periods follow the clock, not the first act.
type Rule struct {
	N   int
	Per time.Duration
}

// Limits bounds guessing and flooding, counted over all replicas.
type Limits struct {
	CodePerContact []Rule        // codes sent to one number or address
	CodePerIP      []Rule        // codes asked for from one network address; a commune may share one
	CodePause      time.Duration // between two codes to the same contact
	CheckPerIP     []Rule        // codes tried from one network address
	SignInPerIP    []Rule        // passwords tried from one network address
	PerLogin       int           // wrong passwords for one login from anywhere before it must wait
	PerLoginIP     int           // the same from one network address
	MaxWait        time.Duration // the wait doubles with each further one, from a minute up to this
}

// DefaultLimits suit a province: an office behind one address works, a guesser does not.
func DefaultLimits() Limits {
	return Limits{
		CodePerContact: []Rule{{5, time.Hour}, {10, 24 * time.Hour}},
		CodePerIP:      []Rule{{60, time.Hour}, {300, 24 * time.Hour}},
		CodePause:      time.Minute,
		CheckPerIP:     []Rule{{100, time.Hour}},
		SignInPerIP:    []Rule{{200, time.Hour}},
		PerLogin:       20,
		PerLoginIP:     5,
		MaxWait:        15 * time.Minute,
	}
}

func (s *Service) limits() Limits {
	if s.Limits.CodePerContact == nil {
		return DefaultLimits()
	}
	return s.Limits
}

// tag returns a keyed hash under which the database counts something without knowing what.
func (s *Service) tag(kind, value string) string {
	return kind + ":" + base64.RawURLEncoding.EncodeToString(s.mac(kind, value)[:18])
}

func (s *Service) mac(parts ...string) []byte {
	m := hmac.New(sha256.New, s.Secret)
	for _, p := range parts {
		m.Write([]byte(p))
		m.Write([]byte{0})
	}
	return m.Sum(nil)
}

// network returns the part of an address that one subscriber has: all of IPv4, half of IPv6.
func network(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return "?"
	}
	if a = a.Unmap(); a.Is4() {
		return a.String()
	}
	p, _ := a.Prefix(64)
	return p.String()
}

// coarse returns what is kept of an address beside a session: enough to recognise one's own
// provider, too little to find a person.
func coarse(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	bits := 48
	if a = a.Unmap(); a.Is4() {
		bits = 24
	}
	p, _ := a.Prefix(bits)
	return p.String()
}

// take counts one act under every rule, or refuses it if one is used up. What is refused is not
// counted, because the transaction is taken back.
func (s *Service) take(tx *db.Tx, who actor.Actor, key string, rules []Rule) error {
	if who.Kind == actor.SystemKind {
		return nil
	}
	now := s.Now()
	for _, r := range rules {
		n, end, err := s.countOne(tx, key, r, now)
		if err != nil {
			return err
		}
		if n > r.N {
			return tooMany("iam.too_many", end.Sub(now))
		}
	}
	return nil
}

// countOne counts one act under the rule and returns how many there were in the period that ends
// at end.
func (s *Service) countOne(tx *db.Tx, key string, r Rule, now time.Time) (n int, end time.Time, err error) {
	win := now.Truncate(r.Per)
	end = win.Add(r.Per)
	err = tx.QueryRow(`INSERT INTO iam_limit (key, win, until, n) VALUES ($1, $2, $3, 1)
		ON CONFLICT (key, win) DO UPDATE SET n = iam_limit.n + 1 RETURNING n`, key+"/"+r.Per.String(), db.Micros(win), db.Micros(end)).Scan(&n)
	return n, end, err
}

// Allow counts one attempt for another module and refuses it beyond n within the window of seconds.
// The key is hashed: the database counts something without knowing what.
func (s *Service) Allow(ctx context.Context, key string, n, seconds int) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		return s.take(tx, actor.From(ctx), s.tag("allow", key), []Rule{{n, time.Duration(seconds) * time.Second}})
	})
}

// tooMany says how long to wait, in seconds for machines and in words' units for people.
func tooMany(key string, wait time.Duration) error {
	secs := int((wait + time.Second - 1) / time.Second)
	return fault.New(fault.TooMany, key, "wait", max(secs, 1), "minutes", max((secs+59)/60, 1))
}

// guard is a counter of wrong guesses: after free of them in a row, each further one costs a wait.
type guard struct {
	key  string
	free int
}

// forget is how long a wrong guess is remembered.
const forget = 24 * time.Hour

// attempt counts a guess under every guard before it is judged, so that many guesses at the same
// moment are not judged on one count. It is refused while one of the guards is shut.
func (s *Service) attempt(tx *db.Tx, guards []guard) error {
	now := s.Now()
	for _, g := range guards {
		if _, err := tx.Exec("INSERT INTO iam_guard (key, failed, until, last) VALUES ($1, 0, 0, 0) ON CONFLICT (key) DO NOTHING", g.key); err != nil {
			return err
		}
		var failed int
		var until, last int64
		if err := tx.QueryRow("SELECT failed, until, last FROM iam_guard WHERE key = $1"+db.ForUpdate(tx, false), g.key).Scan(&failed, &until, &last); err != nil {
			return err
		}
		// A longer wait than there is was noted when the clock stood ahead.
		if wait := db.Time(until).Sub(now); until > 0 && wait > 0 && wait <= s.limits().MaxWait {
			return tooMany("iam.wait", wait)
		}
		if now.Sub(db.Time(last)) > forget {
			failed = 0
		}
		failed++
		until = 0
		if failed >= g.free {
			wait := time.Minute << min(failed-g.free, 20)
			until = db.Micros(now.Add(min(wait, s.limits().MaxWait)))
		}
		if _, err := tx.Exec("UPDATE iam_guard SET failed = $2, until = $3, last = $4 WHERE key = $1", g.key, failed, until, db.Micros(now)); err != nil {
			return err
		}
	}
	return nil
}

// pardon forgets the wrong guesses after a right one.
func pardon(tx *db.Tx, guards []guard) error {
	for _, g := range guards {
		if _, err := tx.Exec("DELETE FROM iam_guard WHERE key = $1", g.key); err != nil {
			return err
		}
	}
	return nil
}

// Sweep removes counters, codes, sessions and links that have had their time; a job runs it daily.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.Now()
	old := func(d time.Duration) int64 { return db.Micros(now.Add(-d)) }
	for _, q := range []struct {
		sql string
		arg int64
	}{
		{"DELETE FROM iam_limit WHERE until < $1", old(0)},
		{"DELETE FROM iam_guard WHERE last < $1", old(forget)},
		{"DELETE FROM iam_code WHERE expires < $1", old(24 * time.Hour)},
		{"DELETE FROM iam_session WHERE expires < $1", old(30 * 24 * time.Hour)}, // kept a while, so that its owner sees it
		{"DELETE FROM iam_setup WHERE expires < $1", old(0)},
	} {
		err := s.DB.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(q.sql, q.arg); return err })
		if err != nil {
			return err
		}
	}
	return nil
}
