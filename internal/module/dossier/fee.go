package dossier

import (
	"context"
	"database/sql"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// Payment is money a cashier took for a dossier. A wrong one is cancelled with a reason, never
// deleted.
type Payment struct {
	ID           id.ID
	Dossier      id.ID
	Code         string // the dossier's, for the day list
	Agency       id.ID
	Receipt      string // number of the paper receipt
	Amount       int64  // đồng
	Method       string // cash, transfer
	Payer        string
	CashierID    id.ID
	Cashier      string
	At           time.Time
	Day          civil.Date
	Cancelled    time.Time
	CancelledBy  string
	CancelReason string
}

const paymentColumns = `p.id, p.dossier_id, d.code, p.agency_id, p.receipt_no, p.amount, p.method, p.payer, p.cashier_id, p.cashier,
	p.at, p.day, p.cancelled_at, p.cancelled_by, p.cancel_reason`

func scanPayment(r scanner) (*Payment, error) {
	var p Payment
	var at, cancelled int64
	err := r.Scan(&p.ID, &p.Dossier, &p.Code, &p.Agency, &p.Receipt, &p.Amount, &p.Method, &p.Payer, &p.CashierID, &p.Cashier,
		&at, &p.Day, &cancelled, &p.CancelledBy, &p.CancelReason)
	if db.Missing(err) {
		return nil, fault.New(fault.NotFound, "dossier.no_payment")
	}
	p.At, p.Cancelled = db.Time(at), db.Time(cancelled)
	return &p, err
}

// Payments returns the dossier's payments, cancelled ones included.
func (s *Service) Payments(ctx context.Context, dossier id.ID) ([]*Payment, error) {
	rows, err := s.DB.Read(ctx).Query(`SELECT `+paymentColumns+` FROM dossier_payment p JOIN dossier_dossier d ON d.id = p.dossier_id
		WHERE p.dossier_id = $1 ORDER BY p.at`, dossier)
	return db.Collect[*Payment](rows, err)(func(r *sql.Rows) (*Payment, error) { return scanPayment(r) })
}

// DayList returns an agency's payments of a day, of one cashier or of all (zero id).
func (s *Service) DayList(ctx context.Context, agency id.ID, day civil.Date, cashier id.ID) ([]*Payment, error) {
	who := actor.From(ctx)
	if !who.MayAt(PermFee, agency) && !who.MayAt(PermStats, agency) {
		return nil, fault.New(fault.Forbidden, "dossier.not_your_counter")
	}
	a := db.Args{agency, day}
	where := ""
	if !cashier.Zero() {
		where = " AND p.cashier_id = " + a.Add(cashier)
	}
	rows, err := s.DB.Read(ctx).Query(`SELECT `+paymentColumns+` FROM dossier_payment p JOIN dossier_dossier d ON d.id = p.dossier_id
		WHERE p.agency_id = $1 AND p.day = $2`+where+` ORDER BY p.at`, a...)
	return db.Collect[*Payment](rows, err)(func(r *sql.Rows) (*Payment, error) { return scanPayment(r) })
}

// Pay records money received. When everything due is paid, a dossier that waited for it goes on.
func (s *Service) Pay(ctx context.Context, dossier id.ID, amount int64, method, receipt, payer string) (*Dossier, error) {
	receipt, payer = text.Line(receipt), text.Line(payer)
	var bad []fault.Field
	if amount <= 0 || amount > 1_000_000_000_000 {
		bad = append(bad, fault.Field{Path: "amount", Key: "dossier.bad_amount"})
	}
	if method != "cash" && method != "transfer" {
		bad = append(bad, fault.Field{Path: "method", Key: "dossier.bad_method"})
	}
	if receipt == "" || len(receipt) > 60 {
		bad = append(bad, fault.Field{Path: "receipt", Key: "dossier.receipt_missing"})
	}
	if len(bad) > 0 {
		return nil, fault.Input("dossier.step_incomplete", bad...)
	}
	d, err := s.official(ctx, dossier, PermFee, func(tx *db.Tx, c *change) error {
		if payer == "" {
			payer = c.d.Applicant.Name
		}
		if amount > c.d.Fee-c.d.FeePaid {
			return fault.New(fault.Conflict, "dossier.pays_too_much", "due", c.d.Fee-c.d.FeePaid)
		}
		_, err := tx.Exec(`INSERT INTO dossier_payment (id, dossier_id, agency_id, receipt_no, amount, method, payer, cashier_id,
			cashier, at, day, cancelled_at, cancelled_by, cancel_reason) VALUES `+db.Rows(1, 14), s.IDs.New(), c.d.ID, c.who.Agency,
			receipt, amount, method, payer, c.who.Account, c.who.Name, db.Micros(c.now), c.today(), 0, "", "")
		if err != nil {
			return err
		}
		c.d.FeePaid += amount
		c.note("paid", "", "", map[string]any{"amount": amount, "method": method, "receipt": receipt})
		if c.d.FeePaid >= c.d.Fee {
			for _, t := range c.open {
				if t.Action == ActionPay {
					if err := c.step(bpmn.Event{Kind: bpmn.EventComplete, Token: t.Token,
						Outcome: forwardOutcome(c.proc.Process.Node(t.Node))}, ""); err != nil {
						return err
					}
					break
				}
			}
			c.own().Status = c.d.Status
			if err := c.hear(MessagePaid); err != nil {
				return err
			}
		}
		c.emit(SubjectPaid, c.fact())
		return nil
	})
	if db.IsUnique(err) {
		return nil, fault.Input("dossier.step_incomplete", fault.Field{Path: "receipt", Key: "dossier.receipt_used"})
	}
	return d, err
}

// Payment returns a payment of an agency for which the actor handles money.
func (s *Service) Payment(ctx context.Context, payment id.ID) (*Payment, error) {
	p, err := scanPayment(s.DB.Read(ctx).QueryRow(`SELECT `+paymentColumns+` FROM dossier_payment p
		JOIN dossier_dossier d ON d.id = p.dossier_id WHERE p.id = $1`, payment))
	if err != nil {
		return nil, err
	}
	if !actor.From(ctx).MayAt(PermFee, p.Agency) {
		return nil, fault.New(fault.NotFound, "dossier.no_payment")
	}
	return p, nil
}

// CancelPayment takes a wrongly recorded payment out of the sums.
func (s *Service) CancelPayment(ctx context.Context, payment id.ID, reason string) (*Dossier, error) {
	if reason = text.Clean(reason); reason == "" {
		return nil, fault.Input("dossier.step_incomplete", fault.Field{Path: "reason", Key: "dossier.note_missing"})
	}
	p, err := s.Payment(ctx, payment)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, p.Dossier, func(tx *db.Tx, c *change) error {
		n, err := tx.Exec(`UPDATE dossier_payment SET cancelled_at = $2, cancelled_by = $3, cancel_reason = $4
			WHERE id = $1 AND cancelled_at = 0`, p.ID, db.Micros(c.now), c.who.Name, reason)
		if err != nil {
			return err
		}
		if n != 1 {
			return fault.New(fault.Conflict, "dossier.cancelled_already")
		}
		c.d.FeePaid -= p.Amount
		c.note("payment_cancelled", "", reason, map[string]any{"amount": p.Amount, "receipt": p.Receipt})
		return nil
	})
}

// SetDuty states the financial duty a dossier waits for (status 6), in đồng, with its notice.
func (s *Service) SetDuty(ctx context.Context, dossier id.ID, amount int64, notice string) (*Dossier, error) {
	notice = text.Clean(notice)
	if amount < 0 || amount > 1_000_000_000_000 || notice == "" {
		return nil, fault.Input("dossier.step_incomplete", fault.Field{Path: "amount", Key: "dossier.bad_amount"})
	}
	return s.official(ctx, dossier, PermProcess, func(tx *db.Tx, c *change) error {
		if c.d.Closed() || amount < c.d.FeePaid {
			return fault.New(fault.Conflict, "dossier.bad_amount")
		}
		c.d.Fee, c.d.Extra.Duty = amount, notice
		c.note("duty", "", notice, map[string]any{"amount": amount})
		c.emit(SubjectDuty, c.fact())
		return nil
	})
}
