package dossier

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// WorkItem is one line of a worklist: a task with what its line shows of the dossier.
type WorkItem struct {
	Task      Task
	Code      string
	Procedure string
	Field     string
	Applicant string
	Channel   Channel
	Status    Status
	Left      worktime.Left // until the dossier is due; meaningless while Paused
	Paused    bool
	key       string // what the list it was read with is sorted by
}

// WorkFilter narrows a worklist. The zero filter is everything the actor may work on.
type WorkFilter struct {
	Mine   bool   // only what is claimed by or assigned to the actor
	Free   bool   // only what nobody has claimed
	Due    string // "", overdue, today, soon (next two working days), later, paused
	Field  string
	Action string
	Text   string // code or name of the applicant
	Order  Order
	After  Place // keyset: where the page before ended
	Limit  int   // 1 to 200; 50 otherwise
}

// workOrder sorts tasks without a running clock behind all others, at the instant 1<<62. It is spelt as in the index dossier_task_order, number included:
// only then does a page of a long worklist cost no more than its own lines.
const workOrder = `(CASE WHEN t.dossier_due = 0 THEN 4611686018427387904 ELSE t.dossier_due END)`

const itemColumns = `t.id, t.dossier_id, t.token, t.node, t.name, t.action, t.role, t.agency_id, t.unit_id, t.state, t.assignee_id,
	t.assignee, t.from_unit, t.created_at, t.created_by, t.accepted_at, t.due_at, t.dossier_due, t.done_at, t.done_by, t.outcome,
	t.note, t.undo, d.code, d.procedure_name, d.field_code, d.applicant_name, d.channel, d.status, d.due_at, d.received_at`

func (s *Service) items(ctx context.Context, where string, args ...any) ([]*WorkItem, error) {
	return s.itemsQuery(ctx, `SELECT `+itemColumns+`, '' FROM dossier_task t JOIN dossier_dossier d ON d.id = t.dossier_id
		WHERE `+where+` ORDER BY t.created_at, t.id LIMIT 500`, args)
}

func (s *Service) itemsQuery(ctx context.Context, query string, args []any) ([]*WorkItem, error) {
	rows, err := s.DB.Read(ctx).Query(query, args...)
	items, err := db.Collect[*WorkItem](rows, err)(func(r *sql.Rows) (*WorkItem, error) {
		var w WorkItem
		var due, received int64
		t, err := scanTask(scanFunc(func(dest ...any) error {
			return r.Scan(append(dest, &w.Code, &w.Procedure, &w.Field, &w.Applicant, &w.Channel, &w.Status, &due, &received, &w.key)...)
		}))
		if err != nil {
			return nil, err
		}
		w.Task = *t
		w.Task.DossierDue = db.Time(due)
		w.Paused = received != 0 && due == 0
		return &w, nil
	})
	if err != nil {
		return nil, err
	}
	now := s.Now()
	for _, w := range items {
		due := w.Task.DossierDue
		if due.IsZero() {
			due = w.Task.Due
		}
		if due.IsZero() || w.Task.Agency.Zero() {
			continue
		}
		cal, err := s.Calendars.Calendar(ctx, w.Task.Agency)
		if err != nil {
			return nil, err
		}
		w.Left = cal.Left(now, due)
	}
	return items, nil
}

type scanFunc func(dest ...any) error

func (f scanFunc) Scan(dest ...any) error { return f(dest...) }

// workWhere is MayWork as a filter. alias is the task table's.
func workWhere(who actor.Actor, a *db.Args) string {
	var parts []string
	for _, role := range slices.Sorted(maps.Keys(rolePerms)) { // sorted, so that equal lists are equal statements
		perm := rolePerms[role]
		agencies, all := who.Agencies(perm)
		if all {
			parts = append(parts, `t.role = `+a.Add(role))
			continue
		}
		for _, g := range agencies {
			units, whole := who.Units(perm, g)
			p := `t.role = ` + a.Add(role) + ` AND t.agency_id = ` + a.Add(g)
			if !whole {
				p += ` AND (t.unit_id IN ` + a.In(units)
				if !wholeOnly(perm) {
					p += ` OR t.unit_id = t.agency_id`
				}
				for _, u := range units {
					if u == g {
						p += ` OR TRUE`
					}
				}
				p += `)`
			}
			parts = append(parts, "("+p+")")
		}
	}
	if len(parts) == 0 {
		return "FALSE"
	}
	where := "t.state = 'open' AND (" + strings.Join(parts, " OR ") + ")"
	if only, ok := onlyAgency(who); ok {
		// Nothing new, but said once for all roles it lets the database walk the agency's tasks in order.
		where += ` AND t.agency_id = ` + a.Add(only)
	}
	return where
}

