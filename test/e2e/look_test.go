package e2e

import (
	_ "embed"
	"fmt"
	"strings"
	"testing"
)

//go:embed testdata/axe/axe.min.js
var axe string

// The budgets of pages in bytes over the line: a citizen's first visit and later ones, an official's
// first visit.
const (
	citizenFirst  = 60_000
	citizenLater  = 15_000
	officialFirst = 120_000
)

// violations runs axe-core on the page as it stands and returns what it found, one line for each
// place. All of its rules run, the experimental ones excepted; the size of targets (WCAG 2.2) is
// off by default and switched on.
func (tb *tab) violations() []string {
	tb.t.Helper()
	if !eval[bool](tb, `typeof axe === "object" && !!axe.run`) {
		eval[bool](tb, axe+"; true")
	}
	// An entry animation would be measured half-way through; the last frame is what people read.
	found := eval[[]struct {
		ID     string   `json:"id"`
		Impact string   `json:"impact"`
		Help   string   `json:"help"`
		Places []string `json:"places"`
	}](tb, `(async () => {
		for (const a of document.getAnimations()) a.finish();
		const r = await axe.run(document, {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}});
		return r.violations.map(v => ({id: v.id, impact: v.impact, help: v.help, places: v.nodes.map(n => n.target.join(" ") + " " + n.html.slice(0, 160))}));
	})()`)
	var out []string
	for _, v := range found {
		for _, p := range v.Places {
			out = append(out, fmt.Sprintf("%s (%s): %s: %s", v.ID, v.Impact, v.Help, p))
		}
	}
	return out
}

// overflow returns how many pixels the page can be scrolled sideways, and what sticks out.
func (tb *tab) overflow() (int, string) {
	tb.t.Helper()
	o := eval[struct {
		By   int      `json:"by"`
		What []string `json:"what"`
	}](tb, `(() => {
		const d = document.scrollingElement, wide = document.documentElement.clientWidth, what = [];
		const by = Math.max(0, d.scrollWidth - wide);
		if (by > 0) for (const e of document.body.querySelectorAll("*")) {
			const r = e.getBoundingClientRect();
			if (r.right > wide + 1 && r.width > 0 && what.length < 6)
				what.push(e.tagName.toLowerCase() + (e.className && e.className.baseVal === undefined ? "." + e.className : "") + " to " + Math.round(r.right));
		}
		return {by, what};
	})()`)
	return o.By, strings.Join(o.What, "; ")
}

// inspect holds the open page to what every page promises: nothing found by axe at the widths of a
// phone and of a desk, and no sideways scroll at the narrowest. It leaves the tab at width v.
func (tb *tab) inspect(t testing.TB, v view) {
	t.Helper()
	at := tb.path()
	for _, w := range []view{phone(), desk()} {
		tb.resize(w)
		for _, found := range tb.violations() {
			t.Errorf("%s at %d px: axe: %s", at, w.width, found)
		}
	}
	tb.resize(view{narrowest, 700, true})
	if by, what := tb.overflow(); by > 0 {
		t.Errorf("%s at %d px scrolls %d px sideways: %s", at, narrowest, by, what)
	}
	tb.resize(v)
}

// weigh fails the test if opening the path costs more bytes than allowed.
func (tb *tab) weigh(t testing.TB, path string, allowed int) {
	t.Helper()
	tb.goTo(path)
	if sum, parts := tb.net.weight(); sum > allowed {
		t.Errorf("%s weighs %d bytes, allowed are %d: %s", path, sum, allowed, parts)
	}
}
