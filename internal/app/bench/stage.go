package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing/fstest"
	"time"

	"lienthong/internal/app"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/procedure"
	"lienthong/packs"
)

// What is filed: the registration of a birth, which every commune offers.
const (
	filedCode  = "1.001193"
	formBytes  = 4 << 10
	paperBytes = 200 << 10
	papers     = 2
)

// stage is an App with what the measurements share.
type stage struct {
	a        *app.App
	ids      *id.Source
	clients  []context.Context // citizens
	accounts []id.ID
	communes []id.ID
	form     map[string]any
}

// newStage makes the citizens, finds the communes and makes the table of the single rows.
func newStage(ctx context.Context, a *app.App, clients int) (*stage, error) {
	s := &stage{a: a, ids: id.NewSource(nil)}
	for range clients {
		who := actor.Actor{Kind: actor.Citizen, Account: s.ids.New(), Assurance: 2, Lang: "vi", IP: "127.0.0.1"}
		s.accounts = append(s.accounts, who.Account)
		s.clients = append(s.clients, actor.With(ctx, who))
	}
	tree, err := a.Org.Tree(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range tree.Units() {
		offered, err := a.Procedures.OfferedBy(ctx, filedCode, u.ID)
		if err != nil {
			return nil, err
		}
		if offered {
			s.communes = append(s.communes, u.ID)
		}
	}
	busy, ok := tree.ByKey(busiestUnit)
	if i := slices.Index(s.communes, busy.ID); ok && i > 0 {
		s.communes[0], s.communes[i] = s.communes[i], s.communes[0]
	}
	if len(s.communes) == 0 {
		return nil, fmt.Errorf("no agency offers procedure %s", filedCode)
	}
	if s.form, err = s.largeForm(ctx); err != nil {
		return nil, err
	}
	return s, a.DB.Migrate(ctx, "bench", fstest.MapFS{"001_bench.sql": &fstest.MapFile{Data: []byte(
		"-- +goose Up\nCREATE TABLE bench_row (id BYTEA PRIMARY KEY, n BIGINT NOT NULL);\n")}})
}

// largeForm returns the pack's example of the form, with its places and names written as long as
// it takes to reach the size of a full form.
func (s *stage) largeForm(ctx context.Context) (map[string]any, error) {
	pack, err := packs.Open("bac-kan")
	if err != nil {
		return nil, err
	}
	v, err := s.a.Procedures.Published(ctx, filedCode)
	if err != nil {
		return nil, err
	}
	raw, err := fs.ReadFile(pack, "forms/"+v.FormKey+"/example.json")
	if err != nil {
		return nil, err
	}
	var form map[string]any
	if err := json.Unmarshal(raw, &form); err != nil {
		return nil, err
	}
	for _, x := range []struct {
		path string
		max  int
	}{{"applicant.address", 300}, {"mother.address", 300}, {"father.address", 300}, {"child.hometown", 200},
		{"child.birth_place.facility", 200}, {"parents.marriage_place", 200}, {"mother.name", 100}, {"father.name", 100},
		{"child.name", 100}} {
		at := form
		keys := strings.Split(x.path, ".")
		for _, k := range keys[:len(keys)-1] {
			next, ok := at[k].(map[string]any)
			if !ok {
				return nil, fmt.Errorf("the form has no %s", x.path)
			}
			at = next
		}
		last := keys[len(keys)-1]
		text, _ := at[last].(string)
		for have, add := []rune(text), []rune(" Phượng Nguyễn Hữu Thượng Đặng"); len(db.JSON(form)) < formBytes && len(have)+len(add) <= x.max; {
			have = append(have, add...)
			at[last] = string(have)
		}
	}
	return form, nil
}

// attach gives the draft its two papers of 200 KB, once through the service.
func (s *stage) attach(ctx context.Context, d *dossier.Draft, p *procedure.Compiled) error {
	var component string
	for _, c := range p.Record.ComponentsOf("") {
		if c.Required && !c.EForm && !c.Presented {
			component = c.Code
		}
	}
	for i := range papers {
		paper := append([]byte("%PDF-1.4\n"), bytes.Repeat(fmt.Appendf(nil, "%% page %d of a paper\n", i), paperBytes/23)...)
		if _, err := s.a.Dossiers.Attach(ctx, d.ID, "paper", component, fmt.Sprintf("giay-%d.pdf", i), int64(len(paper)), bytes.NewReader(paper)); err != nil {
			return err
		}
	}
	return nil
}

// draft makes one complete draft as a client does: started, filled, papers attached.
func (s *stage) draft(ctx context.Context, agency id.ID, channel dossier.Channel) (*dossier.Draft, error) {
	d, err := s.a.Dossiers.StartDraft(ctx, filedCode, agency, channel)
	if err != nil {
		return nil, err
	}
	d.Data, d.Extra.Consent = s.form, channel != dossier.Online
	if err := s.a.Dossiers.SaveDraft(ctx, d); err != nil {
		return nil, err
	}
	p, err := s.a.Procedures.ByVersion(ctx, d.ProcedureVersion)
	if err != nil {
		return nil, err
	}
	return d, s.attach(ctx, d, p)
}

// prepared is a draft that waits to be submitted by the client.
type prepared struct {
	id     id.ID
	client int
	agency id.ID
}

// prepare makes n complete drafts, in turn at each of the agencies, as copies of one that was made
// through the service.
func (s *stage) prepare(ctx context.Context, n int, agencies []id.ID) ([]prepared, error) {
	first, err := s.draft(s.clients[0], agencies[0], dossier.Online)
	if err != nil {
		return nil, err
	}
	draft, err := readRows(ctx, s.a.DB, "dossier_draft", "id = $1", first.ID)
	if err != nil {
		return nil, err
	}
	files, err := readRows(ctx, s.a.DB, "dossier_file", "dossier_id = $1", first.ID)
	if err != nil {
		return nil, err
	}
	out := make([]prepared, n)
	for i := range out {
		out[i] = prepared{s.ids.New(), i % len(s.clients), agencies[i%len(agencies)]}
	}
	const step = 250
	for from := 0; from < n; from += step {
		err := s.a.DB.Write(ctx, func(tx *db.Tx) error {
			for _, p := range out[from:min(from+step, n)] {
				if _, err := tx.Exec(draft.insert, draft.copy(map[string]any{"id": p.id, "account_id": s.accounts[p.client],
					"agency_id": p.agency})...); err != nil {
					return err
				}
				f := files.copy(map[string]any{"dossier_id": p.id, "by_id": s.accounts[p.client]})
				files.each(f, "id", func() any { return s.ids.New() })
				if _, err := tx.Exec(files.insert, f...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, s.a.Dossiers.DropDraft(s.clients[0], first.ID)
}

// load has n pieces of work done by the clients at the same time and returns how many were done
// in a second, and how long each took.
func load(clients, n int, do func(i int) error) (float64, []time.Duration, error) {
	took := make([]time.Duration, n)
	var next atomic.Int64
	var first atomic.Pointer[error]
	var group sync.WaitGroup
	start := time.Now()
	for range clients {
		group.Go(func() {
			for first.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				began := time.Now()
				if err := do(i); err != nil {
					first.CompareAndSwap(nil, &err)
				}
				took[i] = time.Since(began)
			}
		})
	}
	group.Wait()
	if err := first.Load(); err != nil {
		return 0, nil, *err
	}
	return float64(n) / time.Since(start).Seconds(), took, nil
}
