package iam

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// Token lets a program act for an official's account, within its scopes.
type Token struct {
	ID      id.ID     `json:"id"`
	Name    string    `json:"name"`   // of the program
	Scopes  []string  `json:"scopes"` // permissions, or "dossier.*" for a family of them
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Seen    time.Time `json:"seen,omitzero"`
}

const (
	maxTokenLife = 366 * 24 * time.Hour
	maxTokens    = 20 // of one account at a time
)

// IssueToken makes a token for the actor's own account and returns its secret, which is shown only
// this once. Scopes name permissions; they narrow what the account may do and never widen it.
func (s *Service) IssueToken(ctx context.Context, who actor.Actor, name string, scopes []string, life time.Duration) (string, Token, error) {
	if who.Kind != actor.Staff {
		return "", Token{}, fault.New(fault.Forbidden, "iam.may_not") // a token makes no tokens
	}
	name = text.Line(name)
	var fields []fault.Field
	if name == "" || utf8.RuneCountInString(name) > 100 {
		fields = append(fields, fault.Field{Path: "name", Key: "iam.token_name"})
	}
	scopes, ok := cleanScopes(scopes)
	if !ok {
		fields = append(fields, fault.Field{Path: "scopes", Key: "iam.token_scopes"})
	}
	if life < time.Hour || life > maxTokenLife {
		fields = append(fields, fault.Field{Path: "days", Key: "iam.token_life", Args: fault.Args("days", int(maxTokenLife/(24*time.Hour)))})
	}
	if len(fields) > 0 {
		return "", Token{}, fault.Input("iam.input", fields...)
	}
	secret, hash, err := s.newSecret(tokenPrefix)
	if err != nil {
		return "", Token{}, err
	}
	now := s.Now()
	t := Token{ID: s.IDs.New(), Name: name, Scopes: scopes, Created: now, Expires: now.Add(life)}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		var n int
		if err := tx.QueryRow("SELECT count(*) FROM iam_token WHERE account = $1 AND revoked = 0 AND expires > $2", who.Account, db.Micros(now)).Scan(&n); err != nil {
			return err
		}
		if n >= maxTokens {
			return fault.New(fault.Conflict, "iam.token_many", "max", maxTokens)
		}
		if _, err := tx.Exec(`INSERT INTO iam_token (id, hash, account, name, scopes, created, expires, seen, revoked)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0)`, t.ID, hash, who.Account, t.Name, db.JSON(t.Scopes), db.Micros(t.Created), db.Micros(t.Expires)); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "iam.token.issue", "iam.token", t.ID, map[string]any{"scopes": t.Scopes, "expires": t.Expires.Unix()})
	})
	if err != nil {
		return "", Token{}, err
	}
	return secret, t, nil
}

// cleanScopes sorts the scopes and tells whether there is at least one and each names a permission
// or a family of them.
func cleanScopes(in []string) (out []string, ok bool) {
	for _, sc := range in {
		if sc = strings.TrimSpace(sc); sc != "" {
			out = append(out, sc)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	for _, sc := range out {
		family, wild := strings.CutSuffix(sc, ".*")
		if !slices.ContainsFunc(Permissions(), func(p string) bool { return p == sc || wild && strings.HasPrefix(p, family+".") }) {
			return nil, false
		}
	}
	return out, len(out) > 0
}

// Tokens returns the actor's own tokens that are good, the newest first.
func (s *Service) Tokens(ctx context.Context, who actor.Actor) ([]Token, error) {
	if who.Account.Zero() {
		return nil, fault.New(fault.Forbidden, "iam.may_not")
	}
	out, err := db.Collect[Token](s.DB.Read(ctx).Query(`SELECT id, name, scopes, created, expires, seen FROM iam_token
		WHERE account = $1 AND revoked = 0 AND expires > $2 ORDER BY created DESC, id DESC`, who.Account, db.Micros(s.Now())))(func(r *sql.Rows) (t Token, err error) {
		var scopes string
		var created, expires, seen int64
		if err := r.Scan(&t.ID, &t.Name, &scopes, &created, &expires, &seen); err != nil {
			return t, err
		}
		t.Created, t.Expires, t.Seen = db.Time(created), db.Time(expires), db.Time(seen)
		return t, db.FromJSON(scopes, &t.Scopes)
	})
	return out, unreadable(err)
}

// RevokeToken makes one of the actor's own tokens void.
func (s *Service) RevokeToken(ctx context.Context, who actor.Actor, token id.ID) error {
	if who.Account.Zero() || who.Kind == actor.Token {
		return fault.New(fault.Forbidden, "iam.may_not")
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE iam_token SET revoked = $3 WHERE id = $1 AND account = $2 AND revoked = 0", token, who.Account, db.Micros(s.Now()))
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "iam.token_unknown")
		}
		return s.Ledger.Record(tx, who, "iam.token.revoke", "iam.token", token, nil)
	})
}

// token returns the actor of an issued token: the account's grants of today, narrowed to the scopes.
func (s *Service) token(ctx context.Context, secret string) (actor.Actor, error) {
	nobody := actor.Actor{Kind: actor.Anonymous}
	if !strings.HasPrefix(secret, tokenPrefix) || len(secret) > 80 {
		return nobody, nil
	}
	now := s.Now()
	var row id.ID
	var scopes string
	var seen, created int64
	var a Account
	err := s.DB.Read(ctx).QueryRow("SELECT t.id, t.scopes, t.seen, "+accountCols+` FROM iam_token t JOIN iam_account a ON a.id = t.account
		WHERE t.hash = $1 AND t.revoked = 0 AND t.expires > $2 AND a.status = 'active'`, secretHash(secret), db.Micros(now)).
		Scan(append([]any{&row, &scopes, &seen}, accountInto(&a, &created)...)...)
	if db.Missing(err) {
		return nobody, nil
	}
	if err != nil {
		return nobody, unreadable(err)
	}
	if now.Sub(db.Time(seen)) >= touchEvery {
		if err := s.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE iam_token SET seen = $2 WHERE id = $1 AND seen < $2", row, db.Micros(now))
			return err
		}); err != nil && ctx.Err() == nil {
			s.Log.Warn("a token's use could not be noted", "error", err)
		}
	}
	who, err := s.actorFor(ctx, a)
	if err != nil {
		return nobody, err
	}
	who.Kind, who.Session = actor.Token, row
	return who, db.FromJSON(scopes, &who.Scopes)
}
