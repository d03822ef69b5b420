package iam

import (
	"context"
	"crypto/hmac"
	"fmt"
	"regexp"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

const (
	codeLife  = 5 * time.Minute
	codeTries = 5
	codeSpace = 1000000 // six digits

	// PurposeSignIn is the purpose of codes that open a citizen's session; other modules name
	// their own. A code is good for its purpose only.
	PurposeSignIn = "signin"
)

// CodeSent says where a code went and until when it is good. It is the same whether or not an
// account exists.
type CodeSent struct {
	To      string    `json:"to"` // masked
	Expires time.Time `json:"expires"`
}

// purposeForm is wide enough for a purpose that is tied to one record: a word, a colon and an id.
var purposeForm = regexp.MustCompile(`^[a-z][a-z0-9_.:-]{1,59}$`)

// RequestCode sends a one-time code for the purpose to a telephone number or e-mail address. An
// earlier code for the same purpose and contact is void from then on. Faults: Invalid if the
// contact cannot be read, TooMany when a limit is reached, Unavailable if nothing can be sent.
func (s *Service) RequestCode(ctx context.Context, who actor.Actor, purpose, to string) (CodeSent, error) {
	c, err := parseContact(to)
	if err != nil {
		return CodeSent{}, err
	}
	if !purposeForm.MatchString(purpose) {
		return CodeSent{}, fmt.Errorf("iam: purpose %q", purpose)
	}
	if s.Codes == nil {
		return CodeSent{}, fault.New(fault.Unavailable, "iam.no_sender")
	}
	n, err := s.below(codeSpace)
	if err != nil {
		return CodeSent{}, err
	}
	code := fmt.Sprintf("%06d", n)
	row := s.IDs.New()
	now := s.Now()
	out := CodeSent{To: c.masked(), Expires: now.Add(codeLife)}
	target := s.mac("contact", c.String())
	l := s.limits()
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.take(tx, who, s.tag("code-ip", network(who.IP)), l.CodePerIP); err != nil {
			return err
		}
		if err := s.take(tx, who, s.tag("code-to", c.String()), l.CodePerContact); err != nil {
			return err
		}
		var last int64
		if err := tx.QueryRow("SELECT coalesce(max(created), 0) FROM iam_code WHERE target = $1 AND purpose = $2", target, purpose).Scan(&last); err != nil {
			return err
		}
		// A code of the future was asked for when the clock stood ahead.
		if wait := db.Time(last).Add(l.CodePause).Sub(now); last > 0 && wait > 0 && wait <= l.CodePause {
			return tooMany("iam.code_pause", wait)
		}
		if _, err := tx.Exec("UPDATE iam_code SET used = $3 WHERE target = $1 AND purpose = $2 AND used = 0", target, purpose, db.Micros(now)); err != nil {
			return err
		}
		_, err := tx.Exec("INSERT INTO iam_code (id, target, purpose, code, created, expires, tries, used) VALUES ($1, $2, $3, $4, $5, $6, 0, 0)",
			row, target, purpose, s.codeMAC(row, code), db.Micros(now), db.Micros(out.Expires))
		return err
	})
	if err != nil {
		return CodeSent{}, err
	}
	lang := who.Lang
	if lang == "" {
		lang = "vi"
	}
	if err := s.Codes.SendCode(ctx, c.String(), code, lang); err != nil {
		return CodeSent{}, fault.Wrap(err, fault.Unavailable, "iam.not_sent")
	}
	return out, nil
}

// CheckCode tells whether the code is the one last sent to the contact for the purpose. It is good
// once, for five minutes and five tries; whatever is wrong with it, the fault is the same.
func (s *Service) CheckCode(ctx context.Context, who actor.Actor, purpose, to, code string) error {
	c, err := parseContact(to)
	if err != nil {
		return err
	}
	right, err := s.spend(ctx, who, purpose, s.mac("contact", c.String()), text.Digits(code))
	if err != nil {
		return err
	}
	if !right {
		return fault.Input("iam.code_wrong", fault.Field{Path: "code", Key: "iam.code_wrong"})
	}
	return nil
}

// spend counts a try at the code last sent to the target and tells whether it was right.
func (s *Service) spend(ctx context.Context, who actor.Actor, purpose string, target []byte, digits string) (right bool, err error) {
	now := s.Now()
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		right = false
		if err := s.take(tx, who, s.tag("check-ip", network(who.IP)), s.limits().CheckPerIP); err != nil {
			return err
		}
		var row id.ID
		var want []byte
		err := tx.QueryRow(`SELECT id, code FROM iam_code WHERE target = $1 AND purpose = $2 AND used = 0 AND expires > $3 AND tries < $4
			ORDER BY created DESC, id DESC LIMIT 1`+db.ForUpdate(tx, false), target, purpose, db.Micros(now), codeTries).Scan(&row, &want)
		if db.Missing(err) {
			return nil
		}
		if err != nil {
			return err
		}
		// The try is stored even if it is wrong, and above all then.
		right = hmac.Equal(want, s.codeMAC(row, digits))
		used := int64(0)
		if right {
			used = db.Micros(now)
		}
		_, err = tx.Exec("UPDATE iam_code SET tries = tries + 1, used = $2 WHERE id = $1", row, used)
		return err
	})
	return right, err
}

func (s *Service) codeMAC(row id.ID, code string) []byte { return s.mac("code", row.String(), code) }
