package dossier_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

// pastLedger keeps what past lives tell the ledger.
type pastLedger struct{ acts []dossier.LedgerAct }

// Past implements dossier.PastLedger.
func (l *pastLedger) Past(acts []dossier.LedgerAct) func(*db.Tx) error {
	return func(*db.Tx) error { l.acts = append(l.acts, acts...); return nil }
}

// seats gives every role at every unit one official, the same for both ways of telling a life.
func seats(t *testing.T, w *dossiertest.World) func(agency, unit id.ID, role string) actor.Actor {
	tree, err := w.Org.Tree(context.Background())
	must(t, err)
	return func(agency, unit id.ID, role string) actor.Actor {
		u, ok := tree.Unit(unit)
		if !ok {
			t.Fatalf("no unit %s", unit)
		}
		return actor.From(w.Staff(role+" "+u.Key, u.Key, role))
	}
}

var pastCases = []struct {
	name, code, agency string
	channel            dossier.Channel
	way                dossier.Way
	late               bool
}{
	{"counter, straight", "1.001193", "xa-02020", dossier.Counter, dossier.Way{}, false},
	{"online, papers asked for before receipt", "1.001612", "huyen-cho-don", dossier.Online, dossier.Way{Early: true}, false},
	{"online, asked, sent back, paid", "1.001612", "huyen-cho-don", dossier.Online, dossier.Way{Ask: true, Back: true, Pay: true}, false},
	{"counter, put off and late", "1.001612", "huyen-cho-don", dossier.Counter, dossier.Way{Extend: 2, Pay: true}, true},
	{"commune to district, asked", "1.001731", "xa-02020", dossier.Counter, dossier.Way{Ask: true}, false},
	{"three levels", "1.010803", "xa-02020", dossier.Counter, dossier.Way{Back: true}, false},
	{"side by side", "3.000722", "xa-02020", dossier.Online, dossier.Way{Ask: true}, true},
	{"financial duty", "2.000880", "huyen-cho-don", dossier.Counter, dossier.Way{Duty: true}, false},
	{"financial duty, sent back after it was paid", "2.000880", "huyen-cho-don", dossier.Counter, dossier.Way{Duty: true, Back: true}, false},
	{"department through the province's counter", "2.000488", "so-tu-phap", dossier.Post, dossier.Way{Pay: true, Duty: true}, true},
}

