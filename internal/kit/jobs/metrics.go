package jobs

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lienthong/internal/kit/db"
)

// Metrics counts runs of jobs and, when asked, how many wait. A nil Metrics counts nothing.
type Metrics struct {
	runs    *prometheus.CounterVec
	seconds *prometheus.HistogramVec
}

// NewMetrics registers lienthong_job_runs_total by kind and result, lienthong_job_seconds by kind,
// and lienthong_jobs by state (available, retryable, discarded), read from the database when asked.
func NewMetrics(reg prometheus.Registerer, d *db.DB) (*Metrics, error) {
	m := &Metrics{
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lienthong_job_runs_total",
			Help: "Runs of jobs, by kind and result."}, []string{"kind", "result"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "lienthong_job_seconds",
			Help: "How long runs of jobs took.", Buckets: []float64{.005, .02, .1, .5, 2, 10, 60, 300}}, []string{"kind"}),
	}
	for _, c := range []prometheus.Collector{m.runs, m.seconds,
		&waiting{d, prometheus.NewDesc("lienthong_jobs", "Jobs that are not done, by state.", []string{"state"}, nil)}} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Metrics) ran(kind string, ok bool, took time.Duration) {
	if m == nil {
		return
	}
	result := "ok"
	if !ok {
		result = "failed"
	}
	m.runs.WithLabelValues(kind, result).Inc()
	m.seconds.WithLabelValues(kind).Observe(took.Seconds())
}

// Backlog counts the jobs that are not done, by state: "available", "retryable" and "discarded".
func Backlog(q db.Q) (map[string]int, error) {
	out := map[string]int{"available": 0, "retryable": 0, "discarded": 0}
	rows, err := q.Query(`SELECT state, count(*) FROM river_job
		WHERE state IN ('available', 'retryable', 'discarded') GROUP BY state`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var state string
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return nil, err
		}
		out[state] = n
	}
	return out, rows.Err()
}

type waiting struct {
	d    *db.DB
	desc *prometheus.Desc
}

func (w *waiting) Describe(ch chan<- *prometheus.Desc) { ch <- w.desc }

func (w *waiting) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	counts, err := Backlog(w.d.Read(ctx))
	if err != nil {
		ch <- prometheus.NewInvalidMetric(w.desc, err)
		return
	}
	for state, n := range counts {
		ch <- prometheus.MustNewConstMetric(w.desc, prometheus.GaugeValue, float64(n), state)
	}
}
