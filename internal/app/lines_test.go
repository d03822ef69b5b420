package app

import (
	"encoding/json"
	"testing"
	"time"

	"lienthong/internal/engine/logproof"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/iam/iamtest"
)

// Owners are proven the receipt and every look, and nothing of what happened inside an office.
func TestLines(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		l := lines{h.Ledger}
		mine := id.ID{1}
		record := func(action string, of id.ID) {
			t.Helper()
			who := actor.Actor{Kind: actor.Staff, Account: id.ID{5}, Agency: h.Unit("xa-1").ID}
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return h.Ledger.Record(tx, who, action, "dossier", of, nil) }); err != nil {
				t.Fatal(err)
			}
			h.Clock.Move(time.Minute)
		}
		if code, err := l.ReceiptCode(t.Context(), mine); code != "" || err != nil {
			t.Errorf("a dossier without rows has the code %q, %v", code, err)
		}
		if _, err := l.ReceiptLine(t.Context(), mine); fault.KindOf(err) != fault.NotFound {
			t.Error(err)
		}
		record("dossier.submitted", mine)
		if x, err := l.ReceiptLine(t.Context(), mine); err != nil || x.State != dossier.LineWaiting || x.Place != -1 || x.Code != "" {
			t.Errorf("%+v %v", x, err)
		}
		record("dossier.read", mine)
		record("dossier.assigned", mine)
		record("dossier.read", id.ID{2})
		s := iam.Sequencer{Ledger: h.Ledger, Name: "test"}
		if err := s.Catch(t.Context()); err != nil {
			t.Fatal(err)
		}
		submitted, err := l.ReceiptLine(t.Context(), mine)
		if err != nil {
			t.Fatal(err)
		}
		record("dossier.received", mine)
		if err := s.Catch(t.Context()); err != nil {
			t.Fatal(err)
		}
		x, err := l.ReceiptLine(t.Context(), mine)
		if err != nil || x.State != dossier.LineWhole || x.What != dossier.LookedReceipt || x.Row == submitted.Row {
			t.Fatalf("%+v %v", x, err)
		}
		if code, err := l.ReceiptCode(t.Context(), mine); code != x.Code || err != nil {
			t.Errorf("the paper bears %q, the row %q: %v", code, x.Code, err)
		}
		answer, err := h.Service.LedgerCode(actor.With(t.Context(), iamtest.Visitor()), x.Code)
		if err != nil || answer.State != iam.LineWhole || *answer.Entry.Seq != x.Place {
			t.Errorf("the code of the paper: %+v %v", answer, err)
		}
		rows, err := h.Ledger.ByObject(t.Context(), "dossier", mine)
		if err != nil {
			t.Fatal(err)
		}
		proven := 0
		for _, e := range rows {
			x, err := l.LookLine(t.Context(), mine, e.ID)
			if e.Action != "dossier.read" {
				if fault.KindOf(err) != fault.NotFound {
					t.Errorf("%s is proven to the owner: %v", e.Action, err)
				}
				continue
			}
			proven++
			file, err2 := json.Marshal(x.Proof)
			f, err3 := logproof.Check(file, h.Ledger.Keys())
			if err != nil || err2 != nil || err3 != nil || x.State != dossier.LineWhole || f.Index != x.Place {
				t.Errorf("%+v %v %v %v", x, err, err2, err3)
			}
			if _, err := l.LookLine(t.Context(), id.ID{2}, e.ID); fault.KindOf(err) != fault.NotFound {
				t.Errorf("the row is proven to the owner of another dossier: %v", err)
			}
		}
		if proven != 1 {
			t.Errorf("%d looks were proven", proven)
		}
	})
}
