package iam_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/iam/iamtest"
)

func TestPasswordRules(t *testing.T) {
	for _, tt := range []struct{ password, login, key string }{
		{"con trâu đi cày", "nga", ""},
		{"Tr0ng-đầm-gì-đẹp", "nga", ""},
		{"ngắn quá", "nga", "iam.password_short"},
		{"đủ mười ch", "nga", ""}, // characters count, not bytes
		{strings.Repeat("dài ", 33), "nga", "iam.password_long"},
		{"matkhau2024!", "nga", "iam.password_common"},
		{"Password12345", "nga", "iam.password_common"},
		{"quantriquantri", "nga", "iam.password_common"},
		{"zzzzzzzzzzzz", "nga", "iam.password_common"},
		{"abcdefghijkl", "nga", "iam.password_common"},
		{"0987654321", "nga", "iam.password_common"},
		{"motcua.banglung", "motcua.banglung", "iam.password_login"},
		{"tôi là motcua.banglung", "motcua.banglung", "iam.password_login"},
		{"banglung123", "motcua.banglung", "iam.password_login"},
		{"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6", "nga", "iam.password_form"},
	} {
		err := iam.CheckPassword(tt.password, tt.login)
		if tt.key == "" {
			if err != nil {
				t.Errorf("%q: %v", tt.password, err)
			}
			continue
		}
		refused(t, err, fault.Invalid, tt.key)
	}
}

func TestContacts(t *testing.T) {
	for in, want := range map[string]string{
		"0912345678": "0912345678", " 091.234.5678 ": "0912345678", "+84 912 345 678": "0912345678", "84912345678": "0912345678",
		"0084912345678": "0912345678", "(091) 234-5678": "0912345678", "Ten@Vi-Du.VN": "ten@vi-du.vn",
	} {
		if got, err := iam.NormaliseContact(in); err != nil || got != want {
			t.Errorf("%q: %q %v", in, got, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[+0-9 .()-]{0,16}`), rapid.StringMatching(`[a-zA-Z.@]{0,20}`)).Draw(t, "typed")
		got, err := iam.NormaliseContact(s)
		if err != nil {
			if iam.MaskContact(s) != "***" {
				t.Fatalf("%q is no contact but is shown as %q", s, iam.MaskContact(s))
			}
			return
		}
		if again, err := iam.NormaliseContact(got); err != nil || again != got {
			t.Fatalf("%q becomes %q becomes %q: %v", s, got, again, err)
		}
		if m := iam.MaskContact(got); m == got || !strings.Contains(m, "***") {
			t.Fatalf("%q is shown as %q", got, m)
		}
	})
}

func TestSeal(t *testing.T) {
	clock := testkit.At("2021-06-15 08:00")
	s := &iam.Service{Now: clock.Now, Secret: make([]byte, 32)}
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.String().Draw(t, "value")
		ticket, err := s.Seal("a", in, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		var out string
		if err := s.Unseal("a", ticket, &out); err != nil || out != strings.ToValidUTF8(in, "\uFFFD") {
			t.Fatalf("%q came back as %q: %v", in, out, err)
		}
		if s.Unseal("b", ticket, &out) == nil {
			t.Fatal("a ticket is good for another use")
		}
		b := []byte(ticket)
		b[rapid.IntRange(0, len(b)-2).Draw(t, "place")] ^= 1 // the last sign may hold unused bits
		if s.Unseal("a", string(b), &out) == nil {
			t.Fatal("an altered ticket is good")
		}
	})
	ticket, err := s.Seal("a", "x", time.Minute)
	must(t, err)
	clock.Move(time.Minute)
	var out string
	refused(t, s.Unseal("a", ticket, &out), fault.Invalid, "iam.ticket")
	for _, bad := range []string{"", "a", "AAAA", strings.Repeat("A", 5000), "!!"} {
		refused(t, s.Unseal("a", bad, &out), fault.Invalid, "iam.ticket")
	}
}

func TestKeysConcurrently(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "iam.json")
	var wg sync.WaitGroup
	got := make([]iam.Keys, 8)
	for i := range got {
		wg.Go(func() {
			var err error
			if got[i], err = iam.LoadKeys(path, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, k := range got {
		if string(k.Secret) != string(got[0].Secret) || !k.Ledger.Equal(got[0].Ledger) || len(k.Secret) != 32 {
			t.Fatal("starts at the same moment have different keys")
		}
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", st.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v %v", left, err)
	}
	must(t, os.WriteFile(path, []byte(`{"secret":""}`), 0o600))
	if _, err := iam.LoadKeys(path, nil); err == nil || !strings.Contains(err.Error(), "backup") {
		t.Errorf("a damaged file: %v", err)
	}
}

// The sequencer's own loop: an act gets its place soon after it was committed.
func TestSequencerRunsConcurrently(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.Bare(t, d)
		seq := &iam.Sequencer{Ledger: h.Ledger, Name: "one"}
		done := make(chan error, 1)
		ctx := t.Context()
		go func() { done <- seq.Run(ctx) }()
		for round := range 3 {
			record(t, h.Ledger, 5)
			deadline := time.Now().Add(8 * time.Second)
			for {
				r := verify(t, h.Ledger)
				if r.Pending == 0 && r.Rows == int64(5*(round+1)) {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("round %d: %+v", round, r)
				}
				time.Sleep(20 * time.Millisecond)
			}
		}
	})
}

func BenchmarkRecord(b *testing.B) {
	h := iamtest.Bare(b, testkit.SQLite(b))
	who := iamtest.ProvinceAdmin()
	b.ReportAllocs()
	b.SetParallelism(64)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			err := h.DB.Write(b.Context(), func(tx *db.Tx) error {
				return h.Ledger.Record(tx, who, "dossier.submit", "dossier", who.Account, map[string]any{"procedure": "1.001193", "channel": 1})
			})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkSequence(b *testing.B) {
	h := iamtest.Bare(b, testkit.SQLite(b))
	seq := iam.Sequencer{Ledger: h.Ledger, Name: "b"}
	acts := make([]iam.Act, 500)
	for i := range acts {
		acts[i] = iam.Act{Action: "test.act", Object: "test.thing"}
	}
	for n := 0; n < b.N; n += len(acts) {
		b.StopTimer()
		must(b, h.DB.Write(b.Context(), func(tx *db.Tx) error { return h.Ledger.RecordMany(tx, iamtest.ProvinceAdmin(), acts...) }))
		b.StartTimer()
		must(b, seq.Catch(b.Context()))
	}
}
