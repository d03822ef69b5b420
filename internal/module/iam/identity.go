package iam

import (
	"context"
	"database/sql"
	"regexp"
	"strings"
	"unicode/utf8"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

var docForms = map[string]*regexp.Regexp{
	"cccd":     regexp.MustCompile(`^[0-9]{12}$`), // Law on Identification 2023: 12 digits
	"cmnd":     regexp.MustCompile(`^[0-9]{9}$`),
	"passport": regexp.MustCompile(`^[A-Z0-9]{6,12}$`),
}

func (d Identity) clean(today civil.Date) (Identity, error) {
	d.DocNumber = strings.ToUpper(strings.Join(strings.Fields(d.DocNumber), ""))
	d.Name = text.Line(d.Name)
	var fields []fault.Field
	form, ok := docForms[d.DocKind]
	if !ok {
		fields = append(fields, fault.Field{Path: "doc_kind", Key: "iam.doc_kind"})
	} else if !form.MatchString(d.DocNumber) {
		fields = append(fields, fault.Field{Path: "doc_number", Key: "iam.doc_number"})
	}
	if d.Name == "" || utf8.RuneCountInString(d.Name) > 200 {
		fields = append(fields, fault.Field{Path: "name", Key: "iam.name_missing"})
	}
	if d.BirthDate != nil && (*d.BirthDate > today || d.BirthDate.Year() < 1870) {
		fields = append(fields, fault.Field{Path: "birth_date", Key: "iam.birth_date"})
	}
	if len(fields) > 0 {
		return d, fault.Input("iam.input", fields...)
	}
	return d, nil
}

// Declare stores who the citizen says to be. It links nothing and raises the assurance no further
// than AssuranceDeclared; what was checked before stays.
func (s *Service) Declare(ctx context.Context, who actor.Actor, d Identity) error {
	if who.Kind != actor.Citizen {
		return fault.New(fault.Forbidden, "iam.may_not")
	}
	d, err := d.clean(civil.From(s.Now()))
	if err != nil {
		return err
	}
	d.How, d.VerifiedBy, d.VerifiedAt = "self", id.ID{}, s.Now()
	row := s.IDs.New()
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		a, err := findAccount(tx, "a.kind = 'citizen' AND a.id = $1"+db.ForUpdate(tx, false), who.Account)
		if err != nil {
			return err
		}
		if a.Assurance >= AssuranceCard {
			return fault.New(fault.Conflict, "iam.identity_checked")
		}
		if _, err := tx.Exec("UPDATE iam_identity SET ended = $2 WHERE account = $1 AND how = 'self' AND ended = 0", a.ID, db.Micros(s.Now())); err != nil {
			return err
		}
		if err := s.insertIdentity(tx, row, a.ID, d); err != nil {
			return err
		}
		if err := s.nameAccount(tx, a.ID, d.Name, AssuranceDeclared); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "iam.identity.declare", "iam.account", a.ID, d)
	})
}

// LinkVerified joins a citizen's account to a person after the official compared the card with the
// person at the counter, and raises the assurance to AssuranceCard. Faults: Forbidden for anybody
// but an official who receives dossiers; Conflict if the document is joined to another account
// already (see MoveVerified).
func (s *Service) LinkVerified(ctx context.Context, who actor.Actor, citizenAccount id.ID, d Identity) error {
	return s.link(ctx, who, citizenAccount, d, false)
}

// MoveVerified is LinkVerified for somebody who has a new account, after losing a number for
// instance: the old account loses the document and its assurance.
func (s *Service) MoveVerified(ctx context.Context, who actor.Actor, citizenAccount id.ID, d Identity) error {
	return s.link(ctx, who, citizenAccount, d, true)
}

