package dossier

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/procedure"
)

// MovePreview is what moving the running dossiers of one version to another would mean now.
type MovePreview struct {
	From, To  *procedure.Compiled
	Suggested bpmn.Mapping // elements the new version has under other ids, for a person to look at
	Total     int          // running dossiers
	Can       int          // of which can be moved
	Sooner    int          // of those that can, due earlier
	Later     int          // due later
	Dearer    int          // with a higher fee
	Cheaper   int          // with a lower one
	Asked     int          // for which the new form asks more than was answered
	Reasons   []ReasonCount
	Before    []PlaceCount // where dossiers stand by the old version
	After     []PlaceCount // where those that can be moved would stand
	Posts     []PostCount  // whose work becomes more or less
	Items     []Turn       // one page of the dossiers, by id
	Next      id.ID        // the dossier after which the next page begins; zero at the end
}

// ReasonCount is a reason with how many dossiers it keeps.
type ReasonCount struct {
	Reason
	N int
}

// PlaceCount is an element of a process with how many dossiers stand there. A dossier in several
// places counts at each.
type PlaceCount struct {
	Element string
	N       int
}

// PostCount says how many open steps a post gets and loses.
type PostCount struct {
	WorkPost
	Gains, Loses int
}

// PreviewFilter chooses the page of a preview. Sums are over all dossiers in any case.
type PreviewFilter struct {
	Only  string // "can", "cannot"; "" for all
	After id.ID
	Limit int // 1 to 200; 50 otherwise
}

