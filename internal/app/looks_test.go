package app

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier/dossierweb"
	"lienthong/internal/module/iam/iamtest"
)

// Owners read which office and post looked, on the day it looked, and nobody's name.
func TestWhoLooked(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		h.Official("nga", "huyen.mot-cua", "receiver")
		nga := h.As(h.Enter("nga"))
		mine, other := id.ID{1}, id.ID{2}
		record := func(who actor.Actor, action, object string, of id.ID) {
			t.Helper()
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return h.Ledger.Record(tx, who, action, object, of, nil) }); err != nil {
				t.Fatal(err)
			}
			h.Clock.Move(time.Minute)
		}
		record(nga, "dossier.read", "dossier", mine)
		record(nga, "dossier.received", "dossier", mine)
		record(nga, "dossier.read", "dossier", other)
		record(nga, "dossier.read", "handover", mine)
		record(actor.System("notify"), "dossier.read", "dossier", mine)
		record(actor.Actor{Kind: actor.Citizen, Account: id.ID{5}}, "dossier.read", "dossier", mine)
		record(actor.Actor{Kind: actor.Staff, Account: id.ID{6}, Agency: h.Unit("xa-1").ID}, "dossier.file_read", "dossier", mine)
		record(actor.Actor{Kind: actor.Token, Account: id.ID{7}, Agency: h.Unit("xa-2").ID}, "dossier.read", "dossier", mine)
		record(iamtest.Visitor(), "dossier.result_read", "dossier", mine)

		got, err := looks{h.Service, h.Org}.WhoLooked(t.Context(), mine)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			got[i].At, got[i].Who, got[i].Row = time.Time{}, id.ID{}, id.ID{}
		}
		want := []dossierweb.Look{
			{What: dossierweb.TookResult},
			{What: dossierweb.LookedAtDossier, Agency: "UBND xã Hai", Program: true},
			{What: dossierweb.LookedAtFile, Agency: "UBND xã Một"}, // the account is gone; its office is not
			{What: dossierweb.LookedAtDossier, Agency: "UBND huyện", Unit: "Một cửa huyện", Post: "Chức danh huyen.mot-cua"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
