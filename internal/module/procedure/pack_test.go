package procedure_test

import (
	"os"
	"testing"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/procedure"
	"lienthong/internal/module/procedure/proceduretest"
)

func TestPackLoads(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		s, _, _ := proceduretest.New(t, d, testkit.At("2026-11-23 08:00").Now)
		if err := s.ImportPack(t.Context(), os.DirFS("../../../packs/bac-kan")); err != nil {
			t.Fatal(err)
		}
		cat, err := s.Catalogue(t.Context())
		if err != nil || cat.Len() < 35 {
			t.Fatal(err, cat.Len())
		}
	})
}

var _ = procedure.Draft
