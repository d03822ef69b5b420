// Package app puts the house together: configuration, records, files, bus, modules, pages and
// API, in this order and readable from top to bottom. It is the only package that knows every
// module. The sub-commands and the end-to-end tests start the same App.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lienthong/internal/app/province"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/blob"
	"lienthong/internal/kit/bus"
	"lienthong/internal/kit/config"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/jobs"
	"lienthong/internal/kit/obs"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/rest"
	"lienthong/internal/kit/web"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/notify"
	"lienthong/internal/module/org"
	"lienthong/internal/module/procedure"
	"lienthong/packs"
)

// Options are what an App is made of.
type Options struct {
	Config config.Config
	Pack   string           // province pack: a name the program carries, "bac-kan", or a folder
	Log    *slog.Logger     // nil discards
	Now    func() time.Time // nil is the machine's clock
	Build  obs.Build

	restoring bool // the folder is allowed to be half restored, because this is what goes on with it
	Past      Past // for Demo
}

// App is the whole program, ready to serve.
type App struct {
	Config     config.Config
	Log        *slog.Logger
	Now        func() time.Time
	DB         *db.DB
	Files      *blob.Folder
	Outbox     *outbox.Outbox
	Bus        *bus.Bus
	Jobs       *jobs.Client
	Org        *org.Service
	IAM        *iam.Service
	Procedures *procedure.Service
	Dossiers   *dossier.Service
	Notify     *notify.Service
	Catalog    *i18n.Catalog
	Router     *web.Router
	API        *rest.API
	Registry   *prometheus.Registry
	Province   province.Info

	build   obs.Build
	ids     *id.Source
	handler http.Handler
	unlock  func()
	http    *obs.HTTP
	stop    func()
	running running
	probe   probe
}

// New opens everything, brings the tables to the newest version, loads the province pack and
// registers pages and API. Nothing runs in the background until Start.
func New(ctx context.Context, o Options) (*App, error) {
	a := &App{ids: id.NewSource(nil)}
	if err := a.open(ctx, o); err != nil {
		return nil, errors.Join(err, a.Close(context.WithoutCancel(ctx)))
	}
	return a, nil
}

// open does what New promises; what it has opened before an error is closed by New.
func (a *App) open(ctx context.Context, o Options) (err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	a.Config, a.Log, a.Now, a.build = o.Config, o.Log, o.Now, o.Build
	if a.unlock, err = lockFolder(o.Config.Data); err != nil {
		return err
	}
	if !o.restoring && unfinished(o.Config.Data) {
		return fmt.Errorf("a restore into %s did not come to its end: run it again, or empty the folder", o.Config.Data)
	}
	if err := a.openStores(ctx); err != nil {
		return err
	}
	pack, err := packs.Find(o.Pack)
	if err != nil {
		return err
	}
	if a.Province, err = province.ReadPack(pack); err != nil {
		return err
	}
	if err := a.makeModules(); err != nil {
		return err
	}
	if a.Dossiers.Notes, err = province.Notes(pack); err != nil {
		return err
	}
	system := actor.With(ctx, actor.System("start"))
	if err := province.LoadOrg(system, pack, a.Org); err != nil {
		return fmt.Errorf("the agencies of pack %s: %w", o.Pack, err)
	}
	if err := a.Procedures.ImportPack(system, pack); err != nil {
		return fmt.Errorf("the procedures of pack %s: %w", o.Pack, err)
	}
	return a.makeHTTP()
}

// openStores opens records and files and migrates the tables.
func (a *App) openStores(ctx context.Context) error {
	var err error
	if a.Registry, err = obs.NewRegistry(a.build); err != nil {
		return err
	}
	if a.http, err = obs.NewHTTP(a.Registry); err != nil {
		return err
	}
	if a.DB, err = db.Open(ctx, db.Config{URL: a.Config.DatabaseURL(), Log: a.Log}); err != nil {
		return err
	}
	for _, m := range Migrations() {
		if err := a.DB.Migrate(ctx, m.Module, m.Files); err != nil {
			return err
		}
	}
	if a.Files, err = blob.OpenFolder(a.Config.BlobDir(), a.Now); err != nil {
		return err
	}
	a.Outbox = outbox.New(a.Now)
	queues := notify.Queues()
	queues["default"] = 4
	if a.Jobs, err = jobs.New(jobs.Config{DB: a.DB, Log: a.Log, Now: a.Now, Queues: queues}); err != nil {
		return err
	}
	if err := a.Jobs.Migrate(ctx); err != nil {
		return err
	}
	c := a.Config
	a.Bus, err = bus.Open(ctx, bus.Config{URL: c.NATS.Reveal(), Creds: c.NATSCreds, CA: c.NATSCA, Replicas: c.NATSReplicas,
		Dir: c.BusDir(), DB: a.DB, Outbox: a.Outbox, Log: a.Log})
	return err
}

