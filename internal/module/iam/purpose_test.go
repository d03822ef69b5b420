package iam_test

import (
	"testing"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/iam/iamtest"
)

// Results of dossiers are opened by a code whose purpose names the dossier; the code of one opens
// no other.
func TestCodesForOneRecord(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		const to, one, other = "0912345678", "dossier:01a20a0b-b03f-753c-80f2-c73385f5d46f", "dossier:01a20a0b-b03f-753c-80f2-c73385f5d470"
		_, err := h.RequestCode(t.Context(), iamtest.Visitor(), one, to)
		must(t, err)
		code := h.Out.Last(t, to)
		refused(t, h.CheckCode(t.Context(), iamtest.Visitor(), other, to, code), fault.Invalid, "iam.code_wrong")
		must(t, h.CheckCode(t.Context(), iamtest.Visitor(), one, to, code))
	})
}
