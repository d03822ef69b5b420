package dossier

import (
	"strconv"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// Columns a list of tasks can be sorted by. SortDue is a worklist's own order and SortPassed that
// of what was passed on; both are carried by an index, the others by the open tasks of an agency.
const (
	SortDue       = "due"
	SortPassed    = "passed"
	SortCode      = "code"
	SortProcedure = "procedure"
	SortApplicant = "applicant"
	SortStep      = "step"
	SortChannel   = "channel"
)

// maxSorted is how many open tasks are sorted by a column without an index: what one agency has
// open, with room. It keeps a page under 50 ms whatever is stored beside it.
const maxSorted = 10_000

// ErrTooManyToSort is the key of the fault that says a list is too long to be sorted by the column
// asked for; narrowed by a filter, or in its own order, it can be read.
const ErrTooManyToSort = "dossier.too_many_to_sort"

// Order says by which column a list runs, and which way.
type Order struct {
	By   string // one of the Sort constants; empty is the list's own order
	Desc bool
}

// Place is where a page of a sorted list ends; the zero Place is before the first line.
type Place struct {
	Key string // what the list is sorted by, as it is stored
	ID  id.ID  // of the task
}

// sorting is an Order as SQL. Ties are broken by the task's id, so that paging skips nothing.
type sorting struct {
	expr    string
	num     bool
	indexed bool
	desc    bool
}

func (o Order) sorting(own string) (sorting, error) {
	by := o.By
	if by == "" {
		by = own
	}
	s := sorting{desc: o.Desc}
	switch by {
	case SortDue:
		s.expr, s.num, s.indexed = workOrder, true, true
	case SortPassed:
		s.expr, s.num, s.indexed = "t.created_at", true, true
	case SortCode:
		s.expr = codeOrder
	case SortProcedure:
		s.expr = "t.d_procedure"
	case SortApplicant:
		s.expr = "t.d_applicant"
	case SortStep:
		s.expr = "t.d_step"
	case SortChannel:
		s.expr, s.num = "t.d_channel", true
	default:
		return s, fault.New(fault.Invalid, "dossier.no_such_order")
	}
	return s, nil
}

// codeOrder is a task's code. The first task of a dossier is stored before the code is taken, which
// comes last so that no other filing waits for it; such a task reads it from its dossier.
const codeOrder = `(CASE WHEN t.d_code <> '' THEN t.d_code ELSE (SELECT c.code FROM dossier_dossier c WHERE c.id = t.dossier_id) END)`

// after returns the condition that leaves the lines behind the place.
func (s sorting) after(p Place, a *db.Args) (string, error) {
	if p.ID.Zero() {
		return "", nil
	}
	op, key := " > ", any(p.Key)
	if s.desc {
		op = " < "
	}
	if s.num {
		n, err := strconv.ParseInt(p.Key, 10, 64)
		if err != nil {
			return "", fault.New(fault.Invalid, "dossier.no_such_order")
		}
		key = n
	}
	return " AND (" + s.expr + ", t.id)" + op + "(" + a.Add(key) + ", " + a.Add(p.ID) + ")", nil
}

// by returns the ORDER BY of the columns, of which the first is s.expr or stands for it.
func (s sorting) by(expr, id string) string {
	if s.desc {
		return expr + " DESC, " + id + " DESC"
	}
	return expr + ", " + id
}

// page returns the statement that reads a page of tasks: their places first, from the tasks alone
// where the condition allows, then the lines themselves.
func (s sorting) page(where, limit string) string {
	return `SELECT ` + itemColumns + `, p.k FROM (SELECT t.id AS tid, ` + s.expr + ` AS k FROM dossier_task t WHERE ` + where +
		` ORDER BY ` + s.by(s.expr, "t.id") + ` LIMIT ` + limit + `) p
		JOIN dossier_task t ON t.id = p.tid JOIN dossier_dossier d ON d.id = t.dossier_id ORDER BY ` + s.by("p.k", "t.id")
}

// sortKeys are what a task keeps of its dossier to be sorted by.
func sortKeys(d *Dossier, t *Task) []any {
	return []any{d.Code, text.Fold(d.ProcedureName), text.SortName(d.Applicant.Name), text.Fold(t.Name), d.Channel}
}
