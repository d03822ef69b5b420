package bench

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
	"lienthong/internal/module/dossier"
)

// Lists is how long one question takes on a table of many dossiers, asked by one person.
type Lists struct {
	Engine   db.Engine
	What     string
	P50, P99 time.Duration
	Rows     int
}

// The share of dossiers that lie at the busiest agency, in per cent, and who works there.
const (
	busiest      = 25
	busiestUnit  = "xa-02020"
	busiestLogin = "tuphap.banglung"
)

// official returns an official of the agency with every right over dossiers there.
func (s *stage) official(ctx context.Context, agency id.ID) context.Context {
	who := actor.Actor{Kind: actor.Staff, Account: s.ids.New(), Name: "Cán bộ đo", Agency: agency, Unit: agency, Lang: "vi", IP: "127.0.0.1"}
	for _, p := range []string{dossier.PermRead, dossier.PermReceive, dossier.PermProcess, dossier.PermAssign, dossier.PermApprove,
		dossier.PermNumber, dossier.PermFee, dossier.PermStats} {
		who.Grants = append(who.Grants, actor.Grant{Agency: agency, Perm: p})
	}
	return actor.With(ctx, who)
}

// freely counts no attempts: limits are not what is measured.
type freely struct{}

// Allow implements dossier.Limits.
func (freely) Allow(context.Context, string, int, int) error { return nil }

// Spent implements dossier.Limits.
func (freely) Spent(context.Context, map[string]int, int) error { return nil }

// Spend implements dossier.Limits.
func (freely) Spend(context.Context, map[string]int, int) error { return nil }