// A past life leaves exactly the rows that the same acts leave at the same times through the
// service, but for events.
func TestPastLifeEqualsTheActs(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		ctx := actor.With(context.Background(), actor.System("test"))
		for n, c := range pastCases {
			t.Run(c.name, func(t *testing.T) {
				v, err := w.Proc.Published(ctx, c.code)
				must(t, err)
				p, err := w.Dossiers.NewPast(ctx, seats(t, w))
				must(t, err)
				offer := w.Unit(c.agency)
				way, err := p.Way(ctx, v.ID, offer, c.channel, c.way)
				must(t, err)
				for _, paper := range way.Papers {
					must(t, p.Keep(ctx, paper, []byte(pdf)))
				}
				must(t, p.Keep(ctx, dossier.ResultOf(c.code), []byte(pdf)))
				citizen := w.Citizen("Hoàng Văn Tuyến", 2)
				w.Clock.Move(civil.Must("2026-11-30").At(8*60 + n).Sub(w.Clock.Now()))
				draft := fill(t, w, citizen, c.code, offer, dossier.Online)
				form, err := way.Version.Form.Canonical(draft.Data)
				must(t, err)
				must(t, w.Dossiers.DropDraft(citizen, draft.ID))

				cal, err := p.Calendar(ctx, way, offer)
				must(t, err)
				pace := way.Term.N * 400 / len(way.Steps)
				if c.late {
					pace = (way.Term.N + 3) * 700 / len(way.Steps)
				}
				at := civil.Must("2026-11-30").At(8*60 + n)
				times := make([]time.Time, len(way.Steps))
				for i := range times {
					times[i] = at
					at = cal.Add(at, max(pace, 7))
				}
				before := figures(t, d)
				batch := p.Batch()
				told, err := batch.Add(ctx, dossier.Life{Way: way, Offer: offer, Times: times, Form: form, Number: "15/GP", Duty: 1_500_000,
					Applicant: dossier.Applicant{Name: "Hoàng Văn Tuyến", Birth: "1990-04-12", Doc: "006090000123", Phone: "0912345678",
						Email: "tuyen.hoang@example.com", Address: "Thôn Bản Mẫu, xã Mẫu, huyện Chợ Đồn, tỉnh Bắc Kạn", Lang: "vi"}})
				must(t, err)
				ledger := &pastLedger{}
				batch.Seal(ledger)
				must(t, d.Write(ctx, batch.Write))
				mine := diff(before, figures(t, d))
				first, err := w.Dossiers.Get(ctx, told)
				must(t, err)
				if first.Late != c.late || first.Status != dossier.StatusReturned || first.Entries < 5 {
					t.Errorf("late %v, status %d, %d entries", first.Late, first.Status, first.Entries)
				}

				before = figures(t, d)
				w.Ledger.Acts = nil
				acted := live(t, w, p, way, times, told, offer, c.channel)
				theirs := diff(before, figures(t, d))
				if x := cmp.Diff(theirs, mine); x != "" {
					t.Errorf("figures (-acts +past):\n%s", x)
				}
				if x := cmp.Diff(story(t, w, acted), story(t, w, told), cmpopts.IgnoreUnexported(dossier.Supplement{})); x != "" {
					t.Errorf("rows (-acts +past):\n%s", x)
				}
				var acts []string
				for _, a := range ledger.acts {
					acts = append(acts, a.Action)
				}
				if x := cmp.Diff(w.Ledger.Acts, acts); x != "" {
					t.Errorf("ledger (-acts +past):\n%s", x)
				}
			})
		}
		bad, err := w.Dossiers.Recount(ctx)
		must(t, err)
		if len(bad) > 0 {
			t.Error(bad)
		}
	})
}

