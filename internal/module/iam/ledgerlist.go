package iam

import (
	"context"
	"database/sql"
	"regexp"
	"strconv"
	"strings"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// LedgerFilter says which rows of the ledger a list shows, the newest first.
type LedgerFilter struct {
	Action string // the start of an action: "org." or "iam.signin"
	Object string // "org.unit"
	ID     id.ID  // of the object
	Actor  id.ID  // the account
	Agency id.ID
	From   time.Time // inclusive; the zero time means no bound
	To     time.Time // exclusive
	After  string    // cursor of the page before
	Limit  int       // 1 to 500; 0 means 100
}

var actionForm = regexp.MustCompile(`^[a-z0-9_.]{1,60}$`)

// List returns a page of the ledger and the cursor of the next one, "" on the last. It needs the
// permission ledger.read everywhere.
func (l *Ledger) List(ctx context.Context, who actor.Actor, f LedgerFilter) ([]LedgerEntry, string, error) {
	if _, all := who.Agencies(LedgerRead); !all {
		return nil, "", fault.New(fault.Forbidden, "iam.may_not")
	}
	if f.Limit < 1 || f.Limit > 500 {
		f.Limit = 100
	}
	where, a, err := f.where()
	if err != nil {
		return nil, "", err
	}
	es, err := db.Collect[LedgerEntry](l.DB.Read(ctx).Query("SELECT "+entryCols+" FROM iam_ledger WHERE "+where+
		" ORDER BY at DESC, id DESC LIMIT "+a.Add(f.Limit+1), a...))(func(r *sql.Rows) (LedgerEntry, error) { return scanEntry(r) })
	if err != nil {
		return nil, "", unreadable(err)
	}
	if len(es) <= f.Limit {
		return es, "", nil
	}
	last := es[f.Limit-1]
	return es[:f.Limit], cursor(strconv.FormatInt(db.Micros(last.At), 36), last.ID), nil
}

// mostOfObject is how many rows ByObject returns at most.
const mostOfObject = 1000

// ByObject returns what was done to one object, the newest first, at most 1000 rows. It asks for
// no permission: it is for people who read about what is their own, and whoever calls it has made
// sure of that.
func (l *Ledger) ByObject(ctx context.Context, object string, of id.ID) ([]LedgerEntry, error) {
	es, err := db.Collect[LedgerEntry](l.DB.Read(ctx).Query("SELECT "+entryCols+` FROM iam_ledger
		WHERE object_id = $1 AND object = $2 ORDER BY at DESC, id DESC LIMIT $3`, of, object, mostOfObject))(
		func(r *sql.Rows) (LedgerEntry, error) { return scanEntry(r) })
	return es, unreadable(err)
}

func (f LedgerFilter) where() (string, db.Args, error) {
	var a db.Args
	parts := []string{"1 = 1"}
	if f.Action != "" {
		if !actionForm.MatchString(f.Action) {
			return "", nil, fault.Input("iam.input", fault.Field{Path: "action", Key: "iam.action_form"})
		}
		parts = append(parts, "action LIKE "+a.Add(likeStart(f.Action))+` ESCAPE '\'`)
	}
	if f.Object != "" {
		parts = append(parts, "object = "+a.Add(f.Object))
	}
	for _, x := range []struct {
		col string
		v   id.ID
	}{{"object_id", f.ID}, {"actor_id", f.Actor}, {"agency", f.Agency}} {
		if !x.v.Zero() {
			parts = append(parts, x.col+" = "+a.Add(x.v))
		}
	}
	if !f.From.IsZero() {
		parts = append(parts, "at >= "+a.Add(db.Micros(f.From)))
	}
	if !f.To.IsZero() {
		parts = append(parts, "at < "+a.Add(db.Micros(f.To)))
	}
	if f.After != "" {
		at, i, err := parseCursor(f.After)
		us, err2 := strconv.ParseInt(at, 36, 64)
		if err != nil || err2 != nil {
			return "", nil, fault.New(fault.Invalid, "iam.cursor")
		}
		parts = append(parts, "(at, id) < ("+a.Add(us)+", "+a.Add(i)+")")
	}
	return strings.Join(parts, " AND "), a, nil
}

// Row returns one row for whoever reads the whole ledger, as List; NotFound if there is none.
func (l *Ledger) Row(ctx context.Context, who actor.Actor, row id.ID) (LedgerEntry, error) {
	if _, all := who.Agencies(LedgerRead); !all {
		return LedgerEntry{}, fault.New(fault.Forbidden, "iam.may_not")
	}
	e, err := scanEntry(l.DB.Read(ctx).QueryRow("SELECT "+entryCols+" FROM iam_ledger WHERE id = $1", row))
	if db.Missing(err) {
		return e, fault.Wrap(err, fault.NotFound, "iam.ledger_row_unknown")
	}
	return e, unreadable(err)
}
