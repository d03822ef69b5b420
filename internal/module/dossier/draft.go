package dossier

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/procedure"
)

// Draft is a dossier that is being filled in. Its id becomes the dossier's when it is submitted,
// so submitting twice finds the dossier of the first time.
type Draft struct {
	ID               id.ID
	Version          int64
	Account          id.ID
	Channel          Channel
	ProcedureVersion id.ID
	ProcedureCode    string
	Agency           id.ID
	Page             string
	Data             map[string]any
	Extra            Extra
	Created, Updated time.Time
}

const draftColumns = `id, version, account_id, channel, procedure_version, procedure_code, agency_id, page, data, extra,
	created_at, updated_at`

func scanDraft(row scanner) (*Draft, error) {
	var d Draft
	var data, extra string
	var created, updated int64
	err := row.Scan(&d.ID, &d.Version, &d.Account, &d.Channel, &d.ProcedureVersion, &d.ProcedureCode, &d.Agency, &d.Page,
		&data, &extra, &created, &updated)
	if db.Missing(err) {
		return nil, fault.New(fault.NotFound, "dossier.draft_gone")
	}
	if err != nil {
		return nil, err
	}
	d.Created, d.Updated = db.Time(created), db.Time(updated)
	if err := db.FromJSON(data, &d.Data); err != nil {
		return nil, err
	}
	return &d, db.FromJSON(extra, &d.Extra)
}

// maxDrafts bounds what one account may leave unfinished.
const maxDrafts = 50

// StartDraft begins a dossier of the procedure with an agency that offers it. A citizen files online, an
// official with the right to receive files at the counter.
func (s *Service) StartDraft(ctx context.Context, code string, agency id.ID, channel Channel) (*Draft, error) {
	who := actor.From(ctx)
	v, err := s.Procedures.Published(ctx, code)
	if err != nil {
		return nil, err
	}
	if _, err := s.mayFile(ctx, who, &v.Record, agency, channel); err != nil {
		return nil, err
	}
	offered, err := s.Procedures.OfferedBy(ctx, code, agency)
	if err != nil {
		return nil, err
	}
	if !offered {
		return nil, fault.New(fault.Conflict, "dossier.not_offered")
	}
	if channel == Online && !v.Record.Online() {
		return nil, fault.New(fault.Conflict, "dossier.not_online")
	}
	now := s.Now()
	d := &Draft{ID: s.IDs.New(), Version: 1, Account: who.Account, Channel: channel, ProcedureVersion: v.ID,
		ProcedureCode: code, Agency: agency, Data: map[string]any{}, Extra: Extra{Copies: 1}, Created: now, Updated: now}
	return d, s.DB.Write(ctx, func(tx *db.Tx) error {
		var n int
		if err := tx.QueryRow(`SELECT count(*) FROM dossier_draft WHERE account_id = $1`, who.Account).Scan(&n); err != nil {
			return err
		}
		if n >= maxDrafts {
			return fault.New(fault.TooMany, "dossier.too_many_drafts", "n", maxDrafts)
		}
		_, err := tx.Exec(`INSERT INTO dossier_draft (`+draftColumns+`) VALUES `+db.Rows(1, 12), d.ID, d.Version, d.Account,
			d.Channel, d.ProcedureVersion, d.ProcedureCode, d.Agency, d.Page, db.JSON(d.Data), db.JSON(d.Extra),
			db.Micros(now), db.Micros(now))
		return err
	})
}

// places are the agencies of a dossier that is filed with the offering agency.
type places struct{ reception, decision id.ID }