// onlyAgency returns the agency at which the actor does all their work, if it is a single one.
func onlyAgency(who actor.Actor) (only id.ID, ok bool) {
	for _, perm := range rolePerms {
		agencies, all := who.Agencies(perm)
		if all {
			return id.ID{}, false
		}
		for _, g := range agencies {
			if ok && g != only {
				return id.ID{}, false
			}
			only, ok = g, true
		}
	}
	return only, ok
}

// Worklist returns the open tasks the actor may do, the most urgent first unless the filter asks
// for another order.
func (s *Service) Worklist(ctx context.Context, f WorkFilter) ([]*WorkItem, error) {
	who := actor.From(ctx)
	var a db.Args
	where, err := s.worklistWhere(ctx, who, f, &a)
	if err != nil {
		return nil, err
	}
	return s.sorted(ctx, where, a, f.Order, SortDue, f.After, f.Limit)
}

// sorted reads a page of the tasks for which the condition holds.
func (s *Service) sorted(ctx context.Context, where string, a db.Args, o Order, own string, after Place, limit int) ([]*WorkItem, error) {
	by, err := o.sorting(own)
	if err != nil {
		return nil, err
	}
	if !by.indexed {
		var n int
		err := s.DB.Read(ctx).QueryRow(`SELECT count(*) FROM (SELECT 1 FROM dossier_task t WHERE `+where+
			` LIMIT `+strconv.Itoa(maxSorted+1)+`) x`, a...).Scan(&n)
		if err != nil {
			return nil, err
		}
		if n > maxSorted {
			return nil, fault.New(fault.Invalid, ErrTooManyToSort, "n", maxSorted)
		}
	}
	behind, err := by.after(after, &a)
	if err != nil {
		return nil, err
	}
	if limit <= 0 || limit > 200 {
		limit = 50
	}
	return s.itemsQuery(ctx, by.page(where+behind, a.Add(limit)), a)
}

// Place returns where the line stands in the list it was read with.
func (w *WorkItem) Place() Place { return Place{w.key, w.Task.ID} }

func (s *Service) worklistWhere(ctx context.Context, who actor.Actor, f WorkFilter, a *db.Args) (string, error) {
	where := workWhere(who, a)
	if f.Mine {
		where += ` AND t.assignee_id = ` + a.Add(who.Account)
	}
	if f.Free {
		where += ` AND t.assignee_id IS NULL`
	}
	if f.Field != "" {
		where += ` AND EXISTS (SELECT 1 FROM dossier_dossier d WHERE d.id = t.dossier_id AND d.field_code = ` + a.Add(f.Field) + `)`
	}
	if f.Action != "" {
		where += ` AND t.action = ` + a.Add(f.Action)
	}
	if text.Fold(f.Text) != "" {
		where += ` AND ` + textWhere(f.Text, a)
	}
	if f.Due != "" {
		b, err := s.dueBounds(ctx, who)
		if err != nil {
			return "", err
		}
		switch f.Due {
		case "overdue":
			where += ` AND t.dossier_due > 0 AND t.dossier_due < ` + a.Add(b.now)
		case "today":
			where += ` AND t.dossier_due >= ` + a.Add(b.now) + ` AND t.dossier_due < ` + a.Add(b.tomorrow)
		case "soon":
			where += ` AND t.dossier_due >= ` + a.Add(b.tomorrow) + ` AND t.dossier_due < ` + a.Add(b.soon)
		case "later":
			where += ` AND t.dossier_due >= ` + a.Add(b.soon)
		case "paused":
			where += ` AND t.dossier_due = 0`
		}
	}
	return where, nil
}

// textWhere finds a part of the code or of the applicant's name among the tasks t of a list.
func textWhere(typed string, a *db.Args) string {
	return `EXISTS (SELECT 1 FROM dossier_dossier d WHERE d.id = t.dossier_id AND (d.applicant_fold LIKE ` + a.Add("%"+text.Fold(typed)+"%") +
		` OR d.code LIKE ` + a.Add("%"+strings.ToUpper(strings.TrimSpace(typed))+"%") + `))`
}

// bounds are the instants that part overdue, today, soon and later.
type bounds struct{ now, tomorrow, soon int64 }

func (s *Service) dueBounds(ctx context.Context, who actor.Actor) (bounds, error) {
	now := s.Now()
	b := bounds{now: db.Micros(now), tomorrow: db.Micros((civil.From(now) + 1).At(0))}
	cal, err := s.Calendars.Calendar(ctx, who.Agency)
	if err != nil {
		return b, err
	}
	// Two further working days are 960 working minutes behind the end of today.
	b.soon = db.Micros((civil.From(cal.Add((civil.From(now)+1).At(0), 960)) + 1).At(0))
	return b, nil
}

// WorkCounts are the numbers above a worklist.
type WorkCounts struct{ All, Overdue, Today, Soon, Later, Paused, Mine int }

// Counts returns how many tasks wait for the actor, by urgency.
func (s *Service) Counts(ctx context.Context) (c WorkCounts, err error) {
	who := actor.From(ctx)
	b, err := s.dueBounds(ctx, who)
	if err != nil {
		return c, err
	}
	var a db.Args
	now, tomorrow, soon, me := a.Add(b.now), a.Add(b.tomorrow), a.Add(b.soon), a.Add(who.Account)
	err = s.DB.Read(ctx).QueryRow(`SELECT count(*),
		count(*) FILTER (WHERE t.dossier_due > 0 AND t.dossier_due < `+now+`),
		count(*) FILTER (WHERE t.dossier_due >= `+now+` AND t.dossier_due < `+tomorrow+`),
		count(*) FILTER (WHERE t.dossier_due >= `+tomorrow+` AND t.dossier_due < `+soon+`),
		count(*) FILTER (WHERE t.dossier_due >= `+soon+`),
		count(*) FILTER (WHERE t.dossier_due = 0),
		count(*) FILTER (WHERE t.assignee_id = `+me+`)
		FROM dossier_task t WHERE `+workWhere(who, &a), a...).Scan(&c.All, &c.Overdue, &c.Today, &c.Soon, &c.Later, &c.Paused, &c.Mine)
	return c, err
}

// Hit is one dossier found by the search field.
type Hit struct {
	ID        id.ID
	Code      string
	Procedure string
	Applicant string
	Status    Status
	Due       time.Time
	Submitted time.Time
}

const maxHits = 50

// Find searches by dossier code, by the QR code of a receipt, by card number, phone or name, with
// or without marks, and shows only what the official may see. A whole code or number is looked up
// by its index; only when nothing has it are the beginnings of codes and the words of names compared.
func (s *Service) Find(ctx context.Context, query string) ([]Hit, error) {
	sc := ReadScan(query)
	switch {
	case sc.Code != "":
		return s.hits(ctx, func(a *db.Args) string { return `d.code = ` + a.Add(sc.Code) })
	case sc.Doc != "":
		return s.hits(ctx, func(a *db.Args) string {
			return `d.applicant_doc IN (` + a.Add(sc.Doc) + `, ` + a.Add(sc.OldDoc) + `)`
		})
	}
	q := strings.TrimSpace(query)
	digits, fold := text.Digits(q), text.Fold(q)
	if len([]rune(fold)) < 2 {
		return nil, fault.New(fault.Invalid, "dossier.search_too_short")
	}
	number := len(digits) >= 4 && len(digits) >= len(strings.Join(strings.Fields(q), ""))-3
	found, err := s.hits(ctx, func(a *db.Args) string {
		or := []string{`d.code = ` + a.Add(strings.ToUpper(q))}
		if number {
			or = append(or, `d.applicant_doc = `+a.Add(digits), `d.applicant_phone = `+a.Add(digits))
		}
		return "(" + strings.Join(or, " OR ") + ")"
	})
	if err != nil || len(found) > 0 {
		return found, err
	}
	if strings.ContainsAny(q, "-.") || len(digits) >= 4 {
		if found, err = s.byPartOfCode(ctx, strings.ToUpper(q)); err != nil || len(found) > 0 {
			return found, err
		}
	}
	return s.byName(ctx, strings.Fields(fold))
}

