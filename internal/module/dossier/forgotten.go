package dossier

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// Whoever has lost the receipt finds the dossier by its code and the last characters of the
// applicant's paper. Four digits are guessed in an afternoon, so they open nothing themselves: they
// only let a one-time code go out to the phone or mailbox that the dossier names. Nobody is told
// whether they were right, and a guess can be told from the truth by nothing that is measured from
// outside: both read the same rows, hash the same lengths and write the same lines.

// PaperDigits is how many last characters of the applicant's paper are asked for.
const PaperDigits = 4

// paperAsk are the limits of asking for a code, paperTry of trying one. Attempts per code and
// subscriber come before those per code, so that a guesser shuts himself out and not the owner.
func paperAsk() []allowance {
	return []allowance{{"ip", 20, 3600}, {"code and ip", 5, 3600}, {"code", 20, 3600}, {"code day", 40, 86400}}
}

func paperTry() []allowance {
	return []allowance{{"ip", 60, 3600}, {"code and ip", 20, 3600}, {"code", 100, 3600}, {"code day", 200, 86400}}
}

// allowance is n attempts within the window of seconds.
type allowance struct {
	per       string
	n, window int
}

// byPaper is what code and digits lead to: the dossier if both are right, and in any case what a
// one-time code is asked for under.
type byPaper struct {
	d       *Dossier // nil: no such dossier, or other digits
	purpose string
	to      []string
	instead string
}

// readPaper finds the dossier. It does the same work whether or not there is one.
func (s *Service) readPaper(ctx context.Context, limits Limits, kind string, most []allowance, code, digits string) (byPaper, error) {
	code, digits = strings.ToUpper(text.Line(code)), paperEnd(digits)
	if code == "" || len(code) > 64 || len(digits) != PaperDigits {
		return byPaper{}, fault.Input("dossier.paper_digits", fault.Field{Path: "digits", Key: "dossier.paper_digits"})
	}
	from := subscriber(actor.From(ctx).IP)
	keys := map[string]string{"ip": from, "code and ip": code + " " + from, "code": code, "code day": code}
	for _, a := range most {
		if err := limits.Allow(ctx, "paper "+kind+" "+a.per+" "+keys[a.per], a.n, a.window); err != nil {
			return byPaper{}, err
		}
	}
	d, err := s.outside(s.DB.Read(ctx), code)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return byPaper{}, err
	}
	of, has := id.ID{1}, "" // no such dossier: the same work on another one
	if d != nil {
		of, has = d.ID, paperEnd(d.Applicant.Doc)
	}
	// Hashes of equal length are compared, because papers that are too short end in fewer characters.
	want, got := sha256.Sum256([]byte(has)), sha256.Sum256([]byte(digits))
	same := hmac.Equal(want[:], got[:])
	b := byPaper{purpose: "paper:" + of.String(), instead: code + " " + digits}
	if same && d != nil {
		b.d, b.to = d, []string{d.Applicant.Phone, d.Applicant.Email}
	}
	return b, nil
}

// paperEnd returns the last characters of a paper's number, as people read them out.
func paperEnd(number string) string {
	number = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(text.Line(number)))
	if len(number) > PaperDigits {
		number = number[len(number)-PaperDigits:]
	}
	return number
}

// AskByPaper has a one-time code sent to the dossier's phone, or else its mailbox, if digits are
// the last ones of its applicant's paper. It says nothing about whether it was sent. Faults:
// Invalid for what cannot be a code and digits, TooMany, Unavailable if nothing can be sent.
func (s *Service) AskByPaper(ctx context.Context, limits Limits, code, digits string) error {
	b, err := s.readPaper(ctx, limits, "ask", paperAsk(), code, digits)
	if err != nil {
		return err
	}
	return s.Codes.RequestBlind(ctx, actor.From(ctx), b.purpose, b.to, b.instead)
}

// LookByPaper answers to code, digits and the one-time code as Lookup does to code and secret.
// Whatever of the three is wrong, the fault is the same. That somebody looked is noted in the
// ledger.
func (s *Service) LookByPaper(ctx context.Context, limits Limits, code, digits, once string) (*Glance, error) {
	b, err := s.readPaper(ctx, limits, "try", paperTry(), code, digits)
	if err != nil {
		return nil, err
	}
	err = s.Codes.CheckBlind(ctx, actor.From(ctx), b.purpose, b.to, b.instead, once)
	if fault.KindOf(err) == fault.Invalid || err == nil && b.d == nil {
		return nil, fault.Input("dossier.paper_wrong", fault.Field{Path: "once", Key: "dossier.paper_wrong"})
	}
	if err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		return s.Ledger.Record(tx, actor.From(ctx), "dossier.paper_read", "dossier", b.d.ID, map[string]any{"version": b.d.Version})
	})
	if err != nil {
		return nil, err
	}
	return s.glance(ctx, b.d)
}