// live acts the told dossier's life again through the service and returns the new dossier.
func live(t *testing.T, w *dossiertest.World, p *dossier.Past, way *dossier.PastWay, times []time.Time, told, offer id.ID, channel dossier.Channel) id.ID {
	t.Helper()
	sys := actor.With(context.Background(), actor.System("test"))
	set := func(at time.Time) { w.Clock.Move(at.Sub(w.Clock.Now())) }
	tree, err := w.Org.Tree(sys)
	must(t, err)
	as := func(unit id.ID, role string) context.Context {
		u, _ := tree.Unit(unit)
		return w.Staff(role+" "+u.Key, u.Key, role)
	}
	citizen := w.Citizen("Hoàng Văn Tuyến", 2)
	from, err := w.Dossiers.Get(sys, told)
	must(t, err)
	tasks, err := w.Dossiers.Tasks(sys, told)
	must(t, err)
	asked, err := w.Dossiers.Supplements(sys, told)
	must(t, err)
	files, err := w.Dossiers.Files(sys, told)
	must(t, err)
	filer := citizen
	if channel != dossier.Online {
		filer = as(from.Reception, "receiver")
	}
	var d *dossier.Dossier
	for i, s := range way.Steps {
		set(times[i])
		var done *dossier.Task
		for _, x := range tasks {
			if x.Done.Equal(times[i]) && (s.Kind != dossier.PastFiled) {
				done = x
			}
		}
		var open *dossier.Task
		if d != nil && done != nil {
			now, err := w.Dossiers.Tasks(sys, d.ID)
			must(t, err)
			for _, x := range now {
				if x.State == "open" && x.Node == done.Node {
					open = x
				}
			}
		}
		switch s.Kind {
		case dossier.PastFiled:
			draft, err := w.Dossiers.StartDraft(filer, from.ProcedureCode, offer, channel)
			must(t, err)
			draft.Data = map[string]any{}
			must(t, db.FromJSON(string(from.Form), &draft.Data))
			draft.Extra = dossier.Extra{Copies: 1}
			if channel != dossier.Online {
				draft.Extra.Consent, draft.Extra.Shown = true, way.Papers
			}
			must(t, w.Dossiers.SaveDraft(filer, draft))
			if channel == dossier.Online {
				for _, c := range way.Papers {
					_, err = w.Dossiers.Attach(filer, draft.ID, "paper", c, c+".pdf", int64(len(pdf)), strings.NewReader(pdf))
					must(t, err)
				}
			}
			d, err = w.Dossiers.Submit(filer, draft.ID)
			must(t, err)
		case dossier.PastTask:
			if done.Action == dossier.ActionNumber {
				for _, f := range files {
					if f.Kind == "result" {
						_, err = w.Dossiers.Attach(as(open.Unit, open.Role), d.ID, "result", "", f.Name, int64(len(pdf)), strings.NewReader(pdf))
						must(t, err)
					}
				}
			}
			st := dossier.Step{Task: open.ID, Outcome: done.Outcome, Note: done.Note, Number: "15/GP"}
			if done.Action == dossier.ActionAssign {
				st.Assignee = actor.From(as(open.Unit, "specialist")).Account
			}
			d, err = w.Dossiers.Complete(as(open.Unit, open.Role), st)
			must(t, err)
		case dossier.PastAsk:
			d, err = w.Dossiers.AskSupplement(as(open.Unit, open.Role), open.ID, asked[0].Items, asked[0].Reason)
			must(t, err)
		case dossier.PastAnswer:
			for _, f := range files {
				if f.Kind == "supplement" {
					_, err = w.Dossiers.Attach(filer, d.ID, "supplement", f.Component, f.Name, int64(len(pdf)), strings.NewReader(pdf))
					must(t, err)
				}
			}
			d, err = w.Dossiers.Answer(filer, d.ID, nil, asked[0].AnswerNote)
			must(t, err)
		case dossier.PastExtend:
			e := from.Clock[slices.IndexFunc(from.Clock, func(e worktime.Entry) bool { return e.Term != nil })]
			d, err = w.Dossiers.Extend(as(d.Holder, "leader"), d.ID, e.Term.N, e.Reason)
			must(t, err)
		case dossier.PastDuty:
			now, err := w.Dossiers.Tasks(sys, d.ID)
			must(t, err)
			for _, x := range now {
				if x.State == "open" {
					d, err = w.Dossiers.SetDuty(as(x.Unit, "specialist"), d.ID, 1_500_000, from.Extra.Duty)
					must(t, err)
				}
			}
		case dossier.PastPayment:
			paid, err := w.Dossiers.Payments(sys, told)
			must(t, err)
			d, err = w.Dossiers.Pay(as(from.Reception, "cashier"), d.ID, paid[0].Amount, paid[0].Method, "R "+d.Code, "")
			must(t, err)
		}
	}
	return d.ID
}