func (s *Service) link(ctx context.Context, who actor.Actor, account id.ID, d Identity, move bool) error {
	if who.Kind != actor.Staff && who.Kind != actor.SystemKind || !who.May(DossierReceive) {
		return fault.New(fault.Forbidden, "iam.may_not") // no token either: a person looks at the card
	}
	d, err := d.clean(civil.From(s.Now()))
	if err != nil {
		return err
	}
	d.How, d.VerifiedBy, d.VerifiedAt = "card", who.Account, s.Now()
	row := s.IDs.New()
	now := db.Micros(s.Now())
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		a, err := findAccount(tx, "a.kind = 'citizen' AND a.id = $1"+db.ForUpdate(tx, false), account)
		if err != nil {
			return err
		}
		var old id.ID
		err = tx.QueryRow("SELECT account FROM iam_identity WHERE doc_kind = $1 AND doc_number = $2 AND ended = 0 AND how <> 'self'", d.DocKind, d.DocNumber).Scan(&old)
		if err != nil && !db.Missing(err) {
			return err
		}
		if err == nil && old != account {
			if !move {
				return fault.New(fault.Conflict, "iam.identity_taken")
			}
			if _, err := tx.Exec("UPDATE iam_account SET assurance = $2, version = version + 1 WHERE id = $1", old, AssuranceContact); err != nil {
				return err
			}
			if _, err := tx.Exec("UPDATE iam_identity SET ended = $2 WHERE account = $1 AND ended = 0", old, now); err != nil {
				return err
			}
			if err := s.Ledger.Record(tx, who, "iam.identity.unlink", "iam.account", old, nil); err != nil {
				return err
			}
		}
		if _, err := tx.Exec("UPDATE iam_identity SET ended = $2 WHERE account = $1 AND ended = 0", a.ID, now); err != nil {
			return err
		}
		if err := s.insertIdentity(tx, row, a.ID, d); err != nil {
			return err
		}
		if err := s.nameAccount(tx, a.ID, d.Name, AssuranceCard); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "iam.identity.link", "iam.account", a.ID, d)
	})
	if db.IsUnique(err) {
		return fault.Wrap(err, fault.Conflict, "iam.identity_taken")
	}
	return err
}

// Rename sets the name a citizen wants to be addressed by, as long as no document says otherwise.
func (s *Service) Rename(ctx context.Context, who actor.Actor, name string) error {
	name = text.Line(name)
	if name == "" || utf8.RuneCountInString(name) > 200 {
		return fault.Input("iam.input", fault.Field{Path: "name", Key: "iam.name_missing"})
	}
	if who.Kind != actor.Citizen {
		return fault.New(fault.Forbidden, "iam.may_not")
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		a, err := findAccount(tx, "a.id = $1"+db.ForUpdate(tx, false), who.Account)
		if err != nil {
			return err
		}
		if a.Assurance >= AssuranceCard {
			return fault.New(fault.Conflict, "iam.identity_checked")
		}
		if err := s.nameAccount(tx, a.ID, name, a.Assurance); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "iam.account.rename", "iam.account", a.ID, map[string]any{"name": name})
	})
}

func (s *Service) insertIdentity(tx *db.Tx, row, account id.ID, d Identity) error {
	_, err := tx.Exec(`INSERT INTO iam_identity (id, account, doc_kind, doc_number, name, birth_date, how, verified_by, verified_at, ended)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)`, row, account, d.DocKind, d.DocNumber, d.Name, d.BirthDate, d.How, d.VerifiedBy, db.Micros(d.VerifiedAt))
	return err
}

func (s *Service) nameAccount(tx *db.Tx, account id.ID, name string, assurance int) error {
	_, err := tx.Exec("UPDATE iam_account SET name = $2, name_fold = $3, sort_key = $4, assurance = $5, version = version + 1 WHERE id = $1",
		account, name, text.Fold(name), text.SortName(name), assurance)
	return err
}

// Identities returns what is known about who owns the account, the best first. The owner may see
// it, and an official at a counter, who compares it with the card.
func (s *Service) Identities(ctx context.Context, who actor.Actor, account id.ID) ([]Identity, error) {
	if who.Account != account && !who.May(DossierReceive) {
		return nil, fault.New(fault.NotFound, "iam.account_unknown")
	}
	out, err := db.Collect[Identity](s.DB.Read(ctx).Query(`SELECT doc_kind, doc_number, name, birth_date, how, verified_by, verified_at
		FROM iam_identity WHERE account = $1 AND ended = 0 ORDER BY CASE how WHEN 'provider' THEN 0 WHEN 'card' THEN 1 ELSE 2 END, verified_at DESC`, account))(
		func(r *sql.Rows) (d Identity, err error) {
			var at int64
			err = r.Scan(&d.DocKind, &d.DocNumber, &d.Name, &d.BirthDate, &d.How, &d.VerifiedBy, &at)
			d.VerifiedAt = db.Time(at)
			return d, err
		})
	return out, unreadable(err)
}

// VerifiedAccount returns the citizen's account that a checked document belongs to; a fault of
// kind NotFound if there is none. What somebody merely declared is never found.
func (s *Service) VerifiedAccount(ctx context.Context, docKind, docNumber string) (id.ID, error) {
	var a id.ID
	err := s.DB.Read(ctx).QueryRow("SELECT account FROM iam_identity WHERE doc_kind = $1 AND doc_number = $2 AND ended = 0 AND how <> 'self'",
		docKind, docNumber).Scan(&a)
	if db.Missing(err) {
		return a, fault.New(fault.NotFound, "iam.account_unknown")
	}
	return a, unreadable(err)
}