// places finds who receives and who decides, as the procedure's wiring says; without it the
// offering agency does both, or the counter that the province keeps for agencies of its kind
// receives.
func (s *Service) places(ctx context.Context, r *procedure.Record, offer id.ID) (places, error) {
	tree, err := s.Agencies.Tree(ctx)
	if err != nil {
		return places{}, err
	}
	u, ok := tree.Unit(offer)
	if !ok {
		return places{}, fault.New(fault.NotFound, "dossier.no_such_agency")
	}
	find := func(where, what string) (id.ID, error) {
		key, named := strings.CutPrefix(where, bpmn.AgencyUnit)
		switch {
		case where == "" || where == "offer":
			return offer, nil
		case where == bpmn.AgencySuperior:
			if up, ok := tree.Parent(offer); ok {
				if a := tree.Agency(up.ID); a != nil {
					return a.ID, nil
				}
			}
		case named:
			if x, ok := tree.ByKey(key); ok {
				return x.ID, nil
			}
		}
		return id.ID{}, fault.New(fault.Conflict, "dossier.no_agency", "lane", what)
	}
	var p places
	reception := r.Wiring.Reception
	if key := s.Counters[u.Kind]; reception == "" && key != "" {
		reception = bpmn.AgencyUnit + key
	}
	if p.reception, err = find(reception, "reception"); err != nil {
		return p, err
	}
	p.decision, err = find(r.Wiring.Decision, "decision")
	return p, err
}

// mayFile tells whether the actor may file with the offering agency by the channel, and which
// agencies the dossier then has.
func (s *Service) mayFile(ctx context.Context, who actor.Actor, r *procedure.Record, offer id.ID, channel Channel) (places, error) {
	p, err := s.places(ctx, r, offer)
	if err != nil {
		return p, err
	}
	if channel < Counter || channel > Post { // what arises on a sector's system is not filed here
		return p, fault.New(fault.Invalid, "dossier.no_such_channel")
	}
	if channel == Online {
		if who.Kind == actor.Citizen || who.Kind == actor.Token && who.Agency.Zero() {
			return p, nil
		}
		return p, fault.New(fault.Unauthenticated, "dossier.sign_in_to_file")
	}
	if !who.MayAt(PermReceive, p.reception) {
		return p, fault.New(fault.Forbidden, "dossier.not_your_counter")
	}
	return p, nil
}

// Draft returns the actor's own draft; another's is as if it were not there.
func (s *Service) Draft(ctx context.Context, draft id.ID) (*Draft, error) {
	d, err := scanDraft(s.DB.Read(ctx).QueryRow(`SELECT `+draftColumns+` FROM dossier_draft WHERE id = $1`, draft))
	if err != nil {
		return nil, err
	}
	if who := actor.From(ctx); who.Account.Zero() || who.Account != d.Account {
		return nil, fault.New(fault.NotFound, "dossier.draft_gone")
	}
	return d, nil
}

// Drafts returns the actor's drafts, the one touched last first.
func (s *Service) Drafts(ctx context.Context) ([]*Draft, error) {
	rows, err := s.DB.Read(ctx).Query(`SELECT `+draftColumns+` FROM dossier_draft WHERE account_id = $1
		ORDER BY updated_at DESC LIMIT 100`, actor.From(ctx).Account)
	return db.Collect[*Draft](rows, err)(func(r *sql.Rows) (*Draft, error) { return scanDraft(r) })
}

// SaveDraft stores what was typed. d.Version is the version that was loaded: of two windows the
// slower is told instead of silently winning.
func (s *Service) SaveDraft(ctx context.Context, d *Draft) error {
	if _, err := s.Draft(ctx, d.ID); err != nil {
		return err
	}
	data, err := json.Marshal(d.Data)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "dossier.bad_data")
	}
	if len(data) > 256<<10 {
		return fault.New(fault.TooLarge, "dossier.form_too_large", "kb", 256)
	}
	now := s.Now()
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE dossier_draft SET version = version + 1, page = $3, data = $4, extra = $5, updated_at = $6
			WHERE id = $1 AND version = $2`, d.ID, d.Version, d.Page, string(data), db.JSON(d.Extra), db.Micros(now))
		if err == nil && n != 1 {
			err = fault.New(fault.Conflict, "dossier.draft_changed")
		}
		return err
	})
	if err == nil {
		d.Version++
		d.Updated = now
	}
	return err
}

// DropDraft throws the actor's draft away, with the files attached to it.
func (s *Service) DropDraft(ctx context.Context, draft id.ID) error {
	d, err := s.Draft(ctx, draft)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`DELETE FROM dossier_draft WHERE id = $1 AND version = $2`, d.ID, d.Version)
		if err != nil || n == 0 {
			return err
		}
		_, err = tx.Exec(`DELETE FROM dossier_file WHERE dossier_id = $1`, d.ID)
		return err
	})
}
