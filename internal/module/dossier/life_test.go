package dossier_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

// outcome completes the dossier's open task of the action with the outcome.
func outcome(t *testing.T, w *dossiertest.World, ctx context.Context, d *dossier.Dossier, action, key, note string) *dossier.Dossier {
	t.Helper()
	d, err := w.Dossiers.Complete(ctx, dossier.Step{Task: task(t, w, d, action).ID, Outcome: key, Note: note, Number: "15/GP"})
	must(t, err)
	return d
}

func kind(t *testing.T, what string, err error, want fault.Kind) {
	t.Helper()
	if fault.KindOf(err) != want || err == nil {
		t.Errorf("%s: %v, want kind %d", what, err, want)
	}
}

// Household business at a district: a wrong transfer taken back, a supplement with the clock
// standing, a second one that a leader must allow, an extension, and the result.
func TestHouseholdBusinessWithSupplements(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		w.Clock.Set("2026-11-25 09:00") // a Wednesday
		citizen := w.Citizen("Triệu Văn Sơn", 2)
		draft := fill(t, w, citizen, "1.001612", w.Unit("huyen-cho-don"), dossier.Online)
		dos, err := w.Dossiers.Submit(citizen, draft.ID)
		must(t, err)
		counter := w.Staff("Một cửa", "huyen-cho-don", "receiver", "cashier")
		head := w.Staff("Trưởng phòng", "huyen-cho-don.tckh", "division_head")
		officer := w.Staff("Chuyên viên", "huyen-cho-don.tckh", "specialist")
		leader := w.Staff("Lãnh đạo", "huyen-cho-don", "leader")
		clerk := w.Staff("Văn thư", "huyen-cho-don", "clerk")
		stranger := w.Staff("Phòng khác", "huyen-cho-don.ktht", "specialist")

		received := task(t, w, dos, "receive")
		dos = forward(t, w, counter, dos, "receive")
		if got := civil.From(dos.Due); got != civil.Must("2026-11-30") { // 3 working days after the 25th
			t.Errorf("due on %s", got)
		}
		// The counter takes a wrong transfer back, until somebody accepts it.
		dos, err = w.Dossiers.TakeBack(head, received.ID, "nhầm")
		kind(t, "another takes the transfer back", err, fault.Forbidden)
		_, err = w.Dossiers.TakeBack(counter, received.ID, "")
		kind(t, "taken back without a reason", err, fault.Invalid)
		dos, err = w.Dossiers.TakeBack(counter, received.ID, "chọn nhầm phòng")
		if err == nil {
			status(t, dos, dossier.StatusReceived)
			dos = forward(t, w, counter, dos, "receive")
		} else if fault.KindOf(err) != fault.Conflict {
			t.Fatal(err)
		} else if dos, err = w.Dossiers.ByCode(counter, mustCode(t, w, counter)); err != nil {
			t.Fatal(err)
		}
		assign := task(t, w, dos, "assign")
		_, err = w.Dossiers.Complete(head, dossier.Step{Task: assign.ID, Outcome: "assigned", Assignee: actorOf(stranger)})
		kind(t, "assigned to another division", err, fault.Invalid)
		dos, err = w.Dossiers.Complete(head, dossier.Step{Task: assign.ID, Outcome: "assigned", Assignee: actorOf(officer)})
		must(t, err)
		examine := task(t, w, dos, "examine")
		if examine.AssigneeBy != "Chuyên viên" {
			t.Errorf("assigned to %q", examine.AssigneeBy)
		}
		_, err = w.Dossiers.Claim(stranger, examine.ID)
		kind(t, "another division claims the task", err, fault.Forbidden)
		dos, err = w.Dossiers.Claim(officer, examine.ID)
		must(t, err)
		status(t, dos, dossier.StatusProcessing)

		w.Clock.Set("2026-11-26 09:00")
		_, err = w.Dossiers.AskSupplement(officer, examine.ID, nil, "thiếu")
		kind(t, "a request that names nothing", err, fault.Invalid)
		defects := []dossier.Defect{{Name: "Biên bản họp", What: "thiếu chữ ký"}, {Name: "Giấy đề nghị", What: "sai ngành nghề"}}
		dos, err = w.Dossiers.AskSupplement(officer, examine.ID, defects, "Hồ sơ chưa đủ")
		must(t, err)
		status(t, dos, dossier.StatusSupplement)
		if !dos.Due.IsZero() || !dos.Paused() {
			t.Errorf("the clock runs during a supplement, due %s", dos.Due)
		}
		w.Clock.Set("2026-12-07 09:00")
		_, err = w.Dossiers.Answer(citizen, dos.ID, nil, "")
		kind(t, "an empty answer", err, fault.Invalid)
		_, err = w.Dossiers.Attach(citizen, dos.ID, "supplement", "", "bien-ban.pdf", int64(len(pdf)), strings.NewReader(pdf))
		must(t, err)
		dos, err = w.Dossiers.Answer(citizen, dos.ID, nil, "đã ký đủ")
		must(t, err)
		status(t, dos, dossier.StatusProcessing)
		if got := civil.From(dos.Due); got < civil.Must("2026-12-08") || got > civil.Must("2026-12-10") {
			t.Errorf("after seven working days of pause the dossier is due on %s", got)
		}

		dos, err = w.Dossiers.AskSupplement(officer, task(t, w, dos, "examine").ID, defects[:1], "vẫn thiếu")
		must(t, err)
		status(t, dos, dossier.StatusProcessing) // proposed only
		list, err := w.Dossiers.Supplements(leader, dos.ID)
		must(t, err)
		_, err = w.Dossiers.DecideSupplement(officer, list[1].ID, true, "")
		kind(t, "the officer approves himself", err, fault.NotFound)
		dos, err = w.Dossiers.DecideSupplement(leader, list[1].ID, false, "đã đủ rồi")
		must(t, err)
		status(t, dos, dossier.StatusProcessing)

		due := dos.Due
		_, err = w.Dossiers.Extend(officer, dos.ID, 2, "xin ý kiến")
		kind(t, "the officer extends", err, fault.Forbidden)
		dos, err = w.Dossiers.Extend(leader, dos.ID, 2, "xin ý kiến")
		must(t, err)
		if !dos.Due.After(due) {
			t.Errorf("extended from %s to %s", due, dos.Due)
		}
		_, err = w.Dossiers.Extend(leader, dos.ID, 2, "lần nữa")
		kind(t, "extended twice", err, fault.Conflict)
		dos, err = w.Dossiers.Hold(leader, dos.ID, "chờ công an trả lời")
		must(t, err)
		status(t, dos, dossier.StatusStopped)
		dos, err = w.Dossiers.Resume(leader, dos.ID, "")
		must(t, err)
		status(t, dos, dossier.StatusProcessing)

		dos, err = w.Dossiers.Pay(counter, dos.ID, dos.Fee-dos.FeePaid, "cash", "0001", "")
		if dos == nil || err != nil {
			t.Fatalf("paying the fee: %v", err)
		}
		_, err = w.Dossiers.Pay(counter, dos.ID, 1000, "cash", "0002", "")
		kind(t, "paying more than is due", err, fault.Conflict)

		dos = outcome(t, w, officer, dos, "examine", "pass", "")
		dos = forward(t, w, head, dos, "check")
		dos = outcome(t, w, leader, dos, "approve", "back", "sửa lại")
		dos = forward(t, w, head, dos, actionOfOpen(t, w, dos))
		dos = forwardTo(t, w, dos, map[string]context.Context{"examine": officer, "check": head, "approve": leader, "number": clerk}, "return")
		status(t, dos, dossier.StatusFinished)
		_, err = w.Dossiers.Withdraw(citizen, dos.ID, "thôi")
		kind(t, "withdrawn after the end", err, fault.Conflict)
		dos = forward(t, w, counter, dos, "return")
		status(t, dos, dossier.StatusReturned)
		noTrouble(t, w)

		history, err := w.Dossiers.History(citizen, dos.ID)
		must(t, err)
		for i, e := range history {
			if e.N != i+1 {
				t.Fatalf("entry %d is number %d", i, e.N)
			}
		}
	})
}

