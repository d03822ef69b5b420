package outbox

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lienthong/internal/kit/db"
)

// Metrics counts what the relay does and, when asked, how much waits. A nil Metrics counts nothing.
type Metrics struct {
	publishedTotal *prometheus.CounterVec
	settledTotal   prometheus.Counter
}

// NewMetrics registers the outbox's figures: lienthong_outbox_published_total by result (ok,
// again, failed), lienthong_outbox_settled_total, and lienthong_outbox_events by state (fresh,
// waiting, dead) and lienthong_outbox_oldest_seconds, which are read from the database when asked.
func NewMetrics(reg prometheus.Registerer, o *Outbox, d *db.DB) (*Metrics, error) {
	m := &Metrics{
		publishedTotal: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lienthong_outbox_published_total",
			Help: "Events handed to the bus, by result."}, []string{"result"}),
		settledTotal: prometheus.NewCounter(prometheus.CounterOpts{Name: "lienthong_outbox_settled_total",
			Help: "Events every consumer has received."}),
	}
	for _, c := range []prometheus.Collector{m.publishedTotal, m.settledTotal, &backlogCollector{
		o: o, d: d,
		events: prometheus.NewDesc("lienthong_outbox_events", "Events in the outbox, by state.", []string{"state"}, nil),
		oldest: prometheus.NewDesc("lienthong_outbox_oldest_seconds", "Age of the oldest event in the outbox.", nil, nil),
	}} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Metrics) published(ok, failed int, again bool) {
	if m == nil {
		return
	}
	result := "ok"
	if again {
		result = "again"
	}
	m.publishedTotal.WithLabelValues(result).Add(float64(ok))
	m.publishedTotal.WithLabelValues("failed").Add(float64(failed))
}

func (m *Metrics) settled(n int) {
	if m != nil {
		m.settledTotal.Add(float64(n))
	}
}

type backlogCollector struct {
	o              *Outbox
	d              *db.DB
	events, oldest *prometheus.Desc
}

func (c *backlogCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.events
	ch <- c.oldest
}

func (c *backlogCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	b, err := c.o.Backlog(c.d.Read(ctx))
	if err != nil {
		ch <- prometheus.NewInvalidMetric(c.events, err)
		return
	}
	for state, n := range map[string]int{"fresh": b.Fresh, "waiting": b.Waiting, "dead": b.Dead} {
		ch <- prometheus.MustNewConstMetric(c.events, prometheus.GaugeValue, float64(n), state)
	}
	ch <- prometheus.MustNewConstMetric(c.oldest, prometheus.GaugeValue, b.Oldest.Seconds())
}
