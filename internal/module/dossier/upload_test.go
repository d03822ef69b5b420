package dossier_test

import (
	"strings"
	"testing"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

// The program ended after the last byte of an upload was acknowledged and before it became a file. The
// client asks how far it is, reads that everything has arrived and sends no more: the file is there.
func TestUploadIsBroughtToItsEnd(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		citizen := w.Citizen("Lý Thị Mẩy", 2)
		draft := fill(t, w, citizen, "1.001193", w.Unit(banglung), dossier.Online)
		f, err := w.Dossiers.StartUpload(citizen, draft.ID, "paper", "", "muon.pdf", int64(len(pdf)))
		must(t, err)
		_, err = w.Dossiers.Parts.Append(citizen, f.ID.String(), 0, strings.NewReader(pdf), int64(len(pdf)))
		must(t, err)
		f, n, err := w.Dossiers.UploadOffset(citizen, f.ID)
		must(t, err)
		if n != int64(len(pdf)) || f.Sum == "" || f.Media != "application/pdf" {
			t.Errorf("%d bytes are there and the file is %+v", n, f)
		}
		dos, err := w.Dossiers.Submit(citizen, draft.ID)
		must(t, err)
		files, err := w.Dossiers.Files(citizen, dos.ID)
		must(t, err)
		found := false
		for _, x := range files {
			found = found || x.ID == f.ID && x.Sum == f.Sum
		}
		if !found {
			t.Errorf("the dossier has only %+v", files)
		}
		whole(t, w)
	})
}

// Interrupted uploads leave nothing in the dossier that is filed without them.
func TestInterruptedUploadsAreForgotten(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		citizen := w.Citizen("Lý Thị Mẩy", 2)
		draft := fill(t, w, citizen, "1.001193", w.Unit(banglung), dossier.Online)
		_, err := w.Dossiers.StartUpload(citizen, draft.ID, "paper", "", "dut.pdf", 100)
		must(t, err)
		dos, err := w.Dossiers.Submit(citizen, draft.ID)
		must(t, err)
		files, err := w.Dossiers.Files(citizen, dos.ID)
		must(t, err)
		for _, f := range files {
			if f.Sum == "" {
				t.Errorf("half a file is part of the dossier: %+v", f)
			}
		}
		whole(t, w)
	})
}

// A clock that was put back stops no act: the dossier's own time stands still until it has come back.
func TestClockPutBack(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		w.Clock.Set("2026-11-25 09:00")
		citizen := w.Citizen("Triệu Văn Sơn", 2)
		dos, err := w.Dossiers.Submit(citizen, fill(t, w, citizen, "1.001612", w.Unit("huyen-cho-don"), dossier.Online).ID)
		must(t, err)
		counter := w.Staff("Một cửa", "huyen-cho-don", "receiver", "cashier")
		dos = forward(t, w, counter, dos, "receive")
		leader := w.Staff("Lãnh đạo", "huyen-cho-don", "leader")
		w.Clock.Move(-3 * time.Hour)
		dos, err = w.Dossiers.Hold(leader, dos.ID, "chờ xác minh")
		must(t, err)
		dos, err = w.Dossiers.Resume(leader, dos.ID, "")
		must(t, err)
		for i := 1; i < len(dos.Clock); i++ {
			if dos.Clock[i].At.Before(dos.Clock[i-1].At) {
				t.Errorf("the time ledger runs back: %+v", dos.Clock)
			}
		}
		whole(t, w)
	})
}

// whole fails the test unless every dossier is stored whole and the figures equal a recount.
func whole(t *testing.T, w *dossiertest.World) {
	t.Helper()
	halves, err := w.Dossiers.Whole(t.Context())
	must(t, err)
	figures, err := w.Dossiers.Recount(t.Context())
	must(t, err)
	for _, s := range append(halves, figures...) {
		t.Error(s)
	}
}

// Whole sees what it is for: each kind of half a dossier, made by hand.
func TestWholeSeesHalves(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		citizen := w.Citizen("Lý Thị Mẩy", 2)
		dos, err := w.Dossiers.Submit(citizen, fill(t, w, citizen, "1.001193", w.Unit(banglung), dossier.Online).ID)
		must(t, err)
		whole(t, w)
		for _, damage := range []string{
			"DELETE FROM dossier_entry WHERE dossier_id = $1",
			"UPDATE dossier_task SET state = 'cancelled' WHERE dossier_id = $1",
			"DELETE FROM dossier_party WHERE dossier_id = $1",
			"UPDATE dossier_file SET sum = '' WHERE dossier_id = $1",
			"UPDATE dossier_dossier SET status = 5 WHERE id = $1",
		} {
			before, err := w.Dossiers.Whole(t.Context())
			must(t, err)
			must(t, d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(damage, dos.ID); return err }))
			after, err := w.Dossiers.Whole(t.Context())
			must(t, err)
			if len(after) != len(before)+1 || !strings.Contains(strings.Join(after, "\n"), dos.Code) {
				t.Errorf("after %s it says %q", damage, after)
			}
		}
	})
}
