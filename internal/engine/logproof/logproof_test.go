package logproof

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The definitions of RFC 9162, section 2.1.1, 2.1.3.1 and 2.1.4.1, written down as they stand there.
func split(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}

func mth(d []Hash) Hash {
	if len(d) == 1 {
		return d[0]
	}
	k := split(len(d))
	return node(mth(d[:k]), mth(d[k:]))
}

func path(m int, d []Hash) []Hash {
	if len(d) == 1 {
		return nil
	}
	if k := split(len(d)); m < k {
		return append(path(m, d[:k]), mth(d[k:]))
	} else {
		return append(path(m-k, d[k:]), mth(d[:k]))
	}
}

func subproof(m int, d []Hash, whole bool) []Hash {
	if m == len(d) {
		if whole {
			return nil
		}
		return []Hash{mth(d)}
	}
	if k := split(len(d)); m <= k {
		return append(subproof(m, d[:k], whole), mth(d[k:]))
	} else {
		return append(subproof(m-k, d[k:], false), mth(d[:k]))
	}
}

func leaves(n int) []Hash {
	out := make([]Hash, n)
	for i := range out {
		out[i] = LeafHash([]byte{byte(i), byte(i >> 8)})
	}
	return out
}

// Every proof of the RFC's definition is accepted; with one bit, one place or one hash changed none is.
func TestProofsOfTheRFC(t *testing.T) {
	all := leaves(40)
	for n := 1; n <= len(all); n++ {
		d := all[:n]
		root := mth(d)
		for m := range n {
			p := path(m, d)
			if err := CheckInclusion(d[m], int64(m), int64(n), p, root); err != nil {
				t.Fatalf("leaf %d of %d: %v", m, n, err)
			}
			for i := range p {
				bad := append([]Hash(nil), p...)
				bad[i][31] ^= 1
				if CheckInclusion(d[m], int64(m), int64(n), bad, root) == nil {
					t.Fatalf("leaf %d of %d with hash %d of the path changed", m, n, i)
				}
			}
			other := d[m]
			other[0] ^= 1
			for _, err := range []error{CheckInclusion(other, int64(m), int64(n), p, root), CheckInclusion(d[m], int64(m)+1, int64(n), p, root),
				CheckInclusion(d[m], int64(m), int64(n), append(p, root), root), CheckInclusion(d[m], -1, int64(n), p, root),
				CheckInclusion(d[m], int64(m), int64(m), p, root)} {
				if err == nil {
					t.Fatalf("leaf %d of %d: a wrong proof was accepted", m, n)
				}
			}
		}
		for m := 1; m <= n; m++ {
			p, old := subproof(m, d, true), mth(d[:m])
			if err := CheckConsistency(int64(m), int64(n), p, old, root); err != nil {
				t.Fatalf("%d before %d: %v", m, n, err)
			}
			wrong := old
			wrong[5] ^= 4
			if CheckConsistency(int64(m), int64(n), p, wrong, root) == nil || CheckConsistency(int64(m), int64(n), p, old, wrong) == nil ||
				CheckConsistency(int64(m), int64(n), append(p, root), old, root) == nil {
				t.Fatalf("%d before %d: a wrong proof was accepted", m, n)
			}
			if m < n && (CheckConsistency(int64(m), int64(n), nil, old, root) == nil || CheckConsistency(int64(n), int64(m), p, root, old) == nil) {
				t.Fatalf("%d before %d: an empty proof or one backwards was accepted", m, n)
			}
		}
	}
}

// The hash of an empty leaf is known from RFC 6962's test vectors: SHA-256 of one zero byte.
func TestLeafHash(t *testing.T) {
	if got := LeafHash(nil).String(); got != "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=" {
		t.Error(got)
	}
}

