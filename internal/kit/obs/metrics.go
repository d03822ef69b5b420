package obs

import (
	"database/sql"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// NewRegistry returns a registry with the figures of the process, of Go and of the build.
func NewRegistry(b Build) (*prometheus.Registry, error) {
	reg := prometheus.NewRegistry()
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "lienthong_build_info", Help: "Which build this is; always 1.",
		ConstLabels: prometheus.Labels{"version": b.Version, "revision": b.Revision, "go": b.Go}})
	info.Set(1)
	for _, c := range []prometheus.Collector{info, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("metrics: %w", err)
		}
	}
	return reg, nil
}

// Pool registers the figures of a pool of database connections under the name.
func Pool(reg prometheus.Registerer, name string, pool *sql.DB) error {
	return reg.Register(collectors.NewDBStatsCollector(pool, name))
}

// HTTP counts requests and how long they took, by route, method and class of status ("2xx"). Routes
// are patterns, never paths: paths hold dossier codes and have no end.
type HTTP struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

// NewHTTP registers lienthong_http_requests_total and lienthong_http_seconds.
func NewHTTP(reg prometheus.Registerer) (*HTTP, error) {
	h := &HTTP{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lienthong_http_requests_total",
			Help: "Requests answered, by route, method and class of status."}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "lienthong_http_seconds",
			Help: "How long requests took, by route.", Buckets: []float64{.005, .01, .025, .05, .1, .2, .5, 1, 2.5, 10}}, []string{"route"}),
	}
	if err := reg.Register(h.requests); err != nil {
		return nil, err
	}
	return h, reg.Register(h.seconds)
}

// Observe counts one answered request. A nil HTTP counts nothing.
func (h *HTTP) Observe(route, method string, status int, took time.Duration) {
	if h == nil {
		return
	}
	if route == "" {
		route = "none"
	}
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
	default:
		method = "other" // a client may send any word; each would be a new series
	}
	class := "other"
	if status >= 100 && status < 600 {
		class = strconv.Itoa(status/100) + "xx"
	}
	h.requests.WithLabelValues(route, method, class).Inc()
	h.seconds.WithLabelValues(route).Observe(took.Seconds())
}
