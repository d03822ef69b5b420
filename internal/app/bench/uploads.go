package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/module/dossier"
)

// Uploads are how many papers of 200 KB can be attached to drafts in a second, beside files that
// are written, synced and renamed with nothing else.
type Uploads struct {
	Engine   db.Engine
	Product  float64
	P50, P95 time.Duration
	Bare     float64
}

// uploads measures the attaching of papers. No two are alike, so each is written.
func (s *stage) uploads(ctx context.Context, o Options, dir string, r *Report, out io.Writer) error {
	x := Uploads{Engine: s.a.DB.Engine()}
	var product, bare []float64
	var took []time.Duration
	for range o.Rounds {
		rate, t, err := s.uploadRound(ctx, o)
		if err != nil {
			return err
		}
		product, took = append(product, rate), append(took, t...)
		if rate, err = bareFiles(o, dir); err != nil {
			return err
		}
		bare = append(bare, rate)
	}
	slices.Sort(took)
	x.Product, x.Bare = median(product), median(bare)
	x.P50, x.P95 = took[len(took)/2], took[len(took)*95/100]
	r.Uploads = append(r.Uploads, x)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\npapers of 200 KB\tattached/s\tp50\tp95\tbare files/s\tproduct:bare\t")
	fmt.Fprintf(w, "%d clients\t%.0f\t%s\t%s\t%.0f\t%.2f\t\n", o.Clients, x.Product, ms(x.P50), ms(x.P95), x.Bare, x.Product/x.Bare)
	return w.Flush()
}

// paper returns a file of 200 KB that is like no other.
func paper() []byte {
	p := append([]byte("%PDF-1.4\n"), bytes.Repeat([]byte("% a paper that somebody has scanned\n"), paperBytes/36)...)
	rand.Read(p[len(p)-32:])
	return p
}

func (s *stage) uploadRound(ctx context.Context, o Options) (float64, []time.Duration, error) {
	type place struct {
		draft     *dossier.Draft
		component string
	}
	places := make([]place, o.Clients)
	for i := range places {
		d, err := s.a.Dossiers.StartDraft(s.clients[i], filedCode, s.communes[i%len(s.communes)], dossier.Online)
		if err != nil {
			return 0, nil, err
		}
		p, err := s.a.Procedures.ByVersion(ctx, d.ProcedureVersion)
		if err != nil {
			return 0, nil, err
		}
		places[i] = place{d, p.Record.ComponentsOf("")[0].Code}
	}
	papers := make([][]byte, o.Uploads)
	for i := range papers {
		papers[i] = paper()
	}
	rate, took, err := load(o.Clients, len(papers), func(i int) error {
		at := i % len(places)
		_, err := s.a.Dossiers.Attach(s.clients[at], places[at].draft.ID, "paper", places[at].component, "giay.pdf", int64(len(papers[i])), bytes.NewReader(papers[i]))
		return err
	})
	if err != nil {
		return 0, nil, err
	}
	for i, p := range places {
		if err := s.a.Dossiers.DropDraft(s.clients[i], p.draft.ID); err != nil {
			return 0, nil, err
		}
	}
	return rate, took, nil
}

// bareFiles writes, syncs and renames as many files of the same size.
func bareFiles(o Options, dir string) (float64, error) {
	at, err := os.MkdirTemp(dir, "bare-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(at)
	papers := make([][]byte, o.Uploads)
	for i := range papers {
		papers[i] = paper()
	}
	rate, _, err := load(o.Clients, len(papers), func(i int) error {
		name := filepath.Join(at, strconv.Itoa(i))
		f, err := os.Create(name + ".part")
		if err != nil {
			return err
		}
		if _, err = f.Write(papers[i]); err == nil {
			err = f.Sync()
		}
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err == nil {
			err = os.Rename(name+".part", name)
		}
		return err
	})
	return rate, err
}
