package iam

import (
	"context"
	"fmt"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/text"
)

// A blind code is asked for by somebody who must not learn whether there is anybody to send it to:
// who knows a dossier's code and guesses at the digits of a paper. Whether the guess is right, the
// contact usable and its limits open, the same statements run on the same tables and the same
// answer comes back; a stand-in takes the contact's place, with a code that nothing matches.

// sendTime bounds the handing over of a blind code, which happens behind the answer.
const sendTime = time.Minute

// noCode is what a stand-in's code is made of; no six digits are it.
const noCode = "-"

// mark is whom a blind code is for: a contact, or the stand-in.
type mark struct {
	to     string // "" for a stand-in
	key    string // what limits count under
	target []byte
}

func (s *Service) standIn(instead string) mark {
	return mark{"", "stand-in " + instead, s.mac("stand-in", instead)}
}

// blindMark returns the first contact that can be read, or the stand-in.
func (s *Service) blindMark(to []string, instead string) mark {
	m := s.standIn(instead)
	for _, t := range to {
		if c, err := parseContact(t); err == nil {
			return mark{c.String(), c.String(), s.mac("contact", c.String())}
		}
	}
	return m
}

// RequestBlind sends a one-time code to the first of the contacts that can be read, and to nobody
// if none can or its limits are reached; the caller is not told which. instead names what was
// asked about, for the stand-in. The sending itself happens behind the answer, so its time tells
// nothing either. Faults: TooMany if the network address asks too often, Unavailable if this
// system sends nothing at all.
func (s *Service) RequestBlind(ctx context.Context, who actor.Actor, purpose string, to []string, instead string) error {
	if !purposeForm.MatchString(purpose) {
		return fmt.Errorf("iam: purpose %q", purpose)
	}
	if s.Codes == nil {
		return fault.New(fault.Unavailable, "iam.no_sender")
	}
	n, err := s.below(codeSpace)
	if err != nil {
		return err
	}
	code := fmt.Sprintf("%06d", n)
	row, now, l := s.IDs.New(), s.Now(), s.limits()
	asked, nobody := s.blindMark(to, instead), s.standIn(instead)
	var m mark
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		m = asked
		if err := s.take(tx, who, s.tag("code-ip", network(who.IP)), l.CodePerIP); err != nil {
			return err
		}
		over, err := s.count(tx, s.tag("code-to", m.key), l.CodePerContact)
		if err != nil {
			return err
		}
		var last int64
		if err := tx.QueryRow("SELECT coalesce(max(created), 0) FROM iam_code WHERE target = $1 AND purpose = $2", m.target, purpose).Scan(&last); err != nil {
			return err
		}
		if over || last > 0 && now.Before(db.Time(last).Add(l.CodePause)) {
			m = nobody // an earlier code stays good
		}
		secret := code
		if m.to == "" {
			secret = noCode
		}
		if _, err := tx.Exec("UPDATE iam_code SET used = $3 WHERE target = $1 AND purpose = $2 AND used = 0", m.target, purpose, db.Micros(now)); err != nil {
			return err
		}
		_, err = tx.Exec("INSERT INTO iam_code (id, target, purpose, code, created, expires, tries, used) VALUES ($1, $2, $3, $4, $5, $6, 0, 0)",
			row, m.target, purpose, s.codeMAC(row, secret), db.Micros(now), db.Micros(now.Add(codeLife)))
		return err
	})
	if err != nil {
		return err
	}
	lang := who.Lang
	if lang == "" {
		lang = "vi"
	}
	s.behind(func() {
		if m.to == "" {
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTime)
		defer cancel()
		if err := s.Codes.SendCode(ctx, m.to, code, lang); err != nil {
			s.Log.ErrorContext(ctx, "iam: a code was not handed over for sending", "err", err)
		}
	})
	return nil
}

// CheckBlind tells whether the code is the one that RequestBlind sent for the same purpose and
// contacts. Whatever is wrong, with the code or with what was asked about, the fault and the
// statements are the same.
func (s *Service) CheckBlind(ctx context.Context, who actor.Actor, purpose string, to []string, instead, code string) error {
	m := s.blindMark(to, instead)
	right, err := s.spend(ctx, who, purpose, m.target, text.Digits(code))
	if err != nil {
		return err
	}
	if !right || m.to == "" {
		return fault.Input("iam.code_wrong", fault.Field{Path: "code", Key: "iam.code_wrong"})
	}
	return nil
}

// count counts one act under every rule and tells whether one of them is used up. Unlike take it
// refuses nothing and runs the same statements in both cases.
func (s *Service) count(tx *db.Tx, key string, rules []Rule) (over bool, err error) {
	now := s.Now()
	for _, r := range rules {
		n, _, err := s.countOne(tx, key, r, now)
		if err != nil {
			return false, err
		}
		over = over || n > r.N
	}
	return over, nil
}

// behind runs f after the answer has gone out.
func (s *Service) behind(f func()) {
	if s.Behind != nil {
		s.Behind(f)
		return
	}
	go f()
}
