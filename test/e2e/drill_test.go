package e2e

import (
	"bytes"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lienthong/internal/app"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/jobs"
	"lienthong/internal/kit/testkit"
)

// background lets a goroutine use a client: a failure is remembered and ends the goroutine alone.
type background struct {
	testing.TB
	mu   sync.Mutex
	said []string
}

func (b *background) Helper() {}
func (b *background) Fatalf(f string, args ...any) {
	b.mu.Lock()
	b.said = append(b.said, fmt.Sprintf(f, args...))
	b.mu.Unlock()
	runtime.Goexit()
}
func (b *background) Fatal(args ...any) { b.Fatalf("%s", fmt.Sprint(args...)) }

// attachOwn adds a file that no other dossier has to a draft, beside one that it has.
func (c *client) attachOwn(draft string) {
	c.t.Helper()
	component := c.call("GET", "/drafts/"+draft, nil).list("files")[0].text("component")
	ctype, body := multipartBody(c.t, nil, map[string]string{"file": pdf + "% " + draft + "\n"})
	c.send("POST", "/api/v1/files?dossier="+draft+"&kind=paper&component="+component, ctype, body).want(c.t, 201)
}

// load files dossiers and receives them, one after the other, until stop is called; stop returns
// how many were filed. acknowledged gives the codes whose filing had been answered by then.
func (p *province) load(t *testing.T) (acknowledged func() []string, stop func() int) {
	t.Helper()
	p.program(t, citizenDung)
	p.program(t, banglungCounter)
	back := &background{TB: t}
	var mu sync.Mutex
	var codes []string
	var end atomic.Bool
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			dung, desk := *p.people["api "+citizenDung], *p.people["api "+banglungCounter]
			dung.t, desk.t = back, back
			for !end.Load() {
				draft := dung.draftByAPI(birthCode, "xa-02020", 2, example(back, "khai-sinh"))
				dung.attachOwn(draft)
				code := dung.call("POST", "/drafts/"+draft+"/submit", nil).text("code")
				mu.Lock()
				codes = append(codes, code)
				mu.Unlock()
				desk.complete(code, "receive", "accept")
			}
		})
	}
	acknowledged = func() []string { mu.Lock(); defer mu.Unlock(); return slices.Clone(codes) }
	return acknowledged, func() int {
		end.Store(true)
		wg.Wait()
		for _, s := range back.said {
			t.Errorf("the load: %s", s)
		}
		return len(acknowledged())
	}
}

// secretOf returns the look-up secret of a citizen's dossier.
func (p *province) secretOf(t *testing.T, citizen, code string) string {
	t.Helper()
	return p.program(t, citizen).call("GET", "/dossiers/"+code, nil).text("lookup_secret")
}

