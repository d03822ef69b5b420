// Package blobtest holds the tests that every implementation of blob.Store and blob.Parts passes.
package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"lienthong/internal/kit/blob"
	"lienthong/internal/kit/fault"
)

// limit is the size limit of these tests in bytes.
const limit = 1 << 20

func read(t *testing.T, s blob.Store, sum string) []byte {
	t.Helper()
	r, err := s.Open(t.Context(), sum)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func kind(t *testing.T, what string, err error, want fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != want {
		t.Errorf("%s: error %v, want kind %d", what, err, want)
	}
}

// Store runs the tests of blob.Store on an empty store.
func Store(t *testing.T, open func(t *testing.T) blob.Store) {
	pdf := []byte("%PDF-1.7\n" + strings.Repeat("a page\n", 100))
	t.Run("put and open", func(t *testing.T) {
		s := open(t)
		h := sha256.Sum256(pdf)
		want := blob.Ref{Sum: hex.EncodeToString(h[:]), Size: int64(len(pdf)), Type: "application/pdf"}
		for range 2 { // the second finds the first
			got, err := s.Put(t.Context(), iotest.OneByteReader(bytes.NewReader(pdf)), limit)
			if err != nil || got != want {
				t.Fatalf("%+v, %v; want %+v", got, err, want)
			}
		}
		if got := read(t, s, want.Sum); !bytes.Equal(got, pdf) {
			t.Error("another content came back")
		}
		if n, err := s.Has(t.Context(), want.Sum); err != nil || n != want.Size {
			t.Errorf("Has: %d, %v", n, err)
		}
		r, err := s.Open(t.Context(), want.Sum)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if _, err := r.Seek(-7, io.SeekEnd); err != nil {
			t.Fatal(err)
		}
		if tail, err := io.ReadAll(r); err != nil || string(tail) != "a page\n" {
			t.Errorf("after seeking: %q, %v", tail, err)
		}
		for range 2 {
			if err := s.Delete(t.Context(), want.Sum); err != nil {
				t.Fatal(err)
			}
		}
		_, err = s.Open(t.Context(), want.Sum)
		kind(t, "open after delete", err, fault.NotFound)
		_, err = s.Has(t.Context(), want.Sum)
		kind(t, "has after delete", err, fault.NotFound)
	})
	t.Run("limits", func(t *testing.T) {
		s := open(t)
		if _, err := s.Put(t.Context(), bytes.NewReader(pdf), int64(len(pdf))); err != nil {
			t.Errorf("exactly the limit: %v", err)
		}
		_, err := s.Put(t.Context(), bytes.NewReader(pdf[1:]), int64(len(pdf)-2))
		kind(t, "one byte too many", err, fault.TooLarge)
		if ref, err := s.Put(t.Context(), strings.NewReader(""), limit); err != nil || ref.Size != 0 {
			t.Errorf("an empty file: %+v, %v", ref, err)
		}
	})
	t.Run("a source that breaks", func(t *testing.T) {
		s := open(t)
		broken := errors.New("link lost")
		if _, err := s.Put(t.Context(), io.MultiReader(bytes.NewReader(pdf), iotest.ErrReader(broken)), limit); !errors.Is(err, broken) {
			t.Errorf("error %v, want the source's own", err)
		}
		h := sha256.Sum256(pdf)
		_, err := s.Has(t.Context(), hex.EncodeToString(h[:]))
		kind(t, "half a file", err, fault.NotFound)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Put(ctx, bytes.NewReader(pdf), limit); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	})
	t.Run("names", func(t *testing.T) {
		s := open(t)
		for _, sum := range []string{"", "..", "../../etc/passwd", strings.Repeat("A", 64), strings.Repeat("a", 63),
			strings.Repeat("a", 64), strings.Repeat("/", 64), strings.Repeat("a", 63) + "\x00"} {
			_, err := s.Open(t.Context(), sum)
			kind(t, fmt.Sprintf("open %q", sum), err, fault.NotFound)
			_, err = s.Has(t.Context(), sum)
			kind(t, fmt.Sprintf("has %q", sum), err, fault.NotFound)
			if err := s.Delete(t.Context(), sum); err != nil {
				t.Errorf("delete %q: %v", sum, err)
			}
		}
	})
	t.Run("many at once", func(t *testing.T) {
		s := open(t)
		var wg sync.WaitGroup
		for i := range 24 {
			wg.Go(func() {
				content := fmt.Sprint("content ", i%4)
				ref, err := s.Put(t.Context(), strings.NewReader(content), limit)
				if err != nil {
					t.Error(err)
					return
				}
				r, err := s.Open(t.Context(), ref.Sum)
				if err != nil {
					t.Error(err)
					return
				}
				defer r.Close()
				if b, _ := io.ReadAll(r); string(b) != content {
					t.Errorf("%q, want %q", b, content)
				}
			})
		}
		wg.Wait()
	})
}

// Parts runs the tests of blob.Parts; open returns the parts and the store they finish into.
func Parts(t *testing.T, open func(t *testing.T) (blob.Parts, blob.Store)) {
	const up = "upload-0123456789"
	t.Run("in pieces", func(t *testing.T) {
		p, s := open(t)
		_, err := p.Size(t.Context(), up)
		kind(t, "before it begins", err, fault.NotFound)
		content := bytes.Repeat([]byte("0123456789"), 5000)
		for at := 0; at < len(content); {
			end := min(at+7001, len(content))
			n, err := p.Append(t.Context(), up, int64(at), bytes.NewReader(content[at:end]), limit)
			if err != nil || n != int64(end) {
				t.Fatalf("%d, %v; want %d", n, err, end)
			}
			if size, err := p.Size(t.Context(), up); err != nil || size != n {
				t.Fatalf("size %d, %v", size, err)
			}
			at = end
		}
		ref, err := p.Finish(t.Context(), up, limit)
		if err != nil || ref.Size != int64(len(content)) || ref.Type != "text/plain" {
			t.Fatalf("%+v, %v", ref, err)
		}
		if !bytes.Equal(read(t, s, ref.Sum), content) {
			t.Error("another content came back")
		}
		_, err = p.Finish(t.Context(), up, limit)
		kind(t, "finished twice", err, fault.NotFound)
		_, err = p.Size(t.Context(), up)
		kind(t, "after it ended", err, fault.NotFound)
	})
	t.Run("a link that breaks", func(t *testing.T) {
		p, s := open(t)
		broken := errors.New("link lost")
		n, err := p.Append(t.Context(), up, 0, io.MultiReader(strings.NewReader("hello "), iotest.ErrReader(broken)), limit)
		if n != 6 || !errors.Is(err, broken) {
			t.Fatalf("%d, %v: what arrived counts", n, err)
		}
		n, err = p.Append(t.Context(), up, 0, strings.NewReader("hello world"), limit)
		kind(t, "an old offset", err, fault.Conflict)
		if f := fault.As(err); n != 6 || f == nil || f.Args["size"] != int64(6) {
			t.Errorf("the sender does not learn where to go on: %d, %v", n, err)
		}
		_, err = p.Append(t.Context(), up, 7, strings.NewReader("orld"), limit)
		kind(t, "a gap", err, fault.Conflict)
		if n, err = p.Append(t.Context(), up, 6, strings.NewReader("world"), limit); n != 11 || err != nil {
			t.Fatal(n, err)
		}
		ref, err := p.Finish(t.Context(), up, limit)
		if err != nil || string(read(t, s, ref.Sum)) != "hello world" {
			t.Errorf("%+v, %v", ref, err)
		}
	})
	t.Run("limits and names", func(t *testing.T) {
		p, _ := open(t)
		if n, err := p.Append(t.Context(), up, 0, strings.NewReader("12345"), 10); n != 5 || err != nil {
			t.Fatal(n, err)
		}
		n, err := p.Append(t.Context(), up, 5, strings.NewReader("678901"), 10)
		kind(t, "too much", err, fault.TooLarge)
		if n != 5 {
			t.Errorf("size %d after a piece that was refused", n)
		}
		if n, err = p.Append(t.Context(), up, 5, strings.NewReader("67890"), 10); n != 10 || err != nil {
			t.Errorf("exactly the limit: %d, %v", n, err)
		}
		_, err = p.Finish(t.Context(), up, 9)
		kind(t, "finished under a lower limit", err, fault.TooLarge)
		if err := p.Discard(t.Context(), up); err != nil {
			t.Fatal(err)
		}
		_, err = p.Finish(t.Context(), up, 10)
		kind(t, "finished after discard", err, fault.NotFound)
		for _, bad := range []string{"", "short", "../../../../etc/passwd", "with/slash-0123456789", strings.Repeat("a", 65), "nul\x00-0123456789abc"} {
			_, err := p.Append(t.Context(), bad, 0, strings.NewReader("x"), 10)
			kind(t, "append to "+bad, err, fault.NotFound)
			_, err = p.Size(t.Context(), bad)
			kind(t, "size of "+bad, err, fault.NotFound)
			_, err = p.Finish(t.Context(), bad, 10)
			kind(t, "finish of "+bad, err, fault.NotFound)
			if err := p.Discard(t.Context(), bad); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("two senders", func(t *testing.T) {
		p, s := open(t)
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for range 8 {
			wg.Go(func() {
				if _, err := p.Append(t.Context(), up, 0, strings.NewReader("the same piece"), limit); err == nil {
					mu.Lock()
					won++
					mu.Unlock()
				} else if fault.KindOf(err) != fault.Conflict {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		ref, err := p.Finish(t.Context(), up, limit)
		if won != 1 || err != nil || string(read(t, s, ref.Sum)) != "the same piece" {
			t.Errorf("%d senders won, %v", won, err)
		}
	})
}