func mustCode(t *testing.T, w *dossiertest.World, ctx context.Context) string {
	t.Helper()
	hits, err := w.Dossiers.Find(ctx, "261125")
	must(t, err)
	if len(hits) != 1 {
		t.Fatalf("%d hits", len(hits))
	}
	return hits[0].Code
}

func actionOfOpen(t *testing.T, w *dossiertest.World, d *dossier.Dossier) string {
	t.Helper()
	tasks, err := w.Dossiers.Tasks(context.Background(), d.ID)
	must(t, err)
	for _, x := range tasks {
		if x.State == "open" {
			return x.Action
		}
	}
	t.Fatal("no open task")
	return ""
}

// forwardTo moves a dossier on until the task of the action is open.
func forwardTo(t *testing.T, w *dossiertest.World, d *dossier.Dossier, who map[string]context.Context, action string) *dossier.Dossier {
	t.Helper()
	for range 12 {
		a := actionOfOpen(t, w, d)
		if a == action {
			return d
		}
		d = forward(t, w, who[a], d, a)
	}
	t.Fatalf("%s never reached %s", d.Code, action)
	return nil
}

// Commune, district and province in one process; each sees the dossier only once it takes part.
func TestInterlinkedOverThreeLevels(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		counter := w.Staff("Một cửa xã", banglung, "receiver")
		draft := fill(t, w, counter, "1.010803", w.Unit(banglung), dossier.Counter)
		dos, err := w.Dossiers.Submit(counter, draft.ID)
		must(t, err)
		status(t, dos, dossier.StatusReceived)
		if dos.Account != (id.ID{}) {
			t.Error("a dossier filed at a counter belongs to an account nobody checked")
		}
		commune := w.Staff("Công chức", banglung, "specialist")
		chairman := w.Staff("Chủ tịch xã", banglung, "leader")
		district := w.Staff("Huyện", "huyen-cho-don.ldtbxh", "specialist")
		districtLeader := w.Staff("Lãnh đạo huyện", "huyen-cho-don", "leader")
		department := w.Staff("Sở", "so-ldtbxh", "specialist", "division_head")
		departmentLeader := w.Staff("Lãnh đạo sở", "so-ldtbxh", "leader")
		clerk := w.Staff("Văn thư sở", "so-ldtbxh", "clerk")
		_, err = w.Dossiers.Open(district, dos.Code)
		kind(t, "the district looks before its turn", err, fault.NotFound)
		dos = forward(t, w, commune, dos, "examine")
		dos = forward(t, w, chairman, dos, "approve")
		if _, err = w.Dossiers.Open(district, dos.Code); err != nil {
			t.Errorf("the district looks in its turn: %v", err)
		}
		dos = forward(t, w, district, dos, "examine")
		dos = forward(t, w, districtLeader, dos, "approve")
		dos = forward(t, w, department, dos, "examine")
		dos = forward(t, w, departmentLeader, dos, "approve")
		if dos.Holder != w.Unit("so-ldtbxh") {
			t.Error("the department does not hold the dossier")
		}
		dos = forward(t, w, clerk, dos, "number")
		status(t, dos, dossier.StatusFinished)
		dos = forward(t, w, counter, dos, "return")
		status(t, dos, dossier.StatusReturned)
		noTrouble(t, w)

		n, err := w.Dossiers.JoinVerified(counter, actorOf(w.Citizen("Người nộp", 2)), dos.Applicant.Doc)
		must(t, err)
		mine, err := w.Dossiers.MinePage(w.Citizen("Người nộp", 2), dossier.Moment{}, 50)
		must(t, err)
		if n != 1 || len(mine) != 1 || mine[0].Code != dos.Code {
			t.Errorf("after the card was checked %d dossiers joined, %d are shown", n, len(mine))
		}
	})
}

