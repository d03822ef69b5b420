package iam

import (
	"database/sql"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

const accountCols = `a.id, a.kind, coalesce(a.login, ''), coalesce(a.phone, ''), coalesce(a.email, ''), a.name, a.person_id, a.password,
	a.must_change, a.assurance, a.status, a.created, a.version`

func accountInto(a *Account, created *int64) []any {
	return []any{&a.ID, &a.Kind, &a.Login, &a.Phone, &a.Email, &a.Name, &a.Person, &a.password, &a.MustChange, &a.Assurance, &a.Status, created, &a.Version}
}

func scanAccount(r interface{ Scan(...any) error }) (a Account, err error) {
	var created int64
	err = r.Scan(accountInto(&a, &created)...)
	a.Created = db.Time(created)
	return a, err
}

func rowAccount(r *sql.Rows) (Account, error) { return scanAccount(r) }

// findAccount returns the account for which the condition holds, with $1 as its value. A missing
// one is a fault.
func findAccount(q db.Q, where string, v any) (Account, error) {
	a, err := scanAccount(q.QueryRow("SELECT "+accountCols+" FROM iam_account a WHERE "+where, v))
	if db.Missing(err) {
		return a, fault.New(fault.NotFound, "iam.account_unknown")
	}
	return a, err
}

func insertAccount(tx *db.Tx, a Account) error {
	_, err := tx.Exec(`INSERT INTO iam_account (id, kind, login, phone, email, name, name_fold, sort_key, person_id, password, must_change,
		assurance, status, created, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1)`,
		a.ID, string(a.Kind), orNull(a.Login), orNull(a.Phone), orNull(a.Email), a.Name, text.Fold(a.Name), text.SortName(a.Name), a.Person,
		a.password, a.MustChange, a.Assurance, a.Status, db.Micros(a.Created))
	return err
}

// orNull stores an empty text as NULL, because NULLs do not clash in a unique index.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

const sessionCols = "s.id, s.account, s.method, s.bearer, s.created, s.seen, s.expires, s.ua, s.ip"

func scanSession(r interface{ Scan(...any) error }, more ...any) (s Session, err error) {
	var created, seen, expires int64
	err = r.Scan(append([]any{&s.ID, &s.Account, &s.Method, &s.Bearer, &created, &seen, &expires, &s.UA, &s.IP}, more...)...)
	s.Created, s.Seen, s.Expires = db.Time(created), db.Time(seen), db.Time(expires)
	return s, err
}

// bump raises an account's version if it still is the one that was read.
func bump(tx *db.Tx, account id.ID, version int64) error {
	n, err := tx.Exec("UPDATE iam_account SET version = version + 1 WHERE id = $1 AND version = $2", account, version)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "iam.changed_meanwhile")
	}
	return err
}
