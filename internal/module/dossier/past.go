package dossier

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/blob"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/org"
)

// Past writes whole lives of dossiers that are over, many in one transaction, as when the years
// before this program are brought in. What it stores is what the acts themselves would have stored
// at those times, row for row, with two exceptions: nobody is told (no events, no messages), and
// rows of figures that would come to nothing are left out. One goroutine uses a Past.
type Past struct {
	s     *Service
	staff func(agency, unit id.ID, role string) actor.Actor
	tree  *org.Tree
	cals  map[id.ID]*worktime.Calendar
	ways  map[wayKey]*PastWay
	lanes map[laneKey]lane
	who   map[laneSeat]*seat
	at    map[placeKey]places
	taken map[dayKey]int64 // last number of an agency's day
	fresh map[dayKey]int64 // numbers taken before the batch, for those that it takes
	files map[string]blob.Ref
	rules map[string]worktime.Rules
}

type wayKey struct {
	version id.ID
	channel Channel
	way     Way
}

type laneKey struct {
	node  *bpmn.Node
	place places
}

type lane struct {
	agency, unit id.ID
	role         string
	err          error
}

type laneSeat struct {
	agency, unit id.ID
	role         string
}

// seat is an official with the values the driver stores, made once.
type seat struct {
	actor.Actor
	account, agency, unit any
}

type placeKey struct{ version, offer id.ID }

type dayKey struct {
	agency id.ID
	day    civil.Date
}