func TestLeafReadsBack(t *testing.T) {
	l := Leaf{Form: LeafSealed, Row: bytes.Repeat([]byte{1}, 16), At: 1764000000123456, ActorKind: "staff", Actor: bytes.Repeat([]byte{2}, 32),
		Agency: bytes.Repeat([]byte{3}, 16), Action: "dossier.read", Object: "dossier", ObjectID: bytes.Repeat([]byte{4}, 16), Content: []byte{5}}
	got, err := ReadLeaf(l.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l, got); diff != "" {
		t.Error(diff)
	}
	b := l.Bytes()
	for _, bad := range [][]byte{nil, b[:len(b)-1], append(b, 0), append([]byte{255}, b[1:]...), bytes.Replace(b, []byte("v2"), []byte("v9"), 1)} {
		if _, err := ReadLeaf(bad); !errors.Is(err, ErrLeaf) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
}

// Every wrong letter and every two letters that changed places are noticed.
func TestCode(t *testing.T) {
	for _, index := range []int64{0, 1, 31, 1<<20 - 1, 1 << 20, 432223, 1 << 40} {
		c := CodeOf(index, LeafHash([]byte{byte(index)}))
		s := c.String()
		if got, err := ReadCode(s); err != nil || got != c {
			t.Fatalf("%s: %+v %v", s, got, err)
		}
		for _, as := range []string{strings.ToLower(s), strings.ReplaceAll(s, "-", ""), strings.ReplaceAll(s, "-", " "), strings.ReplaceAll(s, "0", "o"), strings.ReplaceAll(s, "1", "l")} {
			if got, err := ReadCode(as); err != nil || got != c {
				t.Errorf("%q typed for %s: %v", as, s, err)
			}
		}
		plain := []byte(strings.ReplaceAll(s, "-", ""))
		for i, was := range plain {
			for _, l := range []byte(Letters) {
				if l == was {
					continue
				}
				plain[i] = l
				if _, err := ReadCode(string(plain)); err == nil {
					t.Fatalf("%s with %c for letter %d is taken", s, l, i)
				}
			}
			plain[i] = was
			for j := range i {
				if plain[j] == was {
					continue
				}
				plain[i], plain[j] = plain[j], was
				if _, err := ReadCode(string(plain)); err == nil {
					t.Fatalf("%s with letters %d and %d changed about is taken", s, i, j)
				}
				plain[j], plain[i] = plain[i], was
			}
		}
	}
	if s := CodeOf(7, LeafHash(nil)).String(); len(s) != 19 || !strings.HasPrefix(s, "0007-") {
		t.Errorf("the code of place 7 is %s", s)
	}
	for _, bad := range []string{"", "0", "ZZZZ", "U000-0000-0000-0000", "0007-Đ", strings.Repeat("0", 60)} {
		if _, err := ReadCode(bad); !errors.Is(err, ErrCode) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func signer() (ed25519.PrivateKey, Key) {
	priv := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, 32))
	return priv, Key{"ledger.example.vn", priv.Public().(ed25519.PublicKey)}
}

func headOf(d []Hash) Head {
	return Head{Origin: "ledger.example.vn", Size: int64(len(d)), Root: mth(d), Chain: d[0], At: time.Date(2026, 11, 24, 1, 2, 3, 4000, time.UTC)}
}

func noteOf(h Head) string {
	priv, k := signer()
	return Note(h, k, ed25519.Sign(priv, h.Text()))
}

func TestNote(t *testing.T) {
	_, k := signer()
	h := headOf(leaves(3))
	note := noteOf(h)
	got, by, err := ReadNote(note, []Key{k})
	if err != nil || by.String() != k.String() {
		t.Fatal(err, by)
	}
	if diff := cmp.Diff(h, got); diff != "" {
		t.Error(diff)
	}
	witnessed := note + "\u2014 witness.example 3v7zYQ0123456789AAAA\n"
	if _, _, err := ReadNote(witnessed, []Key{k}); err != nil {
		t.Errorf("another's signature stands in the way: %v", err)
	}
	back, err := ReadKey(k.String())
	if err != nil || back.String() != k.String() {
		t.Error(err)
	}
	for _, bad := range []string{"", "x", strings.Replace(note, "\n3\n", "\n03\n", 1), strings.Replace(note, "time ", "hour ", 1), note[:len(note)-1]} {
		if _, _, err := ReadNote(bad, []Key{k}); !errors.Is(err, ErrNote) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	other := Key{k.Name, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, 32)).Public().(ed25519.PublicKey)}
	if _, _, err := ReadNote(note, []Key{other}); !errors.Is(err, ErrSignature) {
		t.Errorf("another key: %v", err)
	}
	if _, _, err := ReadNote(strings.Replace(note, "\n3\n", "\n4\n", 1), []Key{k}); !errors.Is(err, ErrSignature) {
		t.Errorf("another size: %v", err)
	}
	for _, bad := range []string{"", "a+b", k.String() + "A", strings.Replace(k.String(), "ledger", "ladder", 1), "a b" + k.String()} {
		if _, err := ReadKey(bad); !errors.Is(err, ErrKey) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func fileOf(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCheckFiles(t *testing.T) {
	_, k := signer()
	d := leaves(11)
	leaf := Leaf{Form: LeafSealed, Row: make([]byte, 16), Action: "dossier.read"}
	d[4] = LeafHash(leaf.Bytes())
	p := Inclusion{Format: FormatInclusion, Index: 4, LeafHash: d[4], Leaf: leaf.Bytes(), Path: path(4, d), Head: noteOf(headOf(d)), Key: k.String()}
	f, err := Check(fileOf(t, p), nil)
	if err != nil || f.Trusted || f.Row.Action != "dossier.read" || f.Heads[0].Size != 11 || f.Index != 4 {
		t.Fatalf("%+v %v", f, err)
	}
	if f, err = Check(fileOf(t, p), []Key{k}); err != nil || !f.Trusted {
		t.Errorf("%+v %v", f, err)
	}
	other := Key{k.Name, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, 32)).Public().(ed25519.PublicKey)}
	if _, err = Check(fileOf(t, p), []Key{other}); !errors.Is(err, ErrSignature) {
		t.Errorf("a key of somebody else: %v", err)
	}
	for name, change := range map[string]func(*Inclusion){
		"leaf":  func(p *Inclusion) { p.Leaf = Leaf{Form: LeafSealed, Action: "dossier.file_read"}.Bytes() },
		"hash":  func(p *Inclusion) { p.LeafHash[0]++ },
		"place": func(p *Inclusion) { p.Index++ },
		"path":  func(p *Inclusion) { p.Path = p.Path[1:] },
		"head":  func(p *Inclusion) { p.Head = noteOf(headOf(d[:10])) },
		"key":   func(p *Inclusion) { p.Key = other.String() },
	} {
		q := p
		change(&q)
		if _, err := Check(fileOf(t, q), nil); err == nil {
			t.Errorf("a proof with another %s is taken", name)
		}
	}
	c := Consistency{Format: FormatConsistency, First: noteOf(headOf(d[:6])), Second: noteOf(headOf(d)), Path: subproof(6, d, true), Keys: []string{k.String()}}
	if f, err := Check(fileOf(t, c), nil); err != nil || len(f.Heads) != 2 {
		t.Errorf("%+v %v", f, err)
	}
	c.First = noteOf(headOf(append(append([]Hash(nil), d[:5]...), d[6])))
	if _, err := Check(fileOf(t, c), nil); !errors.Is(err, ErrMismatch) {
		t.Errorf("a ledger that was altered: %v", err)
	}
	for _, bad := range []string{"", "{}", `{"format":"x"}`, `{"format":"` + FormatInclusion + `","path":["x"]}`} {
		if _, err := Check([]byte(bad), nil); !errors.Is(err, ErrFile) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// Whatever somebody sends as a proof, a head, a key or a code is judged, and what is read back as a
// code or a key writes itself the same way.
func FuzzRead(f *testing.F) {
	_, k := signer()
	d := leaves(3)
	f.Add(fileOf(f, Inclusion{Format: FormatInclusion, Index: 1, LeafHash: d[1], Path: path(1, d), Head: noteOf(headOf(d)), Key: k.String()}))
	f.Add([]byte(noteOf(headOf(d))))
	f.Add([]byte(CodeOf(77, d[0]).String()))
	f.Add(Leaf{Form: LeafPlain}.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = Check(b, nil)
		_, _, _ = ReadNote(string(b), []Key{k})
		if l, err := ReadLeaf(b); err == nil && !bytes.Equal(l.Bytes(), b) {
			t.Errorf("leaf %x", b)
		}
		if c, err := ReadCode(string(b)); err == nil {
			if again, err := ReadCode(c.String()); err != nil || again != c {
				t.Errorf("code %q", b)
			}
		}
		if key, err := ReadKey(string(b)); err == nil && key.String() != strings.TrimSpace(string(b)) {
			t.Errorf("key %q", b)
		}
	})
}