// makeModules builds the services, from the ground floor up.
func (a *App) makeModules() error {
	keys, err := iam.LoadKeys(filepath.Join(a.Config.Data, "keys.json"), nil)
	if err != nil {
		return err
	}
	ledger := iam.NewLedger(a.DB, a.ids, a.Now, keys.Ledger, a.Log)
	ledger.OldKeys = keys.Old
	a.Org = &org.Service{DB: a.DB, IDs: a.ids, Now: a.Now, Ledger: ledger, Roles: iam.RoleBook{}, Events: a.Outbox, Log: a.Log}
	email, sms, err := notify.Senders(a.Config)
	if err != nil {
		return err
	}
	a.Notify = &notify.Service{DB: a.DB, IDs: a.ids, Now: a.Now, Log: a.Log, Ledger: ledger, Queue: a.Jobs, Events: a.Outbox,
		Email: email, SMS: sms, Demo: a.Config.Demo, Portal: a.Province.Province.Portal}
	a.IAM = &iam.Service{DB: a.DB, IDs: a.ids, Now: a.Now, Org: a.Org, Ledger: ledger, Codes: a.Notify, Secret: keys.Secret,
		URL: a.Config.BaseURL(), Log: a.Log}
	a.Procedures = &procedure.Service{DB: a.DB, IDs: a.ids, Now: a.Now, Log: a.Log, Ledger: ledger, Outbox: a.Outbox,
		Units: procedure.TreeUnits{Org: a.Org}}
	a.Dossiers = &dossier.Service{DB: a.DB, IDs: a.ids, Now: a.Now, Log: a.Log, Ledger: ledger, Events: a.Outbox,
		Procedures: a.Procedures, Agencies: a.Org, Calendars: a.Org, Codes: codes{a.IAM}, Staff: posts{a.IAM, a.Org}, Blobs: a.Files, Parts: a.Files,
		Sweeper: a.Files, Key: keys.Secret, Template: a.Province.CodeTemplate, Counters: a.Province.Counters,
		RuleSets: a.Province.Rules, Later: a.Jobs}
	if a.Config.Services != "" {
		raw, err := os.ReadFile(a.Config.Services)
		if err != nil {
			return fmt.Errorf("the list of services: %w", err)
		}
		endpoints, err := dossier.NewEndpoints(raw, a.Now)
		if err != nil {
			return err
		}
		a.Dossiers.Endpoints = endpoints
	}
	a.Dossiers.Wake = make(chan struct{}, 1)
	a.Procedures.Runs = procedure.Runs{Host: dossier.Host(), Names: a.Dossiers.Names()}
	a.Notify.Dossiers = contacts{a.Dossiers, a.Org, a.Config.BaseURL()}
	a.Notify.Reports = reports{a.Dossiers, a.IAM, a.Org, a.Config.BaseURL()}
	desk := desks{a.Dossiers, a.IAM, a.Org, a.Config.BaseURL()}
	a.Notify.Desks, a.Dossiers.Roster = desk, desk
	a.Procedures.Popular = popular{a.Dossiers}
	a.Notify.RegisterJobs(a.Jobs)
	a.Notify.Subscribe(a.Bus)
	a.Dossiers.Subscribe(a.Bus)
	a.Dossiers.RegisterJobs(a.Jobs)
	a.registerJobs()
	return nil
}

// Handler returns what answers requests.
func (a *App) Handler() http.Handler { return a.handler }

// Close stops what runs and closes what is open. It may be called on a half-built App.
func (a *App) Close(ctx context.Context) error {
	var errs []error
	if a.stop != nil {
		a.stop()
		errs = append(errs, a.running.wait())
	}
	if a.Bus != nil {
		errs = append(errs, a.Bus.Close(ctx))
	}
	if a.DB != nil {
		errs = append(errs, a.DB.Close())
	}
	if a.unlock != nil {
		a.unlock()
	}
	return errors.Join(errs...)
}
