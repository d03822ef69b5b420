package web

import "net/http"

// recorder notes the status and size of an answer.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
	verb   string
}

// WriteHeader notes the first final status.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
		// A form shown again because something is out of reach says as well when to come back.
		if h := w.Header(); status == http.StatusServiceUnavailable && h.Get("Retry-After") == "" {
			h.Set("Retry-After", "30")
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts what is written.
func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush lets streams through; a connection that cannot flush only delays them.
func (w *recorder) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }
