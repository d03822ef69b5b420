package iam

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
)

// Spend counts one attempt under each of the keys, in one transaction and therefore all or none.
// It fails with TooMany where a key has had its number within the window of seconds.
func (s *Service) Spend(ctx context.Context, attempts map[string]int, seconds int) error {
	if actor.From(ctx).Kind == actor.SystemKind {
		return nil
	}
	per := time.Duration(seconds) * time.Second
	var near []string
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		near = near[:0]
		for _, key := range slices.Sorted(maps.Keys(attempts)) { // in one order, so that no two wait for each other
			tag := s.tag("allow", key)
			n, end, err := s.countOne(tx, tag, Rule{attempts[key], per}, s.Now())
			if err != nil {
				return err
			}
			if n >= hotFrom {
				near = append(near, tag+"/"+per.String())
			}
			if n > attempts[key] {
				return tooMany("iam.too_many", end.Sub(s.Now()))
			}
		}
		return nil
	})
	if err == nil || fault.KindOf(err) == fault.TooMany {
		s.hot.add(near)
	}
	return err
}

// Spent fails as Spend would, and counts nothing. Attempts at the same moment may all pass it; the
// wrong ones among them are then counted, so a guesser gains as many as he has connections. What was
// counted by other replicas in the last second may not be known yet: then, too, a wrong guess is still
// counted and refused by Spend, and only a right one would pass.
func (s *Service) Spent(ctx context.Context, attempts map[string]int, seconds int) error {
	now, per := s.Now(), time.Duration(seconds)*time.Second
	bears := map[string]int{}
	tagged := func() map[string]int {
		for key, n := range attempts {
			bears[s.tag("allow", key)+"/"+per.String()] = n
		}
		return bears
	}
	if slices.Min(slices.Collect(maps.Values(attempts))) < hotFrom {
		tagged()
	} else if any, err := s.hot.any(ctx, s.DB, now, tagged); err != nil || !any {
		return err
	}
	win := now.Truncate(per)
	var a db.Args
	at := a.Add(db.Micros(win))
	var in []string
	for key := range bears {
		in = append(in, a.Add(key))
	}
	rows, err := s.DB.Read(ctx).Query("SELECT key, n FROM iam_limit WHERE win = "+at+" AND key IN ("+strings.Join(in, ",")+")", a...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var n int
		if err := rows.Scan(&key, &n); err != nil {
			return err
		}
		if n >= bears[key] {
			return tooMany("iam.too_many", win.Add(per).Sub(now))
		}
	}
	return rows.Err()
}

// hotFrom is from how many attempts on a counter is near its end; the index iam_limit_hot knows the
// number too.
const hotFrom = 16

// hotFor is how long the list of such counters is believed.
const hotFor = time.Second

// hotKeys are the counters that are near their end. Nearly every question concerns none of them, and
// is answered without asking the database.
type hotKeys struct {
	mu   sync.Mutex
	read time.Time
	keys map[string]bool
}

// any says whether one of the keys is hot, by a list no older than hotFor. While nothing is hot it does
// not ask for the keys.
func (h *hotKeys) any(ctx context.Context, d *db.DB, now time.Time, keys func() map[string]int) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if age := now.Sub(h.read); h.keys == nil || age >= hotFor || age < 0 {
		found, err := db.Collect[string](d.Read(ctx).Query(`SELECT key FROM iam_limit WHERE until > $1 AND n >= 16`, db.Micros(now)))(
			func(r *sql.Rows) (k string, err error) { return k, r.Scan(&k) })
		if err != nil {
			return false, err
		}
		h.keys, h.read = make(map[string]bool, len(found)), now
		for _, k := range found {
			h.keys[k] = true
		}
	}
	if len(h.keys) == 0 {
		return false, nil
	}
	for k := range keys() {
		if h.keys[k] {
			return true, nil
		}
	}
	return false, nil
}

// add takes in what this process has counted itself.
func (h *hotKeys) add(keys []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, k := range keys {
		if h.keys != nil {
			h.keys[k] = true
		}
	}
}
