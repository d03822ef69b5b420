package bench_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lienthong/internal/app/bench"
)

// A small run on SQLite: every figure is there, and every list found what it was to find.
func TestRun(t *testing.T) {
	var said bytes.Buffer
	parent := t.TempDir()
	r, err := bench.Run(t.Context(), bench.Options{Parent: parent, Pack: "bac-kan", Clients: 8, Rounds: 1, PerRound: 40,
		Dossiers: 400, Asks: 3, Pages: 60, Uploads: 20, Catalog: 120, Past: 300, Open: 300}, &said)
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	if len(r.Submits) != 2 || len(r.Lists) == 0 || len(r.Process) != 0 {
		t.Fatalf("measured %d submissions, %d lists, %d processes", len(r.Submits), len(r.Lists), len(r.Process))
	}
	left, err := os.ReadDir(parent)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	for _, s := range r.Submits {
		if s.Product <= 0 || s.Bare <= 0 || s.Single <= 0 || s.Busy <= 0 || s.P50 <= 0 || s.P95 < s.P50 {
			t.Errorf("submissions: %+v", s)
		}
	}
	if len(r.Pages) != 1 || len(r.Worklists) != 1 || len(r.Uploads) != 1 || len(r.Searches) == 0 {
		t.Errorf("pages %v, worklists %v, uploads %v, searches %v", r.Pages, r.Worklists, r.Uploads, r.Searches)
	}
	if len(r.Completions) != 1 || r.Completions[0].Product <= 0 || r.Completions[0].Bare <= 0 || r.Completions[0].Statements < 10 {
		t.Errorf("completions: %+v", r.Completions)
	}
	for _, x := range r.Searches {
		if x.Found == 0 || x.Procedures < 120 {
			t.Errorf("searched %+v", x)
		}
	}
	if len(r.Past) != 1 || r.Past[0].Product <= 0 || r.Past[0].Bare <= 0 || len(r.Past[0].Tables) < 10 {
		t.Errorf("the past: %+v", r.Past)
	}
	if len(r.Rederives) != 1 || r.Rederives[0].Moved == 0 || r.Rederives[0].Counted <= 0 || r.Rederives[0].Stored <= 0 || r.Rederives[0].Submitted == 0 {
		t.Errorf("the calendar: %+v", r.Rederives)
	}
	for _, l := range r.Lists {
		if l.Rows == 0 || l.P50 <= 0 {
			t.Errorf("a list that found nothing: %+v", l)
		}
	}
}

// A place that cannot be written is said before anything is measured.
func TestNowhereToMeasure(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := bench.Run(t.Context(), bench.Options{Parent: file, Pack: "bac-kan"}, io.Discard); err == nil {
		t.Fatal("measured inside a file")
	}
}

// A share below its bar is named; absolute figures are nobody's fault.
func TestBelow(t *testing.T) {
	good := bench.Report{Submits: []bench.Submits{{Where: "here", Product: 50, Bare: 100}}, Completions: []bench.Completions{{Product: 50, Bare: 100}}, Uploads: []bench.Uploads{{Product: 50, Bare: 100}},
		Pages: []bench.Pages{{Rate: 40, Bare: 100}}}
	if err := good.Below(); err != nil {
		t.Error(err)
	}
	bad := bench.Report{Submits: []bench.Submits{{Where: "here", Product: 49, Bare: 100}}, Completions: []bench.Completions{{Product: 49, Bare: 100}}, Uploads: []bench.Uploads{{Product: 49, Bare: 100}},
		Pages: []bench.Pages{{Rate: 39, Bare: 100}}, Rederives: []bench.Rederive{{Calm: 10, During: 21}, {Calm: 10, During: 20}}}
	if err := bad.Below(); err == nil || strings.Count(err.Error(), "at least") != 4 || strings.Count(err.Error(), "at most") != 1 {
		t.Errorf("four low shares and a slow one: %v", err)
	}
}
