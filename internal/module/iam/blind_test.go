package iam_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/iam/iamtest"
)

// What is asked about a dossier whose digits are right, and about one whose digits are wrong, is
// answered alike and leaves the same lines behind.
func TestBlindCodes(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		h.Behind = func(f func()) { f() }
		const purpose, phone, real, guess = "paper:01a20a0b-b03f-753c-80f2-c73385f5d46f", "0912 345 678", "A 1234", "A 9999"
		rows := func() (codes, counted int) {
			t.Helper()
			must(t, d.Read(t.Context()).QueryRow("SELECT count(*) FROM iam_code").Scan(&codes))
			must(t, d.Read(t.Context()).QueryRow("SELECT count(*) FROM iam_limit").Scan(&counted))
			return codes, counted
		}
		ask := func(to []string, instead string) {
			t.Helper()
			must(t, h.RequestBlind(t.Context(), iamtest.Visitor(), purpose, to, instead))
		}
		check := func(to []string, instead, code string) error {
			return h.CheckBlind(t.Context(), iamtest.Visitor(), purpose, to, instead, code)
		}
		holder := []string{"02093", phone} // what cannot be reached is passed over

		var grown [][2]int
		for _, x := range []struct {
			to      []string
			instead string
		}{{holder, real}, {nil, guess}} {
			c, n := rows()
			ask(x.to, x.instead)
			c2, n2 := rows()
			grown = append(grown, [2]int{c2 - c, n2 - n})
		}
		// The first question opened the counters of the network address as well.
		if grown[0][0] != 1 || grown[1][0] != 1 || grown[0][1]-grown[1][1] != 2 {
			t.Errorf("the two questions left %v", grown)
		}
		code := h.Out.Last(t, "0912345678")
		refused(t, check(nil, guess, code), fault.Invalid, "iam.code_wrong")
		refused(t, check(nil, guess, "-"), fault.Invalid, "iam.code_wrong")
		refused(t, check(nil, guess, ""), fault.Invalid, "iam.code_wrong")
		wrong := "000000"
		if code == wrong {
			wrong = "000001"
		}
		refused(t, check(holder, real, wrong), fault.Invalid, "iam.code_wrong")

		// Asked again at once nothing is sent, nothing is said, and the code stays good.
		ask(holder, real)
		if h.Out.Last(t, "0912345678") != code {
			t.Error("a second code within a minute")
		}
		must(t, check(holder, real, code))
		refused(t, check(holder, real, code), fault.Invalid, "iam.code_wrong")

		// Beyond the contact's limits nothing is sent, and the answer is still the same.
		sent := []string{code}
		for range 12 {
			h.Clock.Move(61 * time.Second)
			ask(holder, real)
			if c := h.Out.Last(t, "0912345678"); !slices.Contains(sent, c) {
				sent = append(sent, c)
			}
		}
		if len(sent) > 5 {
			t.Errorf("%d codes within the hour", len(sent))
		}

		// Five tries, then not even the right one.
		h.Clock.Move(25 * time.Hour)
		ask(holder, real)
		code = h.Out.Last(t, "0912345678")
		for range 5 {
			refused(t, check(holder, real, "1"+code), fault.Invalid, "iam.code_wrong")
		}
		refused(t, check(holder, real, code), fault.Invalid, "iam.code_wrong")

		// Trouble with sending tells nothing to who asked.
		h.Clock.Move(2 * time.Minute)
		h.Out.Err = errors.New("the line is down")
		ask(holder, real)

		h.Clock.Move(25 * time.Hour)
		for range 60 {
			ask(nil, guess)
		}
		refused(t, h.RequestBlind(t.Context(), iamtest.Visitor(), purpose, nil, guess), fault.TooMany, "iam.too_many")
	})
}
