package dossier

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
)

// Moment is where a page of a list by time ends: the instant of its last line, in microseconds, and
// that line's id. The zero Moment is before the first line.
type Moment struct {
	At    int64
	After id.ID
}

// momentOf returns the place behind a line.
func momentOf(at time.Time, line id.ID) Moment { return Moment{db.Micros(at), line} }

// String writes the place for an address; "" for none.
func (p Moment) String() string {
	if p.After.Zero() {
		return ""
	}
	return strconv.FormatInt(p.At, 10) + "." + p.After.String()
}

// ReadMoment reads what String wrote; anything else is the beginning.
func ReadMoment(s string) Moment {
	micros, after, _ := strings.Cut(s, ".")
	at, err := strconv.ParseInt(micros, 10, 64)
	if err != nil {
		return Moment{}
	}
	x, err := id.Parse(after)
	if err != nil {
		return Moment{}
	}
	return Moment{at, x}
}

// Most lines a page of these lists can have; callers ask for one more to see whether there is a
// next page.
const maxPage = 201

// behind narrows a list in falling order of time to what comes after the place, orders it and
// limits it.
func (p Moment) behind(a *db.Args, column string, limit int) string {
	var w string
	if !p.After.Zero() {
		w = ` AND (` + column + `, id) < (` + a.Add(p.At) + `, ` + a.Add(p.After) + `)`
	}
	return w + ` ORDER BY ` + column + ` DESC, id DESC LIMIT ` + a.Add(pageSize(limit))
}

func pageSize(limit int) int {
	if limit <= 0 || limit > maxPage {
		return maxPage
	}
	return limit
}

// MinePage returns the citizen's own dossiers after the place, newest first, at most limit.
func (s *Service) MinePage(ctx context.Context, after Moment, limit int) ([]*Dossier, error) {
	who := actor.From(ctx)
	if who.Account.Zero() {
		return nil, nil
	}
	var a db.Args
	where := `account_id = ` + a.Add(who.Account) + after.behind(&a, "submitted_at", limit)
	rows, err := s.DB.Read(ctx).Query(`SELECT `+dossierColumns+` FROM dossier_dossier WHERE `+where, a...)
	return db.Collect[*Dossier](rows, err)(func(r *sql.Rows) (*Dossier, error) { return scanDossier(r) })
}

// Moment returns the place behind the dossier in its owner's list.
func (d *Dossier) Moment() Moment { return momentOf(d.Submitted, d.ID) }

// DraftsPage returns the actor's drafts after the place, the one touched last first, at most limit.
func (s *Service) DraftsPage(ctx context.Context, after Moment, limit int) ([]*Draft, error) {
	var a db.Args
	where := `account_id = ` + a.Add(actor.From(ctx).Account) + after.behind(&a, "updated_at", limit)
	rows, err := s.DB.Read(ctx).Query(`SELECT `+draftColumns+` FROM dossier_draft WHERE `+where, a...)
	return db.Collect[*Draft](rows, err)(func(r *sql.Rows) (*Draft, error) { return scanDraft(r) })
}

// Moment returns the place behind the draft in its owner's list.
func (d *Draft) Moment() Moment { return momentOf(d.Updated, d.ID) }

// HandoverQuery narrows the lists of hand-overs of a unit.
type HandoverQuery struct {
	Incoming bool // only what waits for this unit to confirm
	Rest     bool // only the others
	After    Moment
	Limit    int
}

// HandoversPage returns the lists given by or to the actor's unit, newest first.
func (s *Service) HandoversPage(ctx context.Context, f HandoverQuery) ([]*Handover, error) {
	who := actor.From(ctx)
	var a db.Args
	unit, agency := a.Add(who.Unit), a.Add(who.Agency)
	to := `(to_unit = ` + unit + ` OR to_unit = ` + agency + `)`
	where := `(from_unit = ` + unit + ` OR ` + to + `)`
	switch {
	case f.Incoming:
		where = `state = 'sent' AND ` + to
	case f.Rest:
		where += ` AND NOT (state = 'sent' AND ` + to + `)`
	}
	where += f.After.behind(&a, "created_at", f.Limit)
	rows, err := s.DB.Read(ctx).Query(`SELECT `+handoverColumns+` FROM dossier_handover WHERE `+where, a...)
	return db.Collect[*Handover](rows, err)(func(r *sql.Rows) (*Handover, error) { return scanHandover(r) })
}

// Moment returns the place behind the hand-over in the lists.
func (h *Handover) Moment() Moment { return momentOf(h.Given, h.ID) }

// argsOfOne is how many agencies are named in one statement; statements have a limit of arguments.
const argsOfOne = 400

// ProposalsPage returns the requests that wait for a leader of these agencies, or of any, after the
// place, the oldest first, at most limit.
func (s *Service) ProposalsPage(ctx context.Context, agencies []id.ID, all bool, after Moment, limit int) ([]*Supplement, error) {
	read := func(of []id.ID) ([]*Supplement, error) {
		var a db.Args
		where := `state = 'proposed'`
		if !all {
			where += ` AND agency_id IN ` + a.In(of)
		}
		if !after.After.Zero() {
			where += ` AND (asked_at, id) > (` + a.Add(after.At) + `, ` + a.Add(after.After) + `)`
		}
		rows, err := s.DB.Read(ctx).Query(`SELECT `+supplementColumns+` FROM dossier_supplement WHERE `+where+
			` ORDER BY asked_at, id LIMIT `+a.Add(pageSize(limit)), a...)
		return db.Collect[*Supplement](rows, err)(func(r *sql.Rows) (*Supplement, error) { return scanSupplement(r) })
	}
	if all {
		return read(nil)
	}
	var out []*Supplement
	for some := range slices.Chunk(agencies, argsOfOne) {
		rows, err := read(some)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	slices.SortFunc(out, func(x, y *Supplement) int {
		return cmp.Or(x.Asked.Compare(y.Asked), bytes.Compare(x.ID[:], y.ID[:]))
	})
	return out[:min(len(out), pageSize(limit))], nil
}

// Moment returns the place behind the request in the leaders' list.
func (x *Supplement) Moment() Moment { return momentOf(x.Asked, x.ID) }