// story is everything stored about a dossier, with what must differ between two of them removed.
func story(t *testing.T, w *dossiertest.World, of id.ID) map[string]any {
	t.Helper()
	sys := actor.With(context.Background(), actor.System("test"))
	d, err := w.Dossiers.Get(sys, of)
	must(t, err)
	tasks, err := w.Dossiers.Tasks(sys, of)
	must(t, err)
	history, err := w.Dossiers.History(sys, of)
	must(t, err)
	files, err := w.Dossiers.Files(sys, of)
	must(t, err)
	asked, err := w.Dossiers.Supplements(sys, of)
	must(t, err)
	paid, err := w.Dossiers.Payments(sys, of)
	must(t, err)
	citizen := actor.From(w.Citizen("Hoàng Văn Tuyến", 2)).Account
	mine := func(i *id.ID) {
		if *i == citizen {
			*i = id.ID{}
		}
	}
	place := map[id.ID]string{}
	for _, x := range tasks {
		place[x.ID] = fmt.Sprintf("%s %d", x.Node, x.Token)
	}
	undo := map[string]string{}
	for _, x := range tasks {
		for _, o := range x.Undo.Opened {
			undo[place[x.ID]] = place[o]
		}
		x.ID, x.Dossier, x.Undo = id.ID{}, id.ID{}, dossier.Task{}.Undo
		mine(&x.CreatedBy)
		mine(&x.DoneBy)
	}
	for i := range history {
		mine(&history[i].Actor)
		for _, k := range []string{"old", "new"} {
			if s, ok := history[i].Data[k].(string); ok {
				at, err := time.Parse(time.RFC3339, s)
				must(t, err)
				history[i].Data[k] = at.UTC().String()
			}
		}
		delete(history[i].Data, "receipt")
	}
	for i := range files {
		mine(&files[i].By)
		files[i].ID, files[i].Dossier = id.ID{}, id.ID{}
	}
	for _, x := range asked {
		undo["asked at"] = place[x.Task]
		x.ID, x.Dossier, x.Task = id.ID{}, id.ID{}, id.ID{}
	}
	for _, x := range paid {
		x.ID, x.Dossier, x.Code, x.Receipt = id.ID{}, id.ID{}, "", ""
	}
	mine(&d.Account)
	d.ID, d.Code = id.ID{}, d.Code[:strings.LastIndex(d.Code, "-")]
	form := string(d.Form)
	d.Form = nil
	rows, err := w.DB.Read(sys).Query(`SELECT agency_id FROM dossier_party WHERE dossier_id = $1 ORDER BY agency_id`, of)
	parties, err := db.Collect[id.ID](rows, err)(func(r *sql.Rows) (p id.ID, err error) { return p, r.Scan(&p) })
	must(t, err)
	return map[string]any{"dossier": *d, "form": form, "tasks": tasks, "history": history, "files": files, "asked": asked, "paid": paid, "undo": undo, "parties": parties, "marks": marks(t, w.DB, of)}
}

// figures are all rows of the rollups that say something.
func figures(t *testing.T, d *db.DB) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	q := d.Read(context.Background())
	for _, c := range []string{"submitted", "received", "refused", "withdrawn", "stopped", "on_time", "late", "returned"} {
		read(t, out, q, `SELECT procedure_code, channel, day, agency_id, '`+c+`', 0, `+c+` FROM dossier_day WHERE `+c+` <> 0`)
	}
	read(t, out, q, `SELECT procedure_code, channel, '', agency_id, 'open', due_at, n FROM dossier_open WHERE n <> 0`)
	read(t, out, q, `SELECT procedure_code, channel, day, agency_id, 'move', due_at, n FROM dossier_move WHERE n <> 0`)
	return out
}

func read(t *testing.T, out map[string]int64, q db.Reader, query string) {
	t.Helper()
	rows, err := q.Query(query)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var procedure, day, what string
		var channel, due, n int64
		var agency id.ID
		must(t, rows.Scan(&procedure, &channel, &day, &agency, &what, &due, &n))
		out[fmt.Sprint(procedure, " ", channel, " ", day, " ", agency, " ", what, " ", due)] = n
	}
	must(t, rows.Err())
}

// diff is what b has more than a.
func diff(a, b map[string]int64) map[string]int64 {
	out := map[string]int64{}
	for k, n := range b {
		if n != a[k] {
			out[k] = n - a[k]
		}
	}
	for k, n := range a {
		if _, still := b[k]; !still {
			out[k] = -n
		}
	}
	return out
}

// marks says where each line of the dossier's history leaves it open.
func marks(t *testing.T, d *db.DB, of id.ID) (out []string) {
	t.Helper()
	rows, err := d.Read(context.Background()).Query(`SELECT n, open_agency, coalesce(open_due, -2) FROM dossier_entry WHERE dossier_id = $1 ORDER BY n`, of)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var n, due int64
		var agency id.ID
		must(t, rows.Scan(&n, &agency, &due))
		out = append(out, fmt.Sprint(n, " ", agency, " ", due))
	}
	must(t, rows.Err())
	return out
}
