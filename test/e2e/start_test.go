package e2e

import (
	"context"
	"net"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"lienthong/internal/app"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/config"
	"lienthong/internal/kit/obs"
	"lienthong/internal/module/iam"
)

// The pack of the province, and officials of it. Their names and numbers are invented.
const (
	pack = "bac-kan"

	citizenDung = "0900000001"
	citizenSon  = "0900000002"
	citizenThai = "0900000004"
	citizenLinh = "0900000005" // has no part in any journey
	citizenHoi  = "0900000006"

	banglungCounter    = "motcua.banglung"
	banglungSpecialist = "tuphap.banglung"
	banglungSocial     = "ldtbxh.banglung"
	banglungLeader     = "lanhdao.banglung"
	banglungClerk      = "vanthu.banglung"
	districtLeader     = "lanhdao.chodon"

	birthCode = "1.001193" // đăng ký khai sinh
	spareCode = "1.001731" // a procedure that no journey uses
)

// province is the program as `lienthong demo` starts it, with people who have signed in.
type province struct {
	app  *app.App
	base string
	stop func() // ends the program; the end of the test does it too

	mu     sync.Mutex
	people map[string]*client // by login or telephone number
}

// start starts the program on a data folder of its own. Its clock begins on a Friday morning of
// working hours, so that no deadline depends on the day on which the tests run.
func start(t testing.TB) *province {
	t.Helper()
	return startOn(t, options(t, t.TempDir(), "", friday()))
}

// friday is the morning on which most tests begin.
func friday() time.Time { return time.Date(2026, 11, 20, 8, 0, 0, 0, civil.Zone()) }

// options are those of `lienthong demo` on the data folder and the database, "" for SQLite, with a
// clock that begins at the given time.
func options(t testing.TB, dir, database string, at time.Time) app.Options {
	c := config.Defaults()
	c.Data, c.Database, c.Demo = dir, config.Address(database), true
	begun := time.Now()
	return app.Options{Config: c, Pack: pack, Now: func() time.Time { return at.Add(time.Since(begun)) }, Log: obs.NewLog(t.Output(), "text", c.LogLevel+4)}
}

// startOn starts the program with the options, on an address of its own.
func startOn(t testing.TB, o app.Options) *province {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.Config.Listen = l.Addr().String()
	a, err := app.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	// Everybody here sits behind one address and signs in more often than people do.
	often := []iam.Rule{{N: 100_000, Per: time.Hour}}
	a.IAM.Limits = iam.Limits{CodePerContact: often, CodePerIP: often, CheckPerIP: often, SignInPerIP: often, PerLogin: 1000, PerLoginIP: 1000, MaxWait: time.Minute}
	if _, err := a.LoadDemo(t.Context(), pack); err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(a.Handler())
	srv.Listener.Close()
	srv.Listener = l
	srv.Start()
	p := &province{app: a, base: srv.URL, people: map[string]*client{}}
	p.stop = sync.OnceFunc(func() {
		srv.Close()
		quit, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := a.Close(quit); err != nil {
			t.Errorf("the program does not end well: %v", err)
		}
	})
	t.Cleanup(p.stop)
	return p
}

// staff returns an official, signed in once for all tests.
func (p *province) staff(t testing.TB, login string) *client {
	t.Helper()
	return p.person(t, login, func(c *client) { c.staff(login, app.DemoPassword) })
}

// citizen returns a citizen, signed in once for all tests.
func (p *province) citizen(t testing.TB, phone string) *client {
	t.Helper()
	return p.person(t, phone, func(c *client) { c.citizen(phone) })
}

func (p *province) person(t testing.TB, who string, enter func(*client)) *client {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if kept := p.people[who]; kept != nil {
		c := *kept
		c.t = t
		return &c
	}
	c := newClient(t, p.base)
	enter(c)
	p.people[who] = c
	return c
}

// forget signs everybody in anew from here on.
func (p *province) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.people)
}

// routes returns every page and every operation of the API.
func (p *province) routes() []route {
	var out []route
	for _, r := range p.app.Router.Routes() {
		if r.Pattern != "/api/" { // whose operations follow
			out = append(out, route{method: r.Method, pattern: r.Pattern, perm: string(r.Perm), api: r.API})
		}
	}
	for _, r := range p.app.API.Routes() {
		out = append(out, route{method: r.Method, pattern: r.Pattern, perm: string(r.Perm), api: true})
	}
	return out
}

// TestProvince walks through one running province. The journeys leave dossiers in every state
// behind; the pages are looked at with those, and the matrix, which tries everything, comes last.
// A journey at the keyboard has the browser to itself, because the focus is in one window at a time;
// the others run side by side, as in an office.
func TestProvince(t *testing.T) {
	p := start(t)
	b := startBrowser(t)
	t.Run("counter", func(t *testing.T) { p.birthAtCounter(t, b) })
	t.Run("household without scripts", p.householdPlain)
	t.Run("licence without scripts", p.licencePlain)
	t.Run("interlinked without scripts", p.interlinkedPlain)
	t.Run("birth by programs", p.apiBirth)
	t.Run("counter by programs", p.apiCounter)
	t.Run("household by programs", p.apiHousehold)
	t.Run("licence by programs", p.apiLicence)
	t.Run("interlinked by programs", p.apiInterlinked)
	t.Run("ledger checked by its people", p.ledgerChecked)
	t.Run("journeys", func(t *testing.T) {
		for name, journey := range map[string]func(*testing.T, *browser){"birth": p.birthOnline, "household": p.household, "licence": p.licence, "interlinked": p.interlinked} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				journey(t, b)
			})
		}
	})
	t.Run("pages", func(t *testing.T) { p.pages(t, b) })
	t.Run("matrix", func(t *testing.T) { p.matrix(t) })
}

// TestDescriptionOfTheAPI holds the committed description against what the program serves.
func TestDescriptionOfTheAPI(t *testing.T) {
	p := start(t)
	got, err := p.app.API.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "../../../api/openapi.yaml", string(got))
}