// contents returns the rows of every table as texts, sorted, and the jobs that have not ended.
func contents(t *testing.T, url string) map[string][]string {
	t.Helper()
	d, err := db.OpenDump(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	tables, err := d.Tables()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, x := range tables {
		rows := []string{}
		err := d.Rows(x, func(row []any) error { rows = append(rows, fmt.Sprintf("%q", row)); return nil })
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(rows)
		out[x.Name] = rows
	}
	waiting, err := jobs.Unfinished(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range waiting {
		out["jobs"] = append(out["jobs"], w.Kind+" "+strings.ReplaceAll(string(w.Args), " ", ""))
	}
	slices.Sort(out["jobs"])
	return out
}

// changed are the tables that a restore itself writes to, with the reason.
func changed() map[string]string {
	return map[string]string{
		"iam_ledger":       "one row says that there was a restore; rows that waited got their places",
		"iam_ledger_state": "the head moved with them",
		"iam_ledger_node":  "the tree grew with them",
		"iam_ledger_head":  "the head was signed",
		"org_state":        "opening the program looks at the pack's agencies and counts up, so that caches begin anew",
		"kit_outbox":       "what no consumer has a receipt of is published again at once, because the bus begins empty",
	}
}

// same fails the test unless the second holds the rows of the first, table by table.
func same(t *testing.T, what string, a, b map[string][]string) {
	t.Helper()
	rows := 0
	for name, want := range a {
		got := b[name]
		rows += len(want)
		switch {
		case changed()[name] != "":
			if len(got) < len(want) {
				t.Errorf("%s: %s has %d rows, had %d", what, name, len(got), len(want))
			}
		case !slices.Equal(want, got):
			t.Errorf("%s: %s has %d rows, had %d; the first that differ are\n%.600s\n%.600s", what, name, len(got), len(want), without(want, got), without(got, want))
		}
	}
	if len(a) < 40 || rows < 2000 || len(b) != len(a) {
		t.Errorf("%s: only %d rows in %d tables were compared with those in %d", what, rows, len(a), len(b))
	}
}

// without returns the first text of a that b lacks.
func without(a, b []string) string {
	for _, s := range a {
		if _, ok := slices.BinarySearch(b, s); !ok {
			return s
		}
	}
	return "-"
}

// healthy fails the test if doctor, in what was printed, finds anything wrong but what the server
// for tests is: it does not wait for its disk.
func healthy(t *testing.T, printed string, err error) {
	t.Helper()
	bad := err != nil && !strings.Contains(printed, "postgres fsync")
	for line := range strings.Lines(printed) {
		bad = bad || strings.HasPrefix(line, "BAD") && !strings.Contains(line, "postgres fsync")
	}
	if bad || !strings.Contains(printed, "ok   figures") || !strings.Contains(printed, "ok   ledger") || !strings.Contains(printed, "ok   files") {
		t.Fatalf("doctor: %v\n%s", err, printed)
	}
}

// TestRestoreDrill backs a province up while people work, brings it to the other engine and back,
// and goes on there. Nothing is lost on the way.
func TestRestoreDrill(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run("from "+string(engine), func(t *testing.T) {
			first, second := "", testkit.PostgresURL(t)
			third := ""
			if engine == db.Postgres {
				first, second, third = second, "", testkit.PostgresURL(t)
			}
			repo, key := filepath.Join(t.TempDir(), "repo"), filepath.Join(t.TempDir(), "key")
			var out bytes.Buffer
			if err := app.BackupKey(key, &out); err != nil {
				t.Fatal(err)
			}
			a := options(t, t.TempDir(), first, friday())
			p := startOn(t, a)
			own := p.things(t, "xa-02020", citizenSon, banglungCounter, banglungSpecialist, "congan.banglung")
			p.householdPlain(t)
			secret := p.secretOf(t, citizenSon, own["code"])
			acknowledged, stop := p.load(t)
			for len(acknowledged()) < 3 {
				time.Sleep(20 * time.Millisecond)
			}
			backUp := func(o app.Options) string {
				t.Helper()
				out.Reset()
				if err := app.Backup(t.Context(), o, app.BackupOptions{Dir: repo, KeyFile: key}, &out); err != nil {
					t.Fatalf("%v\n%s", err, out.String())
				}
				return out.String()
			}
			backUp(a)
			before := acknowledged()
			backUp(a) // the second stores little
			during := acknowledged()
			t.Logf("%d dossiers filed before the snapshot, %d until its end, %d in all\n%s", len(before), len(during), stop(), out.String())
			restore := func(o app.Options, moved bool) {
				t.Helper()
				out.Reset()
				err := app.Restore(t.Context(), o, app.BackupOptions{Dir: repo, KeyFile: key, Moved: moved}, &out)
				healthy(t, out.String(), err)
			}

			// What was acknowledged before the snapshot is there on the other engine, whole.
			b := options(t, t.TempDir(), second, friday().Add(time.Hour))
			restore(b, false)
			q := startOn(t, b)
			for _, code := range before {
				if d := q.program(t, citizenDung).call("GET", "/dossiers/"+code, nil); len(d.list("files")) == 0 {
					t.Errorf("%s has lost its files", code)
				}
			}
			found := newClient(t, q.base).call("POST", "/lookup", object{"code": own["code"], "secret": secret})
			if found.text("code") != own["code"] {
				t.Errorf("the look-up secret of before opens %v", found)
			}
			// Nobody is signed in any more.
			for _, who := range []string{citizenDung, banglungCounter} {
				old := *p.people["api "+who]
				old.base, old.t = q.base, t
				if a := old.send("GET", "/api/v1/me", "", nil); a.status != 401 {
					t.Errorf("the token that %s had before the restore is answered %d", who, a.status)
				}
			}
			q.program(t, banglungSpecialist).complete(own["code"], "examine", "pass")
			q.stop()

			// A move while nobody works changes nothing, there and back.
			wanted := contents(t, b.Config.DatabaseURL())
			backUp(b)
			c := options(t, t.TempDir(), third, friday().Add(2*time.Hour))
			restore(c, true)
			same(t, "moved", wanted, contents(t, c.Config.DatabaseURL()))
			r := startOn(t, c)
			if d := r.program(t, banglungLeader).call("GET", "/dossiers/"+own["code"], nil); d["status"] != 4.0 {
				t.Errorf("the dossier that was carried on has the status %v", d["status"])
			}
			r.program(t, banglungLeader).complete(own["code"], "approve", "approve")
		})
	}
}
