package dossier_test

import (
	"context"
	"slices"
	"testing"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

// counter remembers what was counted, and refuses from the nth attempt under a key on.
type counter map[string]int

func (c counter) Allow(_ context.Context, key string, n, _ int) error {
	if c[key]++; c[key] > n {
		return fault.New(fault.TooMany, "iam.too_many")
	}
	return nil
}

func TestLookByPaper(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		hoa := w.Citizen("Nông Thị Hoa", 0)
		f, err := w.Dossiers.Submit(hoa, fill(t, w, hoa, "1.001193", w.Unit(banglung), dossier.Online).ID)
		must(t, err)
		visitor := func(ip string) context.Context {
			return actor.With(t.Context(), actor.Actor{Kind: actor.Anonymous, IP: ip, Lang: "vi"})
		}
		end, wrong := f.Applicant.Doc[len(f.Applicant.Doc)-4:], "0000"
		if end == wrong {
			wrong = "1111"
		}
		ctx, limits := visitor("203.0.113.7"), counter{}
		do := func(code, digits, once string) (asked []string, counted int, err error) {
			w.Codes.Asked = nil
			before := len(limits)
			must(t, w.Dossiers.AskByPaper(ctx, limits, code, digits))
			_, err = w.Dossiers.LookByPaper(ctx, limits, code, digits, once)
			return w.Codes.Asked, len(limits) - before, err
		}
		// One call sequence and one answer, whatever is wrong.
		for _, x := range []struct{ code, digits, once string }{{f.Code, wrong, "123456"}, {f.Code, end, "000000"}, {f.Code + "9", end, "123456"}} {
			limits = counter{}
			asked, counted, err := do(x.code, x.digits, x.once)
			if x := fault.As(err); x == nil || x.Kind != fault.Invalid || x.Key != "dossier.paper_wrong" {
				t.Errorf("%v: %v", x, err)
			}
			if !slices.Equal(asked, []string{"ask", "check"}) || counted != 8 {
				t.Errorf("%v: asked %v, counted %d", x, asked, counted)
			}
		}
		for _, bad := range [][2]string{{f.Code, "123"}, {"", end}, {f.Code, "…"}} {
			if err := w.Dossiers.AskByPaper(ctx, limits, bad[0], bad[1]); fault.KindOf(err) != fault.Invalid {
				t.Errorf("%q: %v", bad, err)
			}
		}
		acts := len(w.Ledger.Acts)
		limits = counter{}
		must(t, w.Dossiers.AskByPaper(ctx, limits, " "+f.Code+" ", end))
		if len(w.Ledger.Acts) != acts {
			t.Error("asking was noted as looking")
		}
		g, err := w.Dossiers.LookByPaper(ctx, limits, f.Code, end, "123456")
		must(t, err)
		if g.View.Code != f.Code || g.Applicant == f.Applicant.Name || g.Applicant == "" {
			t.Errorf("the glance shows %q", g.Applicant)
		}
		if got := w.Ledger.Acts[acts:]; !slices.Equal(got, []string{"dossier.paper_read"}) {
			t.Errorf("the ledger has %v", got)
		}
		if _, err := w.Dossiers.LookByPaper(ctx, limits, f.Code, end, "123456"); fault.KindOf(err) != fault.Invalid {
			t.Errorf("the code was good twice: %v", err)
		}

		// A guesser shuts himself out, not the owner at another address.
		limits = counter{}
		var last error
		for range 6 {
			last = w.Dossiers.AskByPaper(ctx, limits, f.Code, wrong)
		}
		if fault.KindOf(last) != fault.TooMany {
			t.Errorf("the sixth question: %v", last)
		}
		must(t, w.Dossiers.AskByPaper(visitor("198.51.100.4"), limits, f.Code, end))
		for i := range 30 {
			last = w.Dossiers.AskByPaper(visitor("198.51.100."+string(rune('0'+i%10))+string(rune('0'+i/10))), limits, f.Code, wrong)
		}
		if fault.KindOf(last) != fault.TooMany {
			t.Errorf("guesses from many addresses: %v", last)
		}
	})
}
