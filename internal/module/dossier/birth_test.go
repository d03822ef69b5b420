package dossier_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
	"lienthong/packs"
)

const (
	banglung = "xa-02020" // thị trấn Bằng Lũng
	pdf      = "%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
)

// example returns the filled example of a pack's form.
func example(t testing.TB, form string) map[string]any {
	t.Helper()
	pack, err := packs.Open("bac-kan")
	must(t, err)
	raw, err := fs.ReadFile(pack, "forms/"+form+"/example.json")
	must(t, err)
	var m map[string]any
	must(t, json.Unmarshal(raw, &m))
	return m
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fill starts a draft, fills the form with its example and attaches a file for every paper.
func fill(t testing.TB, w *dossiertest.World, ctx context.Context, code string, agency id.ID, channel int) *dossier.Draft {
	t.Helper()
	d, err := w.Dossiers.StartDraft(ctx, code, agency, channel)
	must(t, err)
	p, err := w.Proc.ByVersion(ctx, d.ProcedureVersion)
	must(t, err)
	d.Data = example(t, p.FormKey)
	d.Extra.Consent = channel != dossier.Online
	must(t, w.Dossiers.SaveDraft(ctx, d))
	for _, c := range p.Record.ComponentsOf("") {
		if c.Required && !c.EForm && !c.Presented {
			_, err := w.Dossiers.Attach(ctx, d.ID, "paper", c.Code, c.Code+".pdf", int64(len(pdf)), strings.NewReader(pdf))
			must(t, err)
		}
	}
	return d
}

func status(t *testing.T, d *dossier.Dossier, want dossier.Status) {
	t.Helper()
	if d.Status != want {
		t.Fatalf("%s has status %d, want %d (process %+v)", d.Code, d.Status, want, d.Process)
	}
}

// task returns the only open task of the dossier, checking its action.
func task(t *testing.T, w *dossiertest.World, d *dossier.Dossier, action string) *dossier.Task {
	t.Helper()
	tasks, err := w.Dossiers.Tasks(context.Background(), d.ID)
	must(t, err)
	for _, x := range tasks {
		if x.State == "open" && x.Action == action {
			return x
		}
	}
	var have []string
	for _, x := range tasks {
		have = append(have, x.Action+" "+x.State)
	}
	t.Fatalf("%s has no open task %q, only %v", d.Code, action, have)
	return nil
}

// forward completes the dossier's open task of the action with its first forward outcome.
func forward(t *testing.T, w *dossiertest.World, ctx context.Context, d *dossier.Dossier, action string) *dossier.Dossier {
	t.Helper()
	x := task(t, w, d, action)
	p, err := w.Proc.ByVersion(ctx, d.ProcedureVersion)
	must(t, err)
	outcome := ""
	for _, o := range p.Process.Node(x.Node).Outcomes {
		if outcome == "" && (o.Kind == "forward" || o.Kind == "finish") {
			outcome = o.Key
		}
	}
	d, err = w.Dossiers.Complete(ctx, dossier.Step{Task: x.ID, Outcome: outcome, Number: "15/TLKS"})
	must(t, err)
	return d
}

func noTrouble(t *testing.T, w *dossiertest.World) {
	t.Helper()
	bad, err := w.Dossiers.Recount(context.Background())
	must(t, err)
	for _, b := range bad {
		t.Error(b)
	}
}

func TestBirthOnlineFromPhoneToResult(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		citizen := w.Citizen("Nông Thị Hoa", 0)
		commune := w.Unit(banglung)
		draft := fill(t, w, citizen, "1.001193", commune, dossier.Online)
		dos, err := w.Dossiers.Submit(citizen, draft.ID)
		must(t, err)
		status(t, dos, dossier.StatusNew)
		if !strings.HasSuffix(dos.Code, ".H03-261123-0001") {
			t.Errorf("code %s", dos.Code)
		}
		again, err := w.Dossiers.Submit(citizen, draft.ID)
		must(t, err)
		if again.Code != dos.Code || again.Version != dos.Version {
			t.Errorf("submitting again gave %s version %d", again.Code, again.Version)
		}
		if _, err := w.Dossiers.Submit(w.Citizen("Somebody else", 2), draft.ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("another citizen submits the draft: %v", err)
		}

		counter := w.Staff("Một cửa", banglung, "receiver")
		must(t, wl(t, w, counter, 1))
		other := w.Staff("Nơi khác", "xa-01834", "receiver", "specialist", "leader", "clerk")
		must(t, wl(t, w, other, 0))
		if _, err := w.Dossiers.Open(other, dos.Code); fault.KindOf(err) != fault.NotFound {
			t.Errorf("another commune opens the dossier: %v", err)
		}
		if _, err := w.Dossiers.Complete(other, dossier.Step{Task: task(t, w, dos, "receive").ID, Outcome: "accept"}); fault.KindOf(err) != fault.NotFound {
			t.Errorf("another commune receives the dossier: %v", err)
		}

		dos = forward(t, w, counter, dos, "receive")
		status(t, dos, dossier.StatusReceived)
		if got := dos.Due.Format("2006-01-02 15:04"); got != "2026-11-23 17:00" {
			t.Errorf("received at 08:00, due %s", got)
		}
		w.Later(time.Hour)
		dos = forward(t, w, w.Staff("Tư pháp", banglung, "specialist"), dos, "examine")
		dos = forward(t, w, w.Staff("Chủ tịch", banglung, "leader"), dos, "approve")
		dos = forward(t, w, w.Staff("Văn thư", banglung, "clerk"), dos, "number")
		status(t, dos, dossier.StatusFinished)
		if dos.Late || dos.Finished.IsZero() {
			t.Errorf("finished at %s, late %t", dos.Finished, dos.Late)
		}
		dos = forward(t, w, counter, dos, "return")
		status(t, dos, dossier.StatusReturned)
		must(t, w.Dossiers.Rate(citizen, dos.ID, 1, "nhanh"))
		if err := w.Dossiers.Rate(citizen, dos.ID, 2, ""); fault.KindOf(err) != fault.Conflict {
			t.Errorf("rated twice: %v", err)
		}
		noTrouble(t, w)

		g, err := w.Dossiers.Lookup(citizen, dossiertest.NoLimits{}, dos.Code, strings.ToLower(w.Dossiers.Secret(dos.ID, 0)))
		must(t, err)
		if g.View.Status != dossier.StatusReturned || strings.Contains(g.Applicant, "Hoa") {
			t.Errorf("look-up shows %d %q", g.View.Status, g.Applicant)
		}
		_, wrong := w.Dossiers.Lookup(citizen, dossiertest.NoLimits{}, dos.Code, "AAA-AAA-AAA")
		_, none := w.Dossiers.Lookup(citizen, dossiertest.NoLimits{}, dos.Code+"1", w.Dossiers.Secret(dos.ID, 0))
		if wrong == nil || none == nil || wrong.Error() != none.Error() {
			t.Errorf("wrong secret says %v, wrong code %v", wrong, none)
		}
	})
}

// wl checks how long the actor's worklist is.
func wl(t *testing.T, w *dossiertest.World, ctx context.Context, want int) error {
	t.Helper()
	items, err := w.Dossiers.Worklist(ctx, dossier.WorkFilter{})
	if err != nil {
		return err
	}
	c, err := w.Dossiers.Counts(ctx)
	if err != nil {
		return err
	}
	if len(items) != want || c.All != want {
		t.Errorf("%d lines, counted %d, want %d", len(items), c.All, want)
	}
	return nil
}

// actorOf returns the account that acts in the context.
func actorOf(ctx context.Context) id.ID { return actor.From(ctx).Account }
