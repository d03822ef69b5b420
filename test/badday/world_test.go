package badday

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"
)

// world is one installation with people who work on it and the memory of what they were told.
type world struct {
	p      *program
	tokens map[string]string
	agency string
	data   map[string]any
	http   *http.Client

	tolerant bool // an act that is refused because something is out of reach counts as not answered

	mu       sync.Mutex
	lives    []*life
	acks     int
	problems []string
}

// settle starts the demonstration once, so that there are people, and lets their programs in. The
// program is stopped afterwards.
func settle(t testing.TB, p *program) *world {
	t.Helper()
	w := &world{p: p, tokens: map[string]string{}, http: &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	if err := p.start("demo"); err != nil {
		t.Fatal(err)
	}
	w.signIn(t)
	var err error
	for _, phone := range citizens {
		if w.tokens[phone], err = citizenToken(p.addr, phone); err != nil {
			t.Fatal(err)
		}
	}
	var at struct {
		Items []struct{ ID, Key string }
	}
	if err := newClient(p.addr, "").read("GET", "/procedures/"+procedure+"/agencies", nil, &at); err != nil {
		t.Fatal(err)
	}
	for _, a := range at.Items {
		if a.Key == office {
			w.agency = a.ID
		}
	}
	if w.agency == "" {
		t.Fatalf("%s is not offered at %s: %v", procedure, office, at)
	}
	if w.data, err = answers(); err != nil {
		t.Fatal(err)
	}
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	return w
}

// signIn lets the officials' programs in, whose tokens are good for a working day.
func (w *world) signIn(t testing.TB) {
	t.Helper()
	for _, login := range officials {
		var err error
		if w.tokens[login], err = staffToken(w.p.addr, login); err != nil {
			t.Fatal(err)
		}
	}
}

// as returns a client of somebody who was let in. What it sends is noted as the life's open act.
func (w *world) as(l *life, who string) *client {
	l.by = who
	return &client{base: "http://" + w.p.addr, token: w.tokens[who], lang: "vi", http: w.http, last: &l.last}
}

// reader is as without a note.
func (w *world) reader(who string) *client {
	return &client{base: "http://" + w.p.addr, token: w.tokens[who], lang: "vi", http: w.http}
}

// wrong notes what must not be.
func (w *world) wrong(l *life, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l.gone = true
	w.problems = append(w.problems, l.String()+": "+fmt.Sprintf(format, args...))
}

// born returns a new life.
func (w *world) born() *life {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.lives)
	l := &life{name: fmt.Sprintf("l%05d", n), citizen: citizens[n%len(citizens)], files: map[string]string{}}
	w.lives = append(w.lives, l)
	return l
}

// act does the life's next act. It returns false if no whole answer came, after which nobody knows
// whether it was done.
func (w *world) act(l *life) bool {
	s := steps()[l.next]
	if l.key == "" {
		l.key = fmt.Sprintf("%s-%s-%d", l.name, s.name, rand.Uint64())
	}
	l.open, l.last = true, sent{}
	a, err := s.do(w, l)
	l.err = err
	if err != nil || w.tolerant && a.status == http.StatusServiceUnavailable {
		return false
	}
	w.judge(l, a)
	return true
}

// judge notes an acknowledged act, or that an act was refused which should not have been.
func (w *world) judge(l *life, a answer) {
	if !a.good() {
		w.wrong(l, "refused: %s", a)
		return
	}
	if err := l.took(a); err != nil {
		w.wrong(l, "%v", err)
		return
	}
	w.mu.Lock()
	w.acks++
	w.mu.Unlock()
}

// work has clients lead lives until the program is gone or stop is closed. Each goes on with the
// life it is given and begins others after it.
func (w *world) work(first []*life, stop <-chan struct{}) []*life {
	var group sync.WaitGroup
	last := make([]*life, len(first))
	for i, l := range first {
		group.Go(func() {
			for ; ; l = nil {
				if l == nil {
					l = w.born()
				}
				for !l.done() {
					select {
					case <-stop:
						last[i] = l
						return
					default:
					}
					if !w.act(l) {
						last[i] = l
						return
					}
				}
			}
		})
	}
	group.Wait()
	return last
}

// workFor has clients lead lives for d and ends with all their acts answered.
func (w *world) workFor(first []*life, d time.Duration) []*life {
	stop := make(chan struct{})
	time.AfterFunc(d, func() { close(stop) })
	return w.work(first, stop)
}

// report fails the test with everything that was wrong.
func (w *world) report(t testing.TB) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.problems {
		t.Error(p)
	}
	w.problems = nil
}