// fill copies one dossier that a counter has received until the table holds as many as asked for.
// It returns one of the copies.
func (s *stage) fill(ctx context.Context, n int) (*dossier.Dossier, error) {
	counter := s.official(ctx, s.communes[0])
	dr, err := s.draft(counter, s.communes[0], dossier.Counter)
	if err != nil {
		return nil, err
	}
	d, err := s.a.Dossiers.Submit(counter, dr.ID)
	if err != nil {
		return nil, err
	}
	var doc, tasks, entries, parties rows
	for _, x := range []struct {
		to           *rows
		table, where string
	}{{&doc, "dossier_dossier", "id = $1"}, {&tasks, "dossier_task", "dossier_id = $1"},
		{&entries, "dossier_entry", "dossier_id = $1"}, {&parties, "dossier_party", "dossier_id = $1"}} {
		if *x.to, err = readRows(ctx, s.a.DB, x.table, x.where, d.ID); err != nil {
			return nil, err
		}
	}
	family := []string{"Hoàng", "Nông", "Triệu", "Ma", "Lường", "Đặng", "Bàn", "Nguyễn", "Hà", "Lý"}
	given := []string{"Thị Lan", "Văn Tuyến", "Ngọc Mai", "Đức Thắng", "Thị Hoa", "Văn Sơn", "Minh Phượng", "Quốc Việt", "Thị Nga", "Hữu Lộc", "Văn Bách"}
	var last id.ID
	const step = 200
	for from := 0; from < n; from += step {
		err := s.a.DB.Write(ctx, func(tx *db.Tx) error {
			for i := from; i < min(from+step, n); i++ {
				agency := s.communes[0]
				if i%100 >= busiest {
					agency = s.communes[i%len(s.communes)]
				}
				dossierID := s.ids.New()
				name := family[i%len(family)] + " " + given[i/7%len(given)]
				at := s.a.Now().Add(-time.Duration(i) * time.Minute)
				due := at.Add(time.Duration(i%40-10) * 24 * time.Hour)
				set := map[string]any{"id": dossierID, "code": fmt.Sprintf("B%06d.H03-%s", i, civil.From(at).Code()), "reception_id": agency,
					"decision_id": agency, "holder_id": agency, "applicant_name": name, "applicant_fold": text.Fold(name),
					"applicant_doc": fmt.Sprintf("00609%07d", i), "applicant_phone": fmt.Sprintf("091%07d", i),
					"submitted_at": db.Micros(at), "received_at": db.Micros(at), "due_at": db.Micros(due)}
				if _, err := tx.Exec(doc.insert, doc.copy(set)...); err != nil {
					return err
				}
				of := map[string]any{"dossier_id": dossierID, "agency_id": agency, "dossier_due": db.Micros(due)}
				if agency != s.communes[0] { // the copied task lies with a division of the first commune
					of["unit_id"] = agency
				}
				t := tasks.copy(of)
				tasks.each(t, "id", func() any { return s.ids.New() })
				if _, err := tx.Exec(tasks.insert, t...); err != nil {
					return err
				}
				if _, err := tx.Exec(entries.insert, entries.copy(map[string]any{"dossier_id": dossierID})...); err != nil {
					return err
				}
				if _, err := tx.Exec(parties.insert, parties.copy(map[string]any{"dossier_id": dossierID, "agency_id": agency})...); err != nil {
					return err
				}
				if agency == s.communes[0] {
					last = dossierID
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	system := actor.With(ctx, actor.System("bench")) // rows that were copied have no words for the search yet
	if err := s.a.Dossiers.RequestReindex(system); err != nil {
		return nil, err
	}
	if _, err := s.a.Dossiers.Reindex(system); err != nil {
		return nil, err
	}
	if s.a.DB.Engine() == db.Postgres { // in life autovacuum has done this long ago
		if _, err := s.a.DB.WritePool().ExecContext(ctx, "ANALYZE"); err != nil {
			return nil, err
		}
	}
	return s.a.Dossiers.Get(counter, last)
}

// lists measures what officials and citizens wait for, on a table of many dossiers.
func (s *stage) lists(ctx context.Context, o Options, r *Report, out io.Writer) error {
	one, err := s.fill(ctx, o.Dossiers)
	if err != nil {
		return err
	}
	busy, calm := s.official(ctx, s.communes[0]), s.official(ctx, s.communes[len(s.communes)/2])
	ds := s.a.Dossiers
	page := func(who context.Context, f dossier.WorkFilter) func() (int, error) {
		return func() (int, error) { w, err := ds.Worklist(who, f); return len(w), err }
	}
	find := func(q string) func() (int, error) {
		return func() (int, error) { h, err := ds.Find(busy, q); return len(h), err }
	}
	far := db.Micros(s.a.Now().Add(5 * 24 * time.Hour))
	questions := []struct {
		what string
		ask  func() (int, error)
	}{
		{"worklist, ordinary agency", page(calm, dossier.WorkFilter{})},
		{"worklist, busiest agency", page(busy, dossier.WorkFilter{})},
		{"worklist, busiest, a page far down", page(busy, dossier.WorkFilter{After: dossier.Place{Key: strconv.FormatInt(far, 10), ID: one.ID}})},
		{"worklist, busiest, overdue", page(busy, dossier.WorkFilter{Due: "overdue"})},
		{"worklist, ordinary agency, sorted by applicant", page(calm, dossier.WorkFilter{Order: dossier.Order{By: dossier.SortApplicant}})},
		{"worklist, busiest, by name", page(busy, dossier.WorkFilter{Text: "luong thi nga"})},
		{"counts above the worklist, busiest", func() (int, error) { c, err := ds.Counts(busy); return c.All, err }},
		{"search by code", find(one.Code)},
		{"search by card number", find("006090000004")},
		{"search by phone", find("0910000004")},
		{"search by name without marks", find("luong thi nga")},
		{"one dossier with its history", func() (int, error) { v, err := ds.Open(busy, one.Code); return count(v), err }},
		{"public look-up by code and secret", func() (int, error) {
			g, err := ds.Lookup(s.clients[0], freely{}, one.Code, ds.Secret(one.ID, one.SecretGen))
			if err != nil {
				return 0, err
			}
			return count(g.View), nil
		}},
		{"figures of a month by agency", func() (int, error) {
			today := civil.From(s.a.Now())
			f, err := ds.Figures(busy, dossier.FigureFilter{From: today - 30, To: today}, dossier.ByAgency)
			return len(f), err
		}},
	}
	first := len(r.Lists)
	for _, q := range questions {
		n := 0
		_, took, err := load(1, o.Asks, func(int) (err error) { n, err = q.ask(); return err })
		if err != nil {
			return fmt.Errorf("%s: %w", q.what, err)
		}
		slices.Sort(took)
		r.Lists = append(r.Lists, Lists{s.a.DB.Engine(), q.what, took[len(took)/2], took[len(took)*99/100], n})
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\non %d dossiers, %d%% at one agency\tp50\tp99\tlines\n", o.Dossiers, busiest)
	for _, x := range r.Lists[first:] {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\n", x.What, ms(x.P50), ms(x.P99), x.Rows)
	}
	return w.Flush()
}

func count(v *dossier.View) int {
	if v == nil {
		return 0
	}
	return 1
}
