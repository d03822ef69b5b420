package blob

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lienthong/internal/kit/fault"
)

func folder(t *testing.T) *Folder {
	t.Helper()
	f, err := OpenFolder(filepath.Join(t.TempDir(), "blobs"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// watch writes down the calls that make a file safe, in their order.
func watch(f *Folder, root string) *[]string {
	var calls []string
	short := func(p string) string {
		r, err := filepath.Rel(root, p)
		if err != nil {
			return p
		}
		if strings.HasPrefix(r, "tmp/") {
			return "tmp/*"
		}
		return r
	}
	ops := f.ops
	f.ops.sync = func(x *os.File) error { calls = append(calls, "sync "+short(x.Name())); return ops.sync(x) }
	f.ops.syncDir = func(d string) error { calls = append(calls, "syncdir "+short(d)); return ops.syncDir(d) }
	f.ops.rename = func(a, b string) error {
		calls = append(calls, "rename "+short(a)+" "+short(b))
		return ops.rename(a, b)
	}
	return &calls
}

// Content before name, name before answer: a kill keeps the page cache and would prove nothing,
// so the order of the calls is what is tested.
func TestOrderOfSyncs(t *testing.T) {
	f := folder(t)
	calls := watch(f, f.root)
	ref, err := f.Put(t.Context(), strings.NewReader("a"), 10)
	if err != nil {
		t.Fatal(err)
	}
	dir := "whole/" + ref.Sum[:2]
	first := []string{"sync tmp/*", "rename tmp/* " + dir + "/" + ref.Sum, "syncdir " + dir}
	if diff := cmp.Diff(first, *calls); diff != "" {
		t.Error("a new file", diff)
	}
	*calls = nil
	if _, err := f.Put(t.Context(), strings.NewReader("a"), 10); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"sync tmp/*", "syncdir " + dir}, *calls); diff != "" {
		t.Error("the same file again", diff)
	}

	*calls = nil
	up := "upload-0123456789"
	for at := range int64(2) {
		if _, err := f.Append(t.Context(), up, at, strings.NewReader("x"), 10); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"sync parts/" + up + ".part", "sync parts/" + up + ".size", "syncdir parts",
		"sync parts/" + up + ".part", "sync parts/" + up + ".size"}
	if diff := cmp.Diff(want, *calls); diff != "" {
		t.Error("pieces", diff)
	}
}

// A store of the first versions, two levels deep, is brought over, also after a start that was killed
// half way.
func TestOldFolders(t *testing.T) {
	f := folder(t)
	var sums []string
	for _, content := range []string{"a", "b", "c"} {
		ref, err := f.Put(t.Context(), strings.NewReader(content), 10)
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, ref.Sum)
	}
	for _, sum := range sums[1:] { // the first has been moved already
		dir := filepath.Join(f.root, "sha256", sum[:2], sum[2:4])
		if err := errors.Join(os.MkdirAll(dir, 0o700), os.Rename(f.path(sum), filepath.Join(dir, sum))); err != nil {
			t.Fatal(err)
		}
	}
	again, err := OpenFolder(f.root, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, sum := range sums {
		if err := again.Check(t.Context(), sum); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join(f.root, "sha256")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the old folders are still there", err)
	}
}

func TestDiskTrouble(t *testing.T) {
	for name, c := range map[string]struct {
		err error
		key string
	}{
		"full": {syscall.ENOSPC, "blob.no_room"}, "quota": {syscall.EDQUOT, "blob.no_room"},
		"read-only": {syscall.EROFS, "blob.out_of_reach"}, "broken": {syscall.EIO, "blob.out_of_reach"},
	} {
		for _, where := range []string{"sync", "rename", "syncdir"} {
			t.Run(name+" at "+where, func(t *testing.T) {
				f := folder(t)
				ops := f.ops
				failing := true
				fail := func(at string) error {
					if failing && at == where {
						return &os.PathError{Op: at, Err: c.err}
					}
					return nil
				}
				f.ops.sync = func(x *os.File) error { return errors.Join(fail("sync"), ops.sync(x)) }
				f.ops.syncDir = func(d string) error { return errors.Join(fail("syncdir"), ops.syncDir(d)) }
				f.ops.rename = func(a, b string) error {
					if err := fail("rename"); err != nil {
						return err
					}
					return ops.rename(a, b)
				}
				_, err := f.Put(t.Context(), strings.NewReader("a"), 10)
				if e := fault.As(err); e == nil || e.Kind != fault.Unavailable || e.Key != c.key {
					t.Errorf("put: %v", err)
				}
				up := "upload-0123456789"
				if where != "rename" {
					if n, err := f.Append(t.Context(), up, 0, strings.NewReader("abc"), 10); fault.KindOf(err) != fault.Unavailable || n != 0 {
						t.Errorf("append: %d, %v", n, err)
					}
				}
				if left, _ := os.ReadDir(filepath.Join(f.root, "tmp")); len(left) != 0 {
					t.Errorf("left behind: %v", left)
				}
				failing = false
				if _, err := f.Put(t.Context(), strings.NewReader("a"), 10); err != nil {
					t.Errorf("after the trouble: %v", err)
				}
			})
		}
	}
}

// After a power cut the bytes' file may be longer than what was acknowledged, holding anything.
func TestUnacknowledgedTail(t *testing.T) {
	f := folder(t)
	up := "upload-0123456789"
	if _, err := f.Append(t.Context(), up, 0, strings.NewReader("good"), 100); err != nil {
		t.Fatal(err)
	}
	x, err := os.OpenFile(f.partPath(up), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	x.WriteString("\x00\x00\x00garbage")
	x.Close()
	if n, err := f.Size(t.Context(), up); n != 4 || err != nil {
		t.Fatalf("size %d, %v", n, err)
	}
	if n, err := f.Append(t.Context(), up, 4, strings.NewReader("!"), 100); n != 5 || err != nil {
		t.Fatal(n, err)
	}
	ref, err := f.Finish(t.Context(), up, 100)
	if err != nil || ref.Size != 5 {
		t.Fatalf("%+v, %v", ref, err)
	}
	if err := f.Check(t.Context(), ref.Sum); err != nil {
		t.Error(err)
	}
	// The bytes are gone but their number is left: as if never begun.
	if _, err := f.Append(t.Context(), up, 0, strings.NewReader("good"), 100); err != nil {
		t.Fatal(err)
	}
	os.Remove(f.partPath(up))
	if n, err := f.Append(t.Context(), up, 0, strings.NewReader("new"), 100); n != 3 || err != nil {
		t.Error(n, err)
	}
}

func TestCheckSweepCollect(t *testing.T) {
	f := folder(t)
	now := time.Now()
	f.now = func() time.Time { return now }
	var refs []Ref
	for i := range 4 {
		r, err := f.Put(t.Context(), strings.NewReader(fmt.Sprint("content ", i)), 100)
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, r)
	}
	if err := f.Check(t.Context(), refs[0].Sum); err != nil {
		t.Error(err)
	}
	p := f.path(refs[0].Sum)
	os.Chmod(p, 0o600)
	if err := os.WriteFile(p, []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Check(t.Context(), refs[0].Sum); err == nil {
		t.Error("a changed file passed the check")
	}
	if err := f.Check(t.Context(), strings.Repeat("0", 64)); fault.KindOf(err) != fault.NotFound {
		t.Error(err)
	}

	old := "upload-old-456789"
	if _, err := f.Append(t.Context(), old, 0, strings.NewReader("x"), 10); err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(f.root, "tmp", "put-left"), nil, 0o600)
	if n, err := f.Sweep(t.Context(), time.Hour); n != 0 || err != nil {
		t.Errorf("swept what is young: %d, %v", n, err)
	}
	now = now.Add(2 * time.Hour)
	if n, err := f.Sweep(t.Context(), time.Hour); n != 3 || err != nil {
		t.Errorf("swept %d, %v; want the upload's two files and the leftover", n, err)
	}

	// refs[1] is referred to, refs[2] was put again just now, refs[3] nobody wants.
	if _, err := f.Put(t.Context(), strings.NewReader("content 2"), 100); err != nil {
		t.Fatal(err)
	}
	n, err := f.Collect(t.Context(), time.Hour, func(sum string) (bool, error) { return sum == refs[0].Sum || sum == refs[1].Sum, nil })
	if n != 1 || err != nil {
		t.Errorf("collected %d, %v", n, err)
	}
	if _, err := f.Has(t.Context(), refs[3].Sum); fault.KindOf(err) != fault.NotFound {
		t.Error("what nobody wants is still there")
	}
}

func TestSniff(t *testing.T) {
	var docx bytes.Buffer
	z := zip.NewWriter(&docx)
	for _, n := range []string{"[Content_Types].xml", "_rels/.rels", "word/document.xml"} {
		w, err := z.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(w, "<x/>")
	}
	z.Close()
	for want, head := range map[string]string{
		"application/pdf":          "%PDF-1.4\n",
		"image/jpeg":               "\xff\xd8\xff\xe0\x00\x10JFIF\x00",
		"image/png":                "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
		"text/html":                "<!DOCTYPE html><script>alert(1)</script>",
		"text/plain":               "Kính gửi Ủy ban nhân dân xã",
		"application/octet-stream": "\x00\x01\x02\x03",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document": docx.String(),
	} {
		if got := Sniff([]byte(head)); got != want {
			t.Errorf("%.20q is %s, want %s", head, got, want)
		}
		if got, err := SniffReader(strings.NewReader(head)); got != want || err != nil {
			t.Errorf("%.20q is %s, want %s; %v", head, got, want, err)
		}
	}
	if got := Sniff(nil); got != "application/octet-stream" {
		t.Error(got)
	}
}
