package obs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Check is one thing that must work for this replica to take requests.
type Check struct {
	Name string
	Test func(context.Context) error
	// Info says something about it that is no fault, such as a setting in force; may be nil.
	Info func(context.Context) (string, error)
	// Soft marks what the replica can do without for a while: its failure is told and takes no
	// requests away.
	Soft bool
}

// State is what became of a check.
type State struct {
	Name string
	Text string // "ok", "failed", "waiting" for a soft one that failed; behind it what Info says
	Err  error
	Bad  bool // the replica cannot take requests
}

// Run asks all checks, which together have five seconds.
func Run(ctx context.Context, checks []Check) (states []State, ready bool) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	ready = true
	for _, c := range checks {
		s := State{Name: c.Name, Text: "ok"}
		if c.Test != nil {
			s.Err = c.Test(ctx)
		}
		info := ""
		if s.Err == nil && c.Info != nil {
			info, s.Err = c.Info(ctx)
		}
		switch {
		case s.Err != nil && c.Soft:
			s.Text = "waiting"
		case s.Err != nil:
			s.Text, s.Bad, ready = "failed", true, false
		case info != "":
			s.Text += ": " + info
		}
		states = append(states, s)
	}
	return states, ready
}

// checkTime bounds all checks of one question together.
const checkTime = 5 * time.Second

// Ops is the operators' handler.
type Ops struct {
	Registry *prometheus.Registry
	Build    Build
	Ready    []Check // asked by /readyz
	Log      *slog.Logger
}

// Handler returns /metrics, /debug/pprof/, /version, /livez (the process answers) and /readyz (the
// checks pass; 503 if not, and what each found).
func (o Ops) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.Registry, promhttp.HandlerOpts{
		ErrorLog: promLog{o.Log}, ErrorHandling: promhttp.ContinueOnError, Timeout: 10 * time.Second}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, o.Build) })
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", o.ready)
	return mux
}

func (o Ops) ready(w http.ResponseWriter, r *http.Request) {
	states, ready := Run(r.Context(), o.Ready)
	status, out := http.StatusOK, map[string]string{}
	if !ready {
		status = http.StatusServiceUnavailable
	}
	for _, s := range states {
		out[s.Name] = s.Text
		if s.Err != nil {
			// Why is in the log alone: an error may quote an address with its password.
			o.Log.Warn("not ready", "check", s.Name, "err", s.Err)
		}
	}
	answer(w, status, out)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

type promLog struct{ log *slog.Logger }

func (p promLog) Println(v ...any) { p.log.Error("metrics: " + fmt.Sprint(v...)) }

// Serve answers on the listener until ctx ends.
func (o Ops) Serve(ctx context.Context, l net.Listener) error {
	s := &http.Server{Handler: o.Handler(), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn)}
	stop := context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if s.Shutdown(end) != nil {
			s.Close() // somebody was taking a profile
		}
	})
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