// Many file at one agency at the same moment: every code is used once and none is left out.
func TestCodesConcurrent(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		const n = 24
		drafts := make([]*dossier.Draft, n)
		people := make([]context.Context, n)
		for i := range drafts {
			people[i] = w.Citizen(fmt.Sprint("Công dân ", i), 0)
			drafts[i] = fill(t, w, people[i], "1.004873", w.Unit(banglung), dossier.Online)
		}
		codes := make([][2]string, n)
		var wg sync.WaitGroup
		for i := range drafts {
			for j := range 2 { // each twice, as an impatient thumb does
				wg.Go(func() {
					dos, err := w.Dossiers.Submit(people[i], drafts[i].ID)
					if err != nil {
						t.Error(err)
						return
					}
					codes[i][j] = dos.Code
				})
			}
		}
		wg.Wait()
		seen := map[string]bool{}
		for _, c := range codes {
			if c[0] != c[1] {
				t.Errorf("one draft became %s and %s", c[0], c[1])
			}
			seen[c[0]] = true
		}
		for i := 1; i <= n; i++ {
			if suffix := fmt.Sprintf("-261123-%04d", i); !has(seen, suffix) {
				t.Errorf("no dossier has the number %s", suffix)
			}
		}
		noTrouble(t, w)
	})
}

func has(seen map[string]bool, suffix string) bool {
	for c := range seen {
		if strings.HasSuffix(c, suffix) {
			return true
		}
	}
	return false
}

