// Package pace reads the bodies of uploads: slow ones are borne as long as they move, and one that
// stands still or drips gives its connection back. A single deadline for the whole body cannot do
// both, because a photograph of 25 MB over a village's line takes a quarter of an hour and a
// connection that says nothing should not.
package pace

import (
	"io"
	"time"
)

// What an upload must keep up.
const (
	MinRate = 2 << 10          // bytes a second on the average; EDGE in the mountains gives 8 to 16 KiB
	Grace   = 30 * time.Second // ahead of the average, for slow starts
	Stall   = 30 * time.Second // without a single byte
)

// Body returns body with a deadline that moves on as bytes arrive. set moves the deadline of the
// connection, as http.ResponseController.SetReadDeadline does; where the connection has none, the
// body is read as it is. now is the machine's clock, which is the one of network deadlines. When
// the body has ended, the deadline is taken off: what the handler then does may take its time.
func Body(body io.ReadCloser, set func(time.Time) error, now func() time.Time) io.ReadCloser {
	return &reader{ReadCloser: body, set: set, now: now}
}

type reader struct {
	io.ReadCloser
	set   func(time.Time) error
	now   func() time.Time
	start time.Time
	n     int64
	off   bool // no deadline can be set, or none is needed any more
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	if !r.off {
		now := r.now()
		if r.start.IsZero() {
			r.start = now
		}
		due := r.start.Add(Grace + time.Duration(r.n)*time.Second/MinRate)
		if stall := now.Add(Stall); stall.Before(due) {
			due = stall
		}
		r.off = r.set(due) != nil
	}
	n, err := r.ReadCloser.Read(p)
	r.n += int64(n)
	if err == io.EOF && !r.off {
		r.off = true
		_ = r.set(time.Time{}) // set worked a moment ago; a connection that is gone needs no deadline
	}
	return n, err
}