// hits returns the newest dossiers that match and that the official may see.
func (s *Service) hits(ctx context.Context, match func(*db.Args) string) ([]Hit, error) {
	var a db.Args
	where := match(&a) + ` AND ` + readWhere(actor.From(ctx), &a)
	rows, err := s.DB.Read(ctx).Query(`SELECT d.id, d.code, d.procedure_name, d.applicant_name, d.status, d.due_at, d.submitted_at
		FROM dossier_dossier d WHERE `+where+` ORDER BY d.submitted_at DESC LIMIT `+a.Add(maxHits), a...)
	return db.Collect[Hit](rows, err)(func(r *sql.Rows) (h Hit, err error) {
		var due, submitted int64
		err = r.Scan(&h.ID, &h.Code, &h.Procedure, &h.Applicant, &h.Status, &due, &submitted)
		h.Due, h.Submitted = db.Time(due), db.Time(submitted)
		return h, err
	})
}

// readWhere is MayRead as a filter on the dossier table d.
func readWhere(who actor.Actor, a *db.Args) string {
	agencies, all := who.Agencies(PermRead)
	if all {
		return "TRUE"
	}
	if len(agencies) == 0 {
		return "FALSE"
	}
	return `EXISTS (SELECT 1 FROM dossier_party p WHERE p.dossier_id = d.id AND p.agency_id IN ` + a.In(agencies) + `)`
}

// Scan is what a handheld scanner typed: the QR code of an identity card or of a receipt.
type Scan struct {
	Code, Secret               string // of a receipt
	Doc, OldDoc, Name, Address string // of a card
	Birth                      string // YYYY-MM-DD
	Sex                        string
}

// ReadScan recognises the card's `number|old number|name|birth ddmmyyyy|sex|address|issue date`
// and the receipt's link; anything else gives the zero Scan.
func ReadScan(typed string) Scan {
	typed = text.Line(typed)
	if f := strings.Split(typed, "|"); len(f) >= 6 && len(text.Digits(f[0])) == 12 && len(f[0]) == 12 {
		sc := Scan{Doc: f[0], OldDoc: text.Digits(f[1]), Name: f[2], Sex: f[4], Address: f[5]}
		if b := f[3]; len(b) == 8 && text.Digits(b) == b {
			if d, err := civil.Parse(b[4:] + "-" + b[2:4] + "-" + b[:2]); err == nil {
				sc.Birth = d.String()
			}
		}
		return sc
	}
	if _, rest, ok := strings.Cut(typed, "/tra-cuu?"); ok {
		var sc Scan
		for _, kv := range strings.Split(rest, "&") {
			k, v, _ := strings.Cut(kv, "=")
			switch k {
			case "ma":
				sc.Code = v
			case "bm":
				sc.Secret = v
			}
		}
		return sc
	}
	return Scan{}
}

// Mine returns the citizen's own dossiers, newest first.
func (s *Service) Mine(ctx context.Context) ([]*Dossier, error) {
	who := actor.From(ctx)
	if who.Account.Zero() {
		return nil, nil
	}
	rows, err := s.DB.Read(ctx).Query(`SELECT `+dossierColumns+` FROM dossier_dossier WHERE account_id = $1
		ORDER BY submitted_at DESC LIMIT 200`, who.Account)
	return db.Collect[*Dossier](rows, err)(func(r *sql.Rows) (*Dossier, error) { return scanDossier(r) })
}
