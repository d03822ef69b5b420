package pace_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"lienthong/internal/kit/pace"
	"lienthong/internal/kit/testkit"
)

// drip gives out a few bytes at a time and lets the clock move in between.
type drip struct {
	left, piece int
	wait        time.Duration
	clock       *testkit.Clock
	due         time.Time
}

func (d *drip) Close() error { return nil }

func (d *drip) Read(p []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	d.clock.Move(d.wait)
	if d.clock.Now().After(d.due) {
		return 0, os.ErrDeadlineExceeded
	}
	n := min(d.left, d.piece, len(p))
	d.left -= n
	return n, nil
}

func TestBody(t *testing.T) {
	for name, x := range map[string]struct {
		size, piece int
		wait        time.Duration
		want        error
	}{
		"a fast line":                      {25 << 20, 256 << 10, time.Second, nil},
		"16 KiB a second for half an hour": {25 << 20, 16 << 10, time.Second, nil},
		"just the rate":                    {4 << 20, pace.MinRate, time.Second, nil},
		"half the rate":                    {4 << 20, pace.MinRate / 2, time.Second, os.ErrDeadlineExceeded},
		"a byte at a time":                 {1 << 10, 1, time.Second, os.ErrDeadlineExceeded},
		"standing still":                   {1 << 20, 512 << 10, 31 * time.Second, os.ErrDeadlineExceeded},
		"small and hesitant":               {100, 50, 14 * time.Second, nil},
	} {
		t.Run(name, func(t *testing.T) {
			clock := testkit.At("2021-06-15 08:00")
			d := &drip{left: x.size, piece: x.piece, wait: x.wait, clock: clock}
			n, err := io.Copy(io.Discard, struct{ io.Reader }{pace.Body(d, func(at time.Time) error { d.due = at; return nil }, clock.Now)})
			if !errors.Is(err, x.want) || x.want == nil && (n != int64(x.size) || !d.due.IsZero()) {
				t.Errorf("%d bytes, %v, deadline %v", n, err, d.due)
			}
		})
	}
	t.Run("no deadlines", func(t *testing.T) {
		asked := 0
		b, err := io.ReadAll(pace.Body(io.NopCloser(bytes.NewReader(make([]byte, 9000))), func(time.Time) error { asked++; return errors.New("none") }, time.Now))
		if err != nil || len(b) != 9000 || asked != 1 {
			t.Errorf("%d bytes, %v, asked %d times", len(b), err, asked)
		}
	})
}

// A real connection that falls silent in the middle of its body is let go.
func TestSilentConnection(t *testing.T) {
	got := make(chan error, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		set := http.NewResponseController(w).SetReadDeadline
		skew := pace.Stall - 50*time.Millisecond // as if it had been silent that long
		_, err := io.ReadAll(pace.Body(r.Body, func(at time.Time) error { return set(at.Add(-skew)) }, time.Now))
		got <- err
	}))
	defer srv.Close()
	c, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc"); err != nil {
		t.Fatal(err)
	}
	if err := <-got; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the body ended with %v", err)
	}
}