// PreviewChangeover works out, without storing anything, what StartChangeover would do now to each
// running dossier of the version from.
func (s *Service) PreviewChangeover(ctx context.Context, from, to id.ID, m bpmn.Mapping, f PreviewFilter) (*MovePreview, error) {
	who := actor.From(ctx)
	if err := mayTurn(who); err != nil {
		return nil, err
	}
	t, err := s.turner(ctx, from, to, m, "")
	if err != nil {
		return nil, err
	}
	if _, _, bad := t.mover.Move(bpmn.State{}); len(bad) > 0 {
		return nil, bad[0].Fault()
	}
	if f.Limit < 1 || f.Limit > 200 {
		f.Limit = 50
	}
	p := &MovePreview{From: t.from, To: t.to, Suggested: bpmn.Suggest(t.from.Process, t.to.Process)}
	sums := &previewSums{p: p, f: f, reasons: map[string]*ReasonCount{}, before: map[string]int{}, after: map[string]int{}, posts: map[WorkPost]*PostCount{}}
	scenes, err := s.previewScenes(ctx, t)
	if err != nil {
		return nil, err
	}
	err = s.eachOfVersion(ctx, from, func(d *Dossier, open []*Task) error {
		sc, err := scenes(d)
		if err != nil {
			return err
		}
		c := &change{scene: sc, s: s, d: d, open: open, was: d.bucket(), stood: stands(d.Clock)}
		c.now = d.notBefore(sc.now)
		out, err := c.turn(t)
		if err == nil {
			sums.add(&out.Turn)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	sums.finish()
	return p, nil
}

// previewScenes returns what gathers the surroundings of each dossier; what dossiers share is looked
// up once.
func (s *Service) previewScenes(ctx context.Context, t *turner) (func(d *Dossier) (scene, error), error) {
	tree, err := s.Agencies.Tree(ctx)
	if err != nil {
		return nil, err
	}
	now, who := s.Now(), actor.From(ctx)
	cals := map[id.ID]*worktime.Calendar{}
	rules := map[string]worktime.Rules{}
	return func(d *Dossier) (sc scene, err error) {
		sc = scene{who: who, now: now, tree: tree, proc: t.from}
		if sc.cal = cals[d.Decision]; sc.cal == nil {
			if sc.cal, err = s.Calendars.Calendar(ctx, d.Decision); err != nil {
				return sc, err
			}
			cals[d.Decision] = sc.cal
		}
		r, ok := rules[d.Regime]
		if !ok {
			if r, err = s.rules(d.Regime, civil.From(now)); err != nil {
				return sc, err
			}
			rules[d.Regime] = r
		}
		sc.rule = r
		return sc, nil
	}, nil
}

// eachOfVersion calls fn for each running dossier of the version with its open steps, by id.
func (s *Service) eachOfVersion(ctx context.Context, version id.ID, fn func(d *Dossier, open []*Task) error) error {
	var after id.ID
	for {
		a := db.Args{version}
		where := whereRunning
		if !after.Zero() {
			where += ` AND id > ` + a.Add(after)
		}
		rows, err := s.DB.Read(ctx).Query(`SELECT `+dossierColumns+` FROM dossier_dossier WHERE `+where+` ORDER BY id LIMIT `+a.Add(changeoverBatch), a...)
		list, err := db.Collect[*Dossier](rows, err)(func(r *sql.Rows) (*Dossier, error) { return scanDossier(r) })
		if err != nil || len(list) == 0 {
			return err
		}
		ids := make([]id.ID, len(list))
		for i, d := range list {
			ids[i] = d.ID
		}
		a = nil
		rows, err = s.DB.Read(ctx).Query(`SELECT `+taskColumns+` FROM dossier_task WHERE dossier_id IN `+a.In(ids)+` AND state = 'open' ORDER BY token`, a...)
		tasks, err := db.Collect[*Task](rows, err)(func(r *sql.Rows) (*Task, error) { return scanTask(r) })
		if err != nil {
			return err
		}
		open := map[id.ID][]*Task{}
		for _, k := range tasks {
			open[k.Dossier] = append(open[k.Dossier], k)
		}
		for _, d := range list {
			if err := errors.Join(fn(d, open[d.ID]), ctx.Err()); err != nil {
				return err
			}
		}
		if len(list) < changeoverBatch {
			return nil
		}
		after = list[len(list)-1].ID
	}
}

// previewSums adds dossiers up.
type previewSums struct {
	p             *MovePreview
	f             PreviewFilter
	reasons       map[string]*ReasonCount
	before, after map[string]int
	posts         map[WorkPost]*PostCount
}

func (x *previewSums) add(t *Turn) {
	p := x.p
	p.Total++
	for _, n := range t.Steps {
		x.before[n]++
	}
	can := len(t.Reasons) == 0
	if can {
		p.Can++
		for _, n := range t.NextSteps {
			x.after[n]++
		}
		count := func(n *int, yes bool) {
			if yes {
				*n++
			}
		}
		known := func(t time.Time) bool { return !t.IsZero() }
		count(&p.Sooner, known(t.OldDue) && known(t.NewDue) && t.NewDue.Before(t.OldDue))
		count(&p.Later, known(t.OldDue) && known(t.NewDue) && t.NewDue.After(t.OldDue))
		count(&p.Dearer, t.NewFee > t.OldFee)
		count(&p.Cheaper, t.NewFee < t.OldFee)
		count(&p.Asked, len(t.Asked) > 0)
		post := func(k WorkPost) *PostCount {
			if x.posts[k] == nil {
				x.posts[k] = &PostCount{WorkPost: k}
			}
			return x.posts[k]
		}
		for _, k := range t.Gains {
			post(k).Gains++
		}
		for _, k := range t.Loses {
			post(k).Loses++
		}
	}
	seen := map[string]bool{}
	for _, r := range t.Reasons {
		if r.Key == "dossier.move.overdue" {
			r.Args = nil // each has a date of its own
		}
		k := r.Key + " " + r.Element
		if x.reasons[k] == nil {
			x.reasons[k] = &ReasonCount{Reason: r}
		}
		if !seen[k] {
			x.reasons[k].N++
		}
		seen[k] = true
	}
	if x.f.Only == "can" && !can || x.f.Only == "cannot" && can || !x.f.After.Zero() && bytes.Compare(t.Dossier[:], x.f.After[:]) <= 0 {
		return
	}
	if len(p.Items) == x.f.Limit {
		p.Next = p.Items[len(p.Items)-1].Dossier
		return
	}
	p.Items = append(p.Items, *t)
}

// finish puts the sums in order, the largest first.
func (x *previewSums) finish() {
	for _, r := range x.reasons {
		x.p.Reasons = append(x.p.Reasons, *r)
	}
	slices.SortFunc(x.p.Reasons, func(a, b ReasonCount) int {
		return cmp.Or(b.N-a.N, strings.Compare(a.Key, b.Key), strings.Compare(a.Element, b.Element))
	})
	places := func(m map[string]int) (out []PlaceCount) {
		for k, n := range m {
			out = append(out, PlaceCount{k, n})
		}
		slices.SortFunc(out, func(a, b PlaceCount) int { return cmp.Or(b.N-a.N, strings.Compare(a.Element, b.Element)) })
		return out
	}
	x.p.Before, x.p.After = places(x.before), places(x.after)
	for _, k := range x.posts {
		x.p.Posts = append(x.p.Posts, *k)
	}
	slices.SortFunc(x.p.Posts, func(a, b PostCount) int {
		return cmp.Or(b.Gains-a.Gains, b.Loses-a.Loses, strings.Compare(a.Role, b.Role), strings.Compare(a.Unit.String(), b.Unit.String()))
	})
}

// RunningByVersion returns how many dossiers of the procedure run by each of its versions.
func (s *Service) RunningByVersion(ctx context.Context, versions []id.ID) (map[id.ID]int, error) {
	if err := mayTurn(actor.From(ctx)); err != nil {
		return nil, err
	}
	out := map[id.ID]int{}
	for _, v := range versions {
		var n int
		if err := s.DB.Read(ctx).QueryRow(`SELECT count(*) FROM dossier_dossier WHERE `+whereRunning, v).Scan(&n); err != nil {
			return nil, err
		}
		if n > 0 {
			out[v] = n
		}
	}
	return out, nil
}
