package dossier_test

import (
	"testing"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

func TestCorrectionIsKeptUntilItIsSent(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		w.Clock.Set("2026-11-23 08:00")
		citizen, stranger := w.Citizen("Nông Thị Hoa", 0), w.Citizen("Người khác", 2)
		draft := fill(t, w, citizen, "1.001193", w.Unit(banglung), dossier.Online)
		pre, err := w.Dossiers.Preview(citizen, draft)
		must(t, err)
		if pre.Reception != w.Unit(banglung) || pre.Decision != w.Unit(banglung) || pre.Due.IsZero() {
			t.Errorf("the draft would become %+v", pre)
		}
		dos, err := w.Dossiers.Submit(citizen, draft.ID)
		must(t, err)
		if _, err := w.Dossiers.Correction(citizen, dos.ID); fault.KindOf(err) != fault.Conflict {
			t.Errorf("nothing was asked: %v", err)
		}
		dos = forward(t, w, w.Staff("Một cửa", banglung, "receiver"), dos, "receive")
		examine := task(t, w, dos, "examine")
		specialist := w.Staff("Tư pháp", banglung, "specialist")
		_, err = w.Dossiers.AskSupplement(specialist, examine.ID, []dossier.Defect{{What: "Họ tên thiếu dấu"}}, "Chưa đủ điều kiện")
		must(t, err)

		if _, err := w.Dossiers.Correction(stranger, dos.ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("a stranger reads the correction: %v", err)
		}
		c, err := w.Dossiers.Correction(citizen, dos.ID)
		must(t, err)
		if c.Version != 0 || c.Supplement.N != 1 || c.Data["child"] == nil {
			t.Fatalf("the correction begins as version %d with %v", c.Version, c.Data)
		}
		slow := *c
		slow.Data = map[string]any{}
		c.Data["child"].(map[string]any)["name"] = "Nông Đức Ấn"
		must(t, w.Dossiers.SaveCorrection(citizen, dos.ID, c))
		must(t, w.Dossiers.SaveCorrection(citizen, dos.ID, c))
		if err := w.Dossiers.SaveCorrection(citizen, dos.ID, &slow); fault.KindOf(err) != fault.Conflict {
			t.Errorf("the slower window wins: %v", err)
		}
		c, err = w.Dossiers.Correction(citizen, dos.ID)
		must(t, err)
		if c.Version != 2 || c.Data["child"].(map[string]any)["name"] != "Nông Đức Ấn" {
			t.Errorf("the correction is version %d with %v", c.Version, c.Data["child"])
		}
		_, err = w.Dossiers.Answer(citizen, dos.ID, c.Data, "")
		must(t, err)
		if _, err := w.Dossiers.Correction(citizen, dos.ID); fault.KindOf(err) != fault.Conflict {
			t.Errorf("the answer was sent: %v", err)
		}
	})
}
