package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"lienthong/internal/kit/obs"
)

// Checks are what /readyz asks. Records and files must be writable. The bus may be away for a while:
// events wait in the outbox, so a replica without it still takes dossiers and is not taken out of
// service. The settings that decide what a power cut takes are told as the database has them.
func (a *App) Checks() []obs.Check {
	return []obs.Check{
		{Name: "records", Test: a.DB.Ping},
		{Name: "files", Test: a.Files.Probe},
		{Name: "bus", Test: a.Bus.Healthy, Soft: true},
		{Name: "durability", Info: a.durability},
	}
}

// durability returns the settings in force as "sqlite journal_mode=wal synchronous=2", or what Durable
// says. A demonstration may run on less.
func (a *App) durability(ctx context.Context) (string, error) {
	if !a.Config.Demo {
		if err := a.Durable(ctx); err != nil {
			return "", err
		}
	}
	settings, err := a.DB.Settings(ctx)
	if err != nil {
		return "", err
	}
	out := []string{string(a.DB.Engine())}
	for _, s := range settings {
		weak := ""
		if !s.Good {
			weak = "(weak)"
		}
		out = append(out, s.Name+"="+s.Value+weak)
	}
	return strings.Join(out, " "), nil
}

// Ready returns an error that says why this process cannot answer requests now, or nil.
func (a *App) Ready(ctx context.Context) error {
	states, ready := obs.Run(ctx, a.Checks())
	if ready {
		return nil
	}
	var errs []error
	for _, s := range states {
		if s.Bad {
			errs = append(errs, fmt.Errorf("%s: %w", s.Name, s.Err))
		}
	}
	return errors.Join(errs...)
}

// probe keeps the last answer of the checks for a moment: /readyz is public and its checks write.
type probe struct {
	mu     sync.Mutex
	at     time.Time
	states []obs.State
	ready  bool
}

const probeLife = time.Second

func (a *App) probed(ctx context.Context) ([]obs.State, bool) {
	p := &a.probe
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := a.Now(); now.Before(p.at) || now.Sub(p.at) >= probeLife {
		// Not the caller's context: whoever waits behind him gets this answer too.
		p.states, p.ready = obs.Run(context.WithoutCancel(ctx), a.Checks())
		p.at = a.Now()
	}
	return p.states, p.ready
}

// ready answers /readyz in lines, the verdict first. Why something failed is in the log
// alone: an error may quote what is not for everybody.
func (a *App) ready(w http.ResponseWriter, r *http.Request) error {
	states, ready := a.probed(r.Context())
	verdict, status := "ready", http.StatusOK
	if !ready {
		verdict, status = "not ready", http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "30")
	}
	lines := []string{verdict}
	for _, s := range states {
		if s.Err != nil {
			a.Log.WarnContext(r.Context(), "not ready", "check", s.Name, "err", s.Err)
		}
		lines = append(lines, s.Name+": "+s.Text)
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, err := w.Write([]byte(strings.Join(lines, "\n") + "\n"))
	return err
}

// Durable returns an error that names every setting of the database too weak for real dossiers.
func (a *App) Durable(ctx context.Context) error {
	settings, err := a.DB.Settings(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, s := range settings {
		if !s.Good {
			errs = append(errs, fmt.Errorf("the database runs with %s = %s; acknowledged dossiers could be lost in a power cut", s.Name, s.Value))
		}
	}
	return errors.Join(errs...)
}
