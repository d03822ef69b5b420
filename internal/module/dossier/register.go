package dossier

import (
	"context"
	"database/sql"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// RegisterLine is one line of an office's register of dossiers (sổ theo dõi hồ sơ: form 06 of
// circular 01/2018/TT-VPCP, form 07 of circular 03/2025/TT-VPCP).
type RegisterLine struct {
	ID        id.ID
	Code      string
	Procedure string
	Applicant Applicant
	Decision  id.ID // who is in charge
	Regime    string
	Received  time.Time
	Due       time.Time // zero while the clock stands
	Returned  time.Time // zero until the result was handed over
	Delivery  string
	Status    Status
}

// RegisterFilter selects a stretch of the register of one office.
type RegisterFilter struct {
	Agency   id.ID      // the office that received
	From, To civil.Date // days of receipt, inclusive
	Desc     bool       // the newest first
	After    DrillKey   // where the page before ended: receipt and id of its last line
	Limit    int        // 1 to 1,000; 50 otherwise
}

// MaxRegister is how many days of a register are read at once.
const MaxRegister = 366

// Register returns the dossiers an office received, in the order of receipt. The actor must be
// allowed to read that office's dossiers.
func (s *Service) Register(ctx context.Context, f RegisterFilter) ([]RegisterLine, error) {
	if !actor.From(ctx).MayAt(PermRead, f.Agency) {
		return nil, fault.New(fault.Forbidden, "dossier.not_your_act")
	}
	if f.To < f.From {
		return nil, fault.New(fault.Invalid, "dossier.period_backwards")
	}
	if int(f.To-f.From) > MaxRegister {
		return nil, fault.New(fault.Invalid, "dossier.period_too_long", "n", MaxRegister)
	}
	if f.Limit < 1 || f.Limit > 1000 {
		f.Limit = 50
	}
	var a db.Args
	where := `reception_id = ` + a.Add(f.Agency) + ` AND received_at > 0 AND received_at >= ` + a.Add(db.Micros(f.From.At(0))) +
		` AND received_at < ` + a.Add(db.Micros((f.To + 1).At(0)))
	order := ` ORDER BY received_at, id`
	if f.Desc {
		order = ` ORDER BY received_at DESC, id DESC`
	}
	if !f.After.ID.Zero() {
		op := " > "
		if f.Desc {
			op = " < "
		}
		where += ` AND (received_at, id)` + op + `(` + a.Add(f.After.At) + `, ` + a.Add(f.After.ID) + `)`
	}
	rows, err := s.DB.Read(ctx).Query(`SELECT id, code, procedure_name, applicant, decision_id, regime, received_at, due_at, returned_at, delivery, status
		FROM dossier_dossier WHERE `+where+order+` LIMIT `+a.Add(f.Limit), a...)
	return db.Collect[RegisterLine](rows, err)(func(r *sql.Rows) (l RegisterLine, err error) {
		var applicant string
		var received, due, returned int64
		if err := r.Scan(&l.ID, &l.Code, &l.Procedure, &applicant, &l.Decision, &l.Regime, &received, &due, &returned, &l.Delivery, &l.Status); err != nil {
			return l, err
		}
		l.Received, l.Due, l.Returned = db.Time(received), db.Time(due), db.Time(returned)
		return l, db.FromJSON(applicant, &l.Applicant)
	})
}
