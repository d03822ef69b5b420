package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/network"
)

// traffic watches what a tab loads. Bytes are counted as they came over the line: headers and
// compressed bodies.
type traffic struct {
	base string

	mu      sync.Mutex
	urls    map[network.RequestID]string
	pending map[network.RequestID]time.Time // since when
	last    time.Time
	bytes   map[string]float64 // by URL, since begin
	foreign []string
}

func newTraffic(base string) *traffic {
	return &traffic{base: base, urls: map[network.RequestID]string{}, pending: map[network.RequestID]time.Time{}, bytes: map[string]float64{}}
}

// see takes an event of the browser in.
func (n *traffic) see(ev any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch e := ev.(type) {
	case *network.EventRequestWillBeSent:
		u := e.Request.URL
		n.urls[e.RequestID], n.pending[e.RequestID], n.last = u, time.Now(), time.Now()
		if u != n.base && !strings.HasPrefix(u, n.base+"/") && !strings.HasPrefix(u, "data:") &&
			!strings.HasPrefix(u, "blob:") && !strings.HasPrefix(u, "about:") {
			n.foreign = append(n.foreign, u)
		}
		if e.RedirectResponse != nil {
			n.bytes[e.RedirectResponse.URL] += e.RedirectResponse.EncodedDataLength
		}
	case *network.EventLoadingFinished:
		n.bytes[n.urls[e.RequestID]] += e.EncodedDataLength
		delete(n.pending, e.RequestID)
		n.last = time.Now()
	case *network.EventLoadingFailed:
		delete(n.pending, e.RequestID)
		n.last = time.Now()
	case *network.EventRequestServedFromCache:
		n.last = time.Now()
	}
}

// begin starts counting anew.
func (n *traffic) begin() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.bytes, n.last = map[string]float64{}, time.Now()
	clear(n.pending)
}

// quiet tells whether nothing has been under way for the time. The icon of a page that was left
// while it came is dropped without a word, so it is waited for only for a while.
func (n *traffic) quiet(d time.Duration) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for r, since := range n.pending {
		if !strings.Contains(n.urls[r], "/favicon.") || time.Since(since) < iconPatience {
			return false
		}
	}
	return time.Since(n.last) > d
}

// iconPatience is how long the icon of a page may be under way.
const iconPatience = 2 * time.Second

// open returns what has not come yet.
func (n *traffic) open() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []string
	for r := range n.pending {
		out = append(out, n.urls[r])
	}
	return out
}

// elsewhere returns the requests that went to other hosts.
func (n *traffic) elsewhere() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.foreign)
}

// weight returns how many bytes came since begin, and from where, largest first.
func (n *traffic) weight() (int, string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	urls := slices.SortedFunc(maps.Keys(n.bytes), func(a, b string) int { return int(n.bytes[b] - n.bytes[a]) })
	sum, parts := 0.0, []string{}
	for _, u := range urls {
		sum += n.bytes[u]
		parts = append(parts, fmt.Sprintf("%.0f %s", n.bytes[u], strings.TrimPrefix(u, n.base)))
	}
	return int(sum), strings.Join(parts, ", ")
}
