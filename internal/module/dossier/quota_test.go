package dossier_test

import (
	"strings"
	"sync"
	"testing"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

// The files of all drafts of one citizen fit into the account's room, however they come.
func TestDraftsHaveRoom(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		w.Dossiers.DraftBytes = 1000
		hoa := w.Citizen("Nông Thị Hoa", 0)
		draft := func() *dossier.Draft {
			t.Helper()
			x, err := w.Dossiers.StartDraft(hoa, "1.001193", w.Unit(banglung), dossier.Online)
			must(t, err)
			return x
		}
		one, two := draft(), draft()
		first, err := w.Dossiers.StartUpload(hoa, one.ID, "paper", "a", "a.pdf", 600)
		must(t, err)
		_, err = w.Dossiers.StartUpload(hoa, two.ID, "paper", "a", "a.pdf", 401)
		if x := fault.As(err); x == nil || x.Kind != fault.TooLarge || x.Key != "dossier.drafts_full" {
			t.Fatalf("beyond the room: %v", err)
		}
		// A form without scripts tells the size only at the end.
		long := pdf + strings.Repeat(" ", 400)
		if _, err := w.Dossiers.Attach(hoa, two.ID, "paper", "a", "a.pdf", 1, strings.NewReader(long)); fault.KindOf(err) != fault.TooLarge {
			t.Errorf("a size that was not announced: %v", err)
		}
		files, err := w.Dossiers.Files(hoa, two.ID)
		must(t, err)
		if len(files) != 0 {
			t.Errorf("a refused file stays: %+v", files)
		}
		must(t, w.Dossiers.RemoveFile(hoa, first.ID))
		_, err = w.Dossiers.StartUpload(hoa, two.ID, "paper", "a", "a.pdf", 1000)
		must(t, err)
		// Others have their own room, officials what a dossier takes.
		khac := w.Citizen("Người khác", 0)
		other, err := w.Dossiers.StartDraft(khac, "1.001193", w.Unit(banglung), dossier.Online)
		must(t, err)
		_, err = w.Dossiers.StartUpload(khac, other.ID, "paper", "a", "a.pdf", 1000)
		must(t, err)
		desk := w.Staff("Một cửa", banglung, "receiver")
		counter, err := w.Dossiers.StartDraft(desk, "1.001193", w.Unit(banglung), dossier.Counter)
		must(t, err)
		_, err = w.Dossiers.StartUpload(desk, counter.ID, "paper", "a", "a.pdf", 5000)
		must(t, err)
	})
}

func TestConcurrentUploadsShareTheRoom(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		w.Dossiers.DraftBytes = 1000
		hoa := w.Citizen("Nông Thị Hoa", 0)
		var drafts []*dossier.Draft
		for range 3 {
			x, err := w.Dossiers.StartDraft(hoa, "1.001193", w.Unit(banglung), dossier.Online)
			must(t, err)
			drafts = append(drafts, x)
		}
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() {
				_, err := w.Dossiers.StartUpload(hoa, drafts[i%3].ID, "paper", "a", "a.pdf", 300)
				if err != nil && fault.KindOf(err) != fault.TooLarge {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		var used int64
		for _, x := range drafts {
			files, err := w.Dossiers.Files(hoa, x.ID)
			must(t, err)
			for _, f := range files {
				used += f.Size
			}
		}
		if used != 900 {
			t.Errorf("the drafts hold %d bytes of 1000", used)
		}
	})
}