// Two officials press the same button: one acts, the other is told.
func TestSameTaskConcurrent(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		citizen := w.Citizen("Lý Thị Mẩy", 0)
		draft := fill(t, w, citizen, "1.001193", w.Unit(banglung), dossier.Online)
		dos, err := w.Dossiers.Submit(citizen, draft.ID)
		must(t, err)
		x := task(t, w, dos, "receive")
		var wg sync.WaitGroup
		var mu sync.Mutex
		won, told := 0, 0
		for i := range 8 {
			ctx := w.Staff(fmt.Sprint("Cán bộ ", i), banglung, "receiver")
			wg.Go(func() {
				_, err := w.Dossiers.Complete(ctx, dossier.Step{Task: x.ID, Outcome: "accept"})
				mu.Lock()
				defer mu.Unlock()
				switch fault.KindOf(err) {
				case fault.Conflict:
					told++
				default:
					if err != nil {
						t.Error(err)
					}
					won++
				}
			})
		}
		wg.Wait()
		if won != 1 || told != 7 {
			t.Errorf("%d acted, %d were told", won, told)
		}
		noTrouble(t, w)
	})
}

// Whatever people do in whatever order, the figures equal a recount and the clock stays sane.
func TestFiguresOfRandomLives(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		counter := w.Staff("Một cửa", "huyen-cho-don", "receiver", "cashier", "leader", "clerk")
		division := w.Staff("Phòng", "huyen-cho-don.tckh", "division_head", "specialist")
		run := 0
		rapid.Check(t, func(r *rapid.T) {
			run++
			if run > 25 { // each life costs many commits
				return
			}
			citizen := w.Citizen("Công dân", 0)
			draft := fill(t, w, citizen, "1.001612", w.Unit("huyen-cho-don"), dossier.Online)
			dos, err := w.Dossiers.Submit(citizen, draft.ID)
			must(t, err)
			for range rapid.IntRange(0, 14).Draw(r, "acts") {
				w.Later(time.Duration(rapid.IntRange(1, 20*60).Draw(r, "minutes")) * time.Minute)
				dos = randomAct(t, r, w, dos, citizen, counter, division)
			}
		})
		noTrouble(t, w)
	})
}

func randomAct(t *testing.T, r *rapid.T, w *dossiertest.World, d *dossier.Dossier, citizen, counter, division context.Context) *dossier.Dossier {
	next := d
	var err error
	switch rapid.IntRange(0, 9).Draw(r, "act") {
	case 0:
		next, err = w.Dossiers.Withdraw(citizen, d.ID, "thôi")
	case 1:
		next, err = w.Dossiers.Hold(counter, d.ID, "chờ")
	case 2:
		next, err = w.Dossiers.Resume(counter, d.ID, "")
	case 3:
		next, err = w.Dossiers.Extend(counter, d.ID, 1, "chậm")
	case 4:
		next, err = w.Dossiers.Answer(citizen, d.ID, nil, "đây")
	default:
		tasks, e := w.Dossiers.Tasks(counter, d.ID)
		must(t, e)
		p, e := w.Proc.ByVersion(counter, d.ProcedureVersion)
		must(t, e)
		for _, x := range tasks {
			if x.State != "open" || x.Agency.Zero() {
				continue
			}
			who := counter
			if x.Role == "specialist" || x.Role == "division_head" {
				who = division
			}
			outs := p.Process.Node(x.Node).Outcomes
			o := outs[rapid.IntRange(0, len(outs)-1).Draw(r, "outcome")]
			if o.Kind == "supplement" {
				next, err = w.Dossiers.AskSupplement(who, x.ID, []dossier.Defect{{Name: "giấy", What: "mờ"}}, "mờ")
			} else {
				next, err = w.Dossiers.Complete(who, dossier.Step{Task: x.ID, Outcome: o.Key, Note: "ghi", Number: "1"})
			}
			break
		}
	}
	var f *fault.Error
	if err != nil && !errors.As(err, &f) {
		t.Fatalf("an act on %s (status %d): %v", d.Code, d.Status, err)
	}
	if err != nil {
		return d
	}
	if next.Open() != (!next.Received.IsZero() && next.Finished.IsZero() && !next.Closed()) || next.Paused() && !next.Due.IsZero() {
		t.Fatalf("%s: status %d, due %s, finished %s", next.Code, next.Status, next.Due, next.Finished)
	}
	return next
}
