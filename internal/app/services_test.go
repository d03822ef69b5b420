package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lienthong/internal/app"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
	"lienthong/internal/module/procedure"
	"lienthong/packs"
)

// The running program calls the address that a process names, signed, and the dossier goes on by the
// answer; a list of addresses with a mistake keeps it from starting.
func TestProgramCallsServices(t *testing.T) {
	const secret = "sixteen letters!"
	called := make(chan string, 10)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		sig := r.Header.Get("Lienthong-Signature")
		at := time.Unix(0, 0)
		var unix int64
		if _, e := fmt.Sscanf(sig, "t=%d,", &unix); e == nil {
			at = time.Unix(unix, 0)
		}
		if err != nil || sig != dossier.Sign(secret, at, body) {
			t.Errorf("a call signed %q", sig)
		}
		called <- r.Header.Get("Idempotency-Key")
		fmt.Fprint(w, `{"result": 1000}`)
	}))
	defer srv.Close()
	ctx := context.Background()
	file := filepath.Join(t.TempDir(), "services.json")
	put := func(s string) {
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := options(t, t.TempDir(), false)
	o.Config.Services = file
	put(`[{"name":"treasury","url":"http://elsewhere.example.vn","secret":"` + secret + `"}]`)
	if a, err := app.New(ctx, o); err == nil || !strings.Contains(err.Error(), "service treasury: the address must be https") {
		t.Fatalf("a list with a mistake: %v", err)
		a.Close(ctx)
	}
	put(`[{"name":"treasury","url":"` + srv.URL + `","secret":"` + secret + `"}]`)
	a, err := app.New(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close(ctx)
	if err := a.Start(ctx); err != nil {
		t.Fatal(err)
	}
	d := received(t, a, dossiertest.Asking)
	select {
	case key := <-called:
		if !strings.HasPrefix(key, d.ID.String()) {
			t.Errorf("called with the key %q", key)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("nobody was called")
	}
	system := actor.With(ctx, actor.System("test"))
	for range 200 {
		now, err := a.Dossiers.Get(system, d.ID)
		if err != nil {
			t.Fatal(err)
		}
		if w := now.Process.Waiting(); len(w) == 1 && w[0].Node == "tax" && now.Process.Vars["tax"] == 1000.0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("the dossier did not go on by the answer")
}

// received publishes the process for the registration of births, files one at a counter and returns it.
func received(t *testing.T, a *app.App, process string) *dossier.Dossier {
	t.Helper()
	const code, commune = "1.001193", "xa-02020"
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, who := context.Background(), actor.System("test")
	check(a.Procedures.PutProcess(ctx, who, "hoi-kho-bac", []byte(process)))
	v, err := a.Procedures.NewDraft(ctx, who, code)
	check(err)
	v.Record.Process = "hoi-kho-bac"
	v, err = a.Procedures.SaveDraft(ctx, who, v.ID, v.Revision, procedure.Change{Record: v.Record, EffectiveFrom: v.EffectiveFrom})
	check(err)
	_, err = a.Procedures.Publish(ctx, who, v.ID, v.Revision)
	check(err)
	tree, err := a.Org.Tree(ctx)
	check(err)
	unit, ok := tree.ByKey(commune)
	if !ok {
		t.Fatal("no commune")
	}
	counter := actor.Actor{Kind: actor.Staff, Account: id.NewSource(nil).New(), Name: "Một cửa", Agency: unit.ID, Unit: unit.ID, Lang: "vi",
		Grants: []actor.Grant{{Perm: dossier.PermRead, Agency: unit.ID}, {Perm: dossier.PermReceive, Agency: unit.ID}}}
	ctx = actor.With(ctx, counter)
	dr, err := a.Dossiers.StartDraft(ctx, code, unit.ID, dossier.Counter)
	check(err)
	pack, err := packs.Open("bac-kan")
	check(err)
	raw, err := fs.ReadFile(pack, "forms/"+v.FormKey+"/example.json")
	check(err)
	check(json.Unmarshal(raw, &dr.Data))
	dr.Extra.Consent = true
	check(a.Dossiers.SaveDraft(ctx, dr))
	for _, c := range v.Record.ComponentsOf("") {
		if c.Required && !c.EForm && !c.Presented {
			const pdf = "%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
			_, err := a.Dossiers.Attach(ctx, dr.ID, "paper", c.Code, "a.pdf", int64(len(pdf)), strings.NewReader(pdf))
			check(err)
		}
	}
	d, err := a.Dossiers.Submit(ctx, dr.ID)
	check(err)
	return d
}
