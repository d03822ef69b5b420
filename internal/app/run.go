package app

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/obs"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/iam"
)

// running collects what goes on in the background.
type running struct {
	group sync.WaitGroup
	mu    sync.Mutex
	errs  []error
}

func (r *running) start(ctx context.Context, f func(context.Context) error) {
	r.group.Go(func() {
		if err := f(ctx); err != nil && !errors.Is(err, context.Canceled) {
			r.mu.Lock()
			r.errs = append(r.errs, err)
			r.mu.Unlock()
		}
	})
}

func (r *running) wait() error { r.group.Wait(); return errors.Join(r.errs...) }

// Start begins the work in the background: consumers, relay, ledger, jobs.
func (a *App) Start(ctx context.Context) error {
	bg, cancel := context.WithCancel(context.WithoutCancel(ctx))
	replica := a.ids.New().String()
	if err := a.inherit(ctx); err != nil {
		cancel()
		return err
	}
	if err := a.Bus.Start(ctx); err != nil {
		cancel()
		return err
	}
	if err := a.Jobs.Start(bg); err != nil {
		cancel()
		return err
	}
	relay := &outbox.Relay{DB: a.DB, Outbox: a.Outbox, Publisher: a.Bus, Holder: replica, Now: a.Now, Log: a.Log}
	a.running.start(bg, relay.Run)
	a.running.start(bg, (&dossier.Clockwork{Service: a.Dossiers, Holder: replica, Log: a.Log}).Run)
	a.running.start(bg, (&iam.Sequencer{Ledger: a.IAM.Ledger, Name: replica}).Run)
	a.stop = func() {
		quit, done := context.WithTimeout(context.Background(), 20*time.Second)
		defer done()
		if err := a.Jobs.Stop(quit); err != nil {
			a.Log.Warn("jobs did not stop in time", "err", err)
		}
		cancel()
	}
	return nil
}

// inherit ends what a process that was killed still seems to hold. On SQLite the folder's lock says
// that it is gone; on PostgreSQL another replica may be at it, and each hold ends by itself within
// seconds or, for jobs, minutes.
func (a *App) inherit(ctx context.Context) error {
	if a.DB.Engine() != db.SQLite {
		return nil
	}
	return errors.Join(a.Outbox.Inherit(ctx, a.DB), a.IAM.Ledger.Inherit(ctx), a.Jobs.Inherit(ctx), a.API.Inherit(ctx))
}

// readTimeout bounds how long a request may take to arrive: a photograph of 25 MB over a link of
// 30 kB a second still fits.
const readTimeout = 15 * time.Minute

// Serve answers requests until ctx ends, then lets those under way finish. It calls listening
// once the address is open.
func (a *App) Serve(ctx context.Context, listening func(addr string)) error {
	l, err := net.Listen("tcp", a.Config.Listen)
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: a.handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: readTimeout, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: nil, TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	var ops net.Listener
	if a.Config.OpsListen != "" {
		if ops, err = net.Listen("tcp", a.Config.OpsListen); err != nil {
			l.Close()
			return err
		}
		o := obs.Ops{Registry: a.Registry, Build: a.build, Log: a.Log, Ready: a.Checks()}
		a.running.start(ctx, func(ctx context.Context) error { return o.Serve(ctx, ops) })
	}
	done := make(chan error, 1)
	go func() {
		if a.Config.TLSCert != "" {
			done <- srv.ServeTLS(l, a.Config.TLSCert, a.Config.TLSKey)
			return
		}
		done <- srv.Serve(l)
	}()
	listening(l.Addr().String())
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	quit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	return srv.Shutdown(quit)
}

// lowerFirst is "Tỉnh Bắc Kạn" inside a sentence.
func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToLower(r)) + s[n:]
}

// shortName is the name without what kind of unit it is: "Bắc Kạn".
func shortName(s string) string {
	for _, p := range []string{"Tỉnh ", "Thành phố "} {
		if rest, ok := strings.CutPrefix(s, p); ok {
			return rest
		}
	}
	return s
}