// NewPast returns a writer of past lives. staff names who held a role at an agency or one of its
// divisions; it is asked once for each.
func (s *Service) NewPast(ctx context.Context, staff func(agency, unit id.ID, role string) actor.Actor) (*Past, error) {
	tree, err := s.Agencies.Tree(ctx)
	if err != nil {
		return nil, err
	}
	taken := map[dayKey]int64{}
	rows, err := s.DB.Read(ctx).Query(`SELECT agency_id, day, n FROM dossier_counter`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var k dayKey
		var n int64
		if err := rows.Scan(&k.agency, &k.day, &n); err != nil {
			return nil, err
		}
		taken[k] = n
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return &Past{s: s, staff: staff, tree: tree, cals: map[id.ID]*worktime.Calendar{}, ways: map[wayKey]*PastWay{},
		lanes: map[laneKey]lane{}, who: map[laneSeat]*seat{}, at: map[placeKey]places{}, taken: taken,
		fresh: map[dayKey]int64{}, files: map[string]blob.Ref{}, rules: map[string]worktime.Rules{}}, nil
}

// Way returns the life that dossiers of the version have which are filed by the channel and go this
// way. The engine walks it once, for the agency given; all others share it.
func (p *Past) Way(ctx context.Context, version, offer id.ID, channel Channel, way Way) (*PastWay, error) {
	k := wayKey{version, channel, way}
	if w := p.ways[k]; w != nil {
		return w, nil
	}
	w, err := p.s.record(ctx, version, offer, channel, way)
	if err == nil {
		p.ways[k] = w
	}
	return w, err
}

// Calendar returns the calendar by which dossiers filed with the agency are counted.
func (p *Past) Calendar(ctx context.Context, w *PastWay, offer id.ID) (*worktime.Calendar, error) {
	at, err := p.places(ctx, w, offer)
	if err != nil {
		return nil, err
	}
	if c := p.cals[at.decision]; c != nil {
		return c, nil
	}
	c, err := p.s.Calendars.Calendar(ctx, at.decision)
	if err == nil {
		p.cals[at.decision] = c
	}
	return c, err
}

func (p *Past) places(ctx context.Context, w *PastWay, offer id.ID) (places, error) {
	k := placeKey{w.Version.ID, offer}
	if at, ok := p.at[k]; ok {
		return at, nil
	}
	at, err := p.s.places(ctx, &w.Version.Record, offer)
	if err == nil {
		p.at[k] = at
	}
	return at, err
}

// Rules returns the rule set that counts a dossier received on the day: the one in force, or the
// earliest this installation knows for days before all of them.
func (p *Past) Rules(day civil.Date) (worktime.Rules, error) {
	r, err := worktime.RulesOn(p.s.RuleSets, day)
	if fault.KindOf(err) != fault.NotFound || len(p.s.RuleSets) == 0 {
		return r, err
	}
	return slices.MinFunc(p.s.RuleSets, func(a, b worktime.Rules) int { return int(a.From - b.From) }), nil
}

// Keep stores a content that many past dossiers share, such as the scan that stands for a paper:
// key is a component's code, or ResultOf a procedure.
func (p *Past) Keep(ctx context.Context, key string, content []byte) error {
	ref, err := p.s.Blobs.Put(ctx, bytes.NewReader(content), MaxFile)
	if err != nil {
		return err
	}
	if _, ok := mediaTypes[ref.Type]; !ok {
		return fault.New(fault.Invalid, "dossier.file_type", "name", key)
	}
	p.files[key] = ref
	return nil
}

// ResultOf is the key under which Keep takes the result that dossiers of the procedure end with.
func ResultOf(code string) string { return "\x00" + code }

// Life is one past dossier: where and when it went its way, and for whom.
type Life struct {
	Way       *PastWay
	Offer     id.ID       // the agency it was filed with
	Times     []time.Time // of the way's steps, each after the one before
	Applicant Applicant
	Form      []byte // answers in canonical form
	Number    string // number and sign of the result
	Duty      int64  // đồng, where the way states a duty
}

// lane finds who works at the node for dossiers of these places.
func (p *Past) lane(w *PastWay, n *bpmn.Node, at places) (lane, error) {
	k := laneKey{n, at}
	l, ok := p.lanes[k]
	if !ok {
		c := &change{scene: scene{tree: p.tree, proc: w.Version}, d: &Dossier{Reception: at.reception, Decision: at.decision}}
		l.agency, l.unit, l.role, l.err = c.route(n)
		p.lanes[k] = l
	}
	return l, l.err
}

// seat returns the official who holds the role there.
func (p *Past) seat(agency, unit id.ID, role string) *seat {
	k := laneSeat{agency, unit, role}
	s := p.who[k]
	if s == nil {
		s = &seat{Actor: p.staff(agency, unit, role)}
		s.account, s.agency = blobOrNil(s.Account), blobOrNil(s.Agency)
		if s.unit = blobOrNil(s.Unit); s.unit == nil {
			s.unit = s.agency
		}
		p.who[k] = s
	}
	return s
}

func blobOrNil(i id.ID) any {
	if i.Zero() {
		return nil
	}
	return i[:]
}

// code takes the agency's next number of the day. Numbers are taken here, before the transaction,
// which then makes sure that nobody else took one.
func (p *Past) code(offer id.ID, day civil.Date) (string, error) {
	k := dayKey{offer, day}
	n := p.taken[k]
	if _, seen := p.fresh[k]; !seen {
		p.fresh[k] = n
	}
	n++
	p.taken[k] = n
	u, ok := p.tree.Unit(offer)
	if !ok || u.Code == "" {
		return "", fmt.Errorf("agency %s has no identifier for dossier codes", offer)
	}
	if p.s.Template == "{agency}-{yymmdd}-{seq4}" { // the usual one, without a replacer for each dossier
		b := make([]byte, 0, 40)
		b = append(append(append(append(b, u.Code...), '-'), day.Code()...), '-')
		for v := int64(1000); v > n && v > 1; v /= 10 {
			b = append(b, '0')
		}
		return string(strconv.AppendInt(b, n, 10)), nil
	}
	return p.s.codeOf(u.Code, day, n), nil
}

// codeOf writes the dossier code of the agency's n-th dossier of the day.
func (s *Service) codeOf(agency string, on civil.Date, n int64) string {
	y, m, day := on.YMD()
	return strings.NewReplacer(
		"{agency}", agency,
		"{yymmdd}", on.Code(),
		"{yyyy}", fmt.Sprint(y), "{mm}", fmt.Sprintf("%02d", m), "{dd}", fmt.Sprintf("%02d", day),
		"{seq4}", fmt.Sprintf("%04d", n), "{seq}", fmt.Sprint(n),
	).Replace(s.Template)
}
