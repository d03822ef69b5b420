package dossier

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/org"
)

// Whom an escalation goes to.
const (
	ToOfficer  = "officer"       // whose task it is; without one, those who may do it there
	ToDivision = "division_head" // of the task's division
	ToLeader   = "leader"        // of the task's agency
	ToSuperior = "superior"      // the leaders of the agency above it
)

// Escalation has somebody told that a date has passed.
type Escalation struct {
	After int    `json:"after"` // office minutes since then, 0 to MaxWatch
	To    string `json:"to"`
}

// WatchChoice says when somebody is told of a deadline.
type WatchChoice struct {
	Warn     []int        `json:"warn"`     // office minutes before it, 1 to MaxWatch; told to whoever does the step
	Escalate []Escalation `json:"escalate"` // after it
}

// Bounds of a WatchChoice.
const (
	MaxWatch      = 60 * 480 // office minutes: sixty working days
	maxWatchLines = 10
)

// DefaultWatch warns a working day and two hours ahead, and tells the division's head at once, the
// agency's leaders after a working day and those of its superior after three.
func DefaultWatch() WatchChoice {
	return WatchChoice{Warn: []int{480, 120}, Escalate: []Escalation{{0, ToDivision}, {480, ToLeader}, {1440, ToSuperior}}}
}

// WatchRule is a choice for an agency and those below it, for one procedure or for all.
type WatchRule struct {
	Agency    id.ID
	Procedure string // empty: all
	Version   int64  // 0 before it is stored
	Choice    WatchChoice
	Changed   time.Time
	By        string
}

// place is the rule's key.
func (r WatchRule) place() string { return r.Agency.String() + "/" + r.Procedure }

// watchRules finds the rule for a task: the nearest agency that has one, there the procedure's first.
type watchRules map[string]WatchRule

func (w watchRules) of(tree *org.Tree, agency id.ID, procedure string) WatchChoice {
	units := []id.ID{agency}
	for _, u := range tree.Ancestors(agency) {
		units = append(units, u.ID)
	}
	for _, u := range units {
		for _, p := range []string{procedure, ""} {
			if r, ok := w[WatchRule{Agency: u, Procedure: p}.place()]; ok {
				return r.Choice
			}
		}
	}
	return DefaultWatch()
}

func (s *Service) watchRules(q db.Q) (watchRules, error) {
	list, err := db.Collect[WatchRule](q.Query(`SELECT agency_id, procedure_code, version, choice, changed_at, changed_by FROM dossier_watch
		ORDER BY place`))(func(r *sql.Rows) (x WatchRule, err error) {
		var choice string
		var at int64
		if err = r.Scan(&x.Agency, &x.Procedure, &x.Version, &choice, &at, &x.By); err != nil {
			return x, err
		}
		x.Changed = db.Time(at)
		return x, db.FromJSON(choice, &x.Choice)
	})
	if err != nil {
		return nil, err
	}
	out := watchRules{}
	for _, r := range list {
		out[r.place()] = r
	}
	return out, nil
}

// WatchRules returns the rules of the agencies where the actor approves, in the order of their keys.
func (s *Service) WatchRules(ctx context.Context) ([]WatchRule, error) {
	all, err := s.watchRules(s.DB.Read(ctx))
	if err != nil {
		return nil, err
	}
	who := actor.From(ctx)
	var out []WatchRule
	for _, r := range all {
		if who.MayAt(PermApprove, r.Agency) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b WatchRule) int { return strings.Compare(a.place(), b.place()) })
	return out, nil
}

// check returns what is wrong with the choice, by field.
func (c *WatchChoice) check() (bad []fault.Field) {
	if len(c.Warn) > maxWatchLines || len(c.Escalate) > maxWatchLines {
		bad = append(bad, fault.Field{Path: "warn", Key: "dossier.watch_many", Args: fault.Args("max", maxWatchLines)})
	}
	for _, n := range c.Warn {
		if n < 1 || n > MaxWatch {
			bad = append(bad, fault.Field{Path: "warn", Key: "dossier.watch_range", Args: fault.Args("max", MaxWatch/60)})
			break
		}
	}
	for _, e := range c.Escalate {
		if e.After < 0 || e.After > MaxWatch {
			bad = append(bad, fault.Field{Path: "escalate", Key: "dossier.watch_range", Args: fault.Args("max", MaxWatch/60)})
			break
		}
		if !slices.Contains([]string{ToOfficer, ToDivision, ToLeader, ToSuperior}, e.To) {
			bad = append(bad, fault.Field{Path: "escalate", Key: "dossier.watch_to"})
			break
		}
	}
	slices.SortFunc(c.Warn, func(a, b int) int { return b - a })
	c.Warn = slices.Compact(c.Warn)
	slices.SortFunc(c.Escalate, func(a, b Escalation) int {
		if a.After != b.After {
			return a.After - b.After
		}
		return strings.Compare(a.To, b.To)
	})
	c.Escalate = slices.Compact(c.Escalate)
	return bad
}

// SetWatch stores a rule, or with nothing in it takes it away: no list at all, as opposed to an empty
// one, falls back to the superior's. r.Version is that of the rule as it was read. It needs the
// permission to approve at the agency. Open tasks there are looked at anew.
func (s *Service) SetWatch(ctx context.Context, r WatchRule) error {
	who, now := actor.From(ctx), s.Now()
	tree, err := s.Agencies.Tree(ctx)
	if err != nil {
		return err
	}
	if a := tree.Agency(r.Agency); a == nil || a.ID != r.Agency || !who.MayAt(PermApprove, r.Agency) {
		return fault.New(fault.NotFound, "dossier.watch_place")
	}
	if r.Procedure != "" {
		if _, err := s.Procedures.Published(ctx, r.Procedure); err != nil {
			return fault.Input("dossier.watch_wrong", fault.Field{Path: "procedure", Key: "dossier.watch_procedure"})
		}
	}
	drop := r.Choice.Warn == nil && r.Choice.Escalate == nil
	if bad := r.Choice.check(); len(bad) > 0 {
		return fault.Input("dossier.watch_wrong", bad...)
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		var n int64
		var err error
		switch {
		case drop:
			n, err = tx.Exec(`DELETE FROM dossier_watch WHERE place = $1 AND version = $2`, r.place(), r.Version)
		case r.Version == 0:
			n, err = tx.Exec(`INSERT INTO dossier_watch (place, version, agency_id, procedure_code, choice, changed_at, changed_by)
				VALUES ($1, 1, $2, $3, $4, $5, $6) ON CONFLICT (place) DO NOTHING`, r.place(), r.Agency, r.Procedure, db.JSON(r.Choice), db.Micros(now), who.Name)
		default:
			n, err = tx.Exec(`UPDATE dossier_watch SET version = version + 1, choice = $3, changed_at = $4, changed_by = $5 WHERE place = $1 AND version = $2`,
				r.place(), r.Version, db.JSON(r.Choice), db.Micros(now), who.Name)
		}
		if err != nil {
			return err
		}
		if n != 1 {
			return fault.New(fault.Conflict, "dossier.changed_meanwhile")
		}
		for part := range slices.Chunk(tree.Subtree(r.Agency), 100) {
			var a db.Args
			if _, err := tx.Exec(`UPDATE dossier_task SET watch_at = 1 WHERE state = 'open' AND agency_id IN `+a.In(part), a...); err != nil {
				return err
			}
		}
		return s.Ledger.Record(tx, who, "dossier.watch", "org.unit", r.Agency, r.Choice)
	})
}
