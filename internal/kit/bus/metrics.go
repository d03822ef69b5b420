package bus

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts deliveries. A nil Metrics counts nothing.
type Metrics struct{ deliveries *prometheus.CounterVec }

// NewMetrics registers lienthong_bus_deliveries_total by consumer and result: ok, again (handled
// before), failed (will be tried again), dead (given up).
func NewMetrics(reg prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lienthong_bus_deliveries_total",
		Help: "Events delivered to consumers, by result."}, []string{"consumer", "result"})}
	return m, reg.Register(m.deliveries)
}

func (m *Metrics) delivered(consumer, result string, n int) {
	if m != nil && n > 0 {
		m.deliveries.WithLabelValues(consumer, result).Add(float64(n))
	}
}
