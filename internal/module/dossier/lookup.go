package dossier

import (
	"context"
	"io"
	"net/netip"
	"strings"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// Glance is what anybody with a dossier's code and secret may know: where it is, not what is in it.
type Glance struct {
	View      *View
	Applicant string // masked
	Holder    id.ID
	Since     time.Time // when it came there
	Left      worktime.Left
}

// Limits counts attempts over all replicas.
type Limits interface {
	// Allow counts one attempt under the key and fails with TooMany beyond n in the window.
	Allow(ctx context.Context, key string, n int, windowSeconds int) error
	// Spent fails with TooMany if one more attempt would be refused: attempts holds how many each
	// key bears in the window. It counts nothing.
	Spent(ctx context.Context, attempts map[string]int, windowSeconds int) error
	// Spend counts one attempt under each key, all or none of them, and fails with TooMany where a
	// key is used up.
	Spend(ctx context.Context, attempts map[string]int, windowSeconds int) error
}

// Lookup answers to code and secret. A wrong code and a wrong secret are answered alike and cost
// the same work; wrong ones are limited by code and by address. A right one guesses nothing, so it
// is not counted: following a dossier writes nothing to the disk.
func (s *Service) Lookup(ctx context.Context, limits Limits, code, secret string) (*Glance, error) {
	code = strings.ToUpper(text.Line(code))
	who := actor.From(ctx)
	if len(code) > 64 || len(secret) > 64 {
		return nil, fault.New(fault.NotFound, "dossier.lookup_failed")
	}
	// Counted per code and subscriber, so that nobody shuts the holder of a receipt out by
	// guessing; what one code bears from everywhere together is far below its 2^45 secrets.
	from := subscriber(who.IP)
	guesses := map[string]int{"lookup ip " + from: 60, "lookup code " + code + " " + from: 30, "lookup code " + code: 600}
	if err := limits.Spent(ctx, guesses, lookupWindow); err != nil {
		return nil, err
	}
	d, err := s.outside(s.DB.Read(ctx), code)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	of, gen := id.ID{1}, 0 // no such dossier: the same work on another key
	if d != nil {
		of, gen = d.ID, d.SecretGen
	}
	if !sameSecret(secret, s.Secret(of, gen)) || d == nil {
		if err := limits.Spend(ctx, guesses, lookupWindow); err != nil {
			return nil, err
		}
		return nil, fault.New(fault.NotFound, "dossier.lookup_failed")
	}
	return s.glance(ctx, d)
}

// lookupWindow is in how many seconds wrong guesses are counted together.
const lookupWindow = 3600

// subscriber returns the part of an address that one subscriber has: all of IPv4, half of IPv6,
// because the other half is free to choose.
func subscriber(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	if a = a.Unmap(); a.Is4() {
		return a.String()
	}
	p, _ := a.Prefix(64)
	return p.String()
}

// glance gathers what the look-up shows and nothing else: papers, letters and payments stay where
// they are, and a page that half the province opens asks the database as little as it can.
func (s *Service) glance(ctx context.Context, d *Dossier) (*Glance, error) {
	v := &View{Dossier: d}
	var err error
	if v.Proc, err = s.Procedures.ByVersion(ctx, d.ProcedureVersion); err != nil {
		return nil, err
	}
	if v.Tasks, err = s.stations(ctx, d.ID); err != nil {
		return nil, err
	}
	if d.Status == StatusFinished || d.Status == StatusReturned {
		if v.Files, err = s.Files(ctx, d.ID); err != nil {
			return nil, err
		}
	}
	if v.Clock, v.Left, err = s.clockOf(ctx, d); err != nil {
		return nil, err
	}
	return &Glance{View: v, Applicant: text.Mask(d.Applicant.Name), Holder: d.Holder, Since: heldSince(d, v.Tasks), Left: v.Left}, nil
}

// heldSince returns when the dossier came to the agency that holds it now: with the first of its
// tasks there after the last one elsewhere. Where nothing has been asked of an office yet, or only
// of the applicant, it is when the dossier was submitted.
func heldSince(d *Dossier, tasks []*Task) time.Time {
	since, there := d.Submitted, true
	for _, t := range tasks {
		switch {
		case t.Agency.Zero() || t.State == "taken_back":
		case t.Agency != d.Holder:
			there = false
		case !there:
			since, there = t.Created, true
		}
	}
	return since
}

// purpose ties a one-time code to one dossier.
func purpose(d *Dossier) string { return "dossier:" + d.ID.String() }

// RequestResultCode sends a one-time code to the dossier's phone, for whoever holds its code and
// secret and wants the result.
func (s *Service) RequestResultCode(ctx context.Context, limits Limits, code, secret string) error {
	g, err := s.Lookup(ctx, limits, code, secret)
	if err != nil {
		return err
	}
	to := g.View.Applicant.Phone
	if to == "" {
		to = g.View.Applicant.Email
	}
	if to == "" {
		return fault.New(fault.Conflict, "dossier.no_phone")
	}
	return s.Codes.RequestCode(ctx, actor.From(ctx), purpose(g.View.Dossier), to)
}

// ResultByCode opens a result file for code, secret and the fresh one-time code.
func (s *Service) ResultByCode(ctx context.Context, limits Limits, code, secret, once string, file id.ID) (File, io.ReadSeekCloser, error) {
	g, err := s.Lookup(ctx, limits, code, secret)
	if err != nil {
		return File{}, nil, err
	}
	d := g.View.Dossier
	to := d.Applicant.Phone
	if to == "" {
		to = d.Applicant.Email
	}
	for _, f := range g.View.Files {
		if f.ID == file && f.Kind == "result" && f.Sum != "" && (d.Status == StatusFinished || d.Status == StatusReturned) {
			if err := s.Codes.CheckCode(ctx, actor.From(ctx), purpose(d), to, once); err != nil {
				return f, nil, err
			}
			err := s.DB.Write(ctx, func(tx *db.Tx) error {
				return s.Ledger.Record(tx, actor.From(ctx), "dossier.result_read", "dossier", d.ID, map[string]any{"file": f.ID.String()})
			})
			if err != nil {
				return f, nil, err
			}
			r, err := s.Blobs.Open(ctx, f.Sum)
			return f, r, err
		}
	}
	return File{}, nil, fault.New(fault.NotFound, "dossier.no_file")
}

// Rate keeps the applicant's judgement, once: 1 very satisfied, 2 satisfied, 3 so-so, 4 not satisfied.
func (s *Service) Rate(ctx context.Context, dossier id.ID, score int, remark string) error {
	if score < 1 || score > 4 {
		return fault.Input("dossier.step_incomplete", fault.Field{Path: "score", Key: "dossier.score_missing"})
	}
	_, err := s.change(ctx, dossier, func(tx *db.Tx, c *change) error {
		if !Owns(c.who, c.d) {
			return fault.New(fault.NotFound, "dossier.not_found")
		}
		if c.d.Finished.IsZero() {
			return fault.New(fault.Conflict, "dossier.rate_later")
		}
		n, err := tx.Exec(`INSERT INTO dossier_rating (dossier_id, score, remark, at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (dossier_id) DO NOTHING`, c.d.ID, score, text.Clean(remark), db.Micros(c.now))
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "dossier.rated_already")
		}
		return err
	})
	return err
}

// JoinVerified gives a citizen whose card an official checked the dossiers filed at counters
// under that card's number. A number the citizen only claims joins nothing.
func (s *Service) JoinVerified(ctx context.Context, account id.ID, doc string) (int64, error) {
	if doc == "" {
		return 0, nil
	}
	var n int64
	err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		n, err = tx.Exec(`UPDATE dossier_dossier SET account_id = $1, version = version + 1 WHERE applicant_doc = $2 AND account_id IS NULL`, account, doc)
		if err != nil || n == 0 {
			return err
		}
		return s.Ledger.Record(tx, actor.From(ctx), "dossier.join", "account", account, map[string]any{"n": n})
	})
	return n, err
}
