package dossier

import (
	"context"
	"io"
	"net/netip"
	"strings"

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
	Since     Entry // the act since when it lies there
	Left      worktime.Left
}

// Limits counts attempts over all replicas.
type Limits interface {
	// Allow counts one attempt under the key and fails with TooMany beyond n in the window.
	Allow(ctx context.Context, key string, n int, windowSeconds int) error
}

// Lookup answers to code and secret. A wrong code and a wrong secret are answered alike and cost
// the same work; attempts are limited by code and by address.
func (s *Service) Lookup(ctx context.Context, limits Limits, code, secret string) (*Glance, error) {
	code = strings.ToUpper(text.Line(code))
	who := actor.From(ctx)
	if len(code) > 64 || len(secret) > 64 {
		return nil, fault.New(fault.NotFound, "dossier.lookup_failed")
	}
	// Counted per code and subscriber, so that nobody shuts the holder of a receipt out by
	// guessing; what one code bears from everywhere together is far below its 2^45 secrets.
	from := subscriber(who.IP)
	for _, l := range []struct {
		key string
		n   int
	}{{"lookup ip " + from, 60}, {"lookup code " + code + " " + from, 30}, {"lookup code " + code, 600}} {
		if err := limits.Allow(ctx, l.key, l.n, 3600); err != nil {
			return nil, err
		}
	}
	d, err := s.byCode(s.DB.Read(ctx), code)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	of, gen := id.ID{1}, 0 // no such dossier: the same work on another key
	if d != nil {
		of, gen = d.ID, d.SecretGen
	}
	if !sameSecret(secret, s.Secret(of, gen)) || d == nil {
		return nil, fault.New(fault.NotFound, "dossier.lookup_failed")
	}
	return s.glance(ctx, d)
}

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

func (s *Service) glance(ctx context.Context, d *Dossier) (*Glance, error) {
	v, err := s.view(ctx, d)
	if err != nil {
		return nil, err
	}
	g := &Glance{View: v, Applicant: text.Mask(d.Applicant.Name), Holder: d.Holder, Left: v.Left}
	for _, e := range v.History {
		switch e.Act {
		case "submitted", "received", "step", "supplement", "answered", "taken_back", "withdrawn", "held", "resumed":
			g.Since = e
		}
	}
	return g, nil
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
