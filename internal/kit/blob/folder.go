package blob

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lienthong/internal/kit/disk"
	"lienthong/internal/kit/fault"
)

// Folder is a Store and Parts in a folder of this machine:
//
//	whole/ab/abcd…   files, in 256 folders that are there from the start
//	tmp/             files being written
//	parts/           uploads being gathered
//
// One process works on a folder; several replicas need a store they share.
type Folder struct {
	root string
	now  func() time.Time
	ops  fileOps
	busy keyed
}

// fileOps are the calls whose order makes a file safe; the tests watch and disturb them.
type fileOps struct {
	sync    func(*os.File) error
	syncDir func(string) error
	rename  func(from, to string) error
}

// OpenFolder opens or makes the store in the folder root.
func OpenFolder(root string, now func() time.Time) (*Folder, error) {
	f := &Folder{root: root, now: now, ops: fileOps{sync: (*os.File).Sync, syncDir: disk.SyncDir, rename: os.Rename}}
	if err := disk.MkdirAll(root); err != nil {
		return nil, wrap(err)
	}
	for _, d := range []string{"whole", "tmp", "parts"} {
		if err := disk.MkdirAll(filepath.Join(root, d)); err != nil {
			return nil, wrap(err)
		}
	}
	// Made once and synced together, so that a file that is put waits for its own name only.
	for i := range 256 {
		if err := os.Mkdir(filepath.Join(root, "whole", fmt.Sprintf("%02x", i)), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, wrap(err)
		}
	}
	if err := f.ops.syncDir(filepath.Join(root, "whole")); err != nil {
		return nil, wrap(err)
	}
	return f, wrap(f.moveOld())
}

// moveOld brings the files of a store with two levels of folders, as the first versions of the program
// kept them, to where they are now. Killed at any point it goes on at the next start.
func (f *Folder) moveOld() error {
	old := filepath.Join(f.root, "sha256")
	if _, err := os.Stat(old); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	touched := map[string]bool{}
	err := filepath.WalkDir(old, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !ValidSum(e.Name()) {
			return err
		}
		to := f.path(e.Name())
		touched[filepath.Dir(to)] = true
		return f.ops.rename(path, to)
	})
	if err != nil {
		return err
	}
	for dir := range touched {
		if err := f.ops.syncDir(dir); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(old); err != nil {
		return err
	}
	return f.ops.syncDir(f.root)
}

func (f *Folder) path(sum string) string {
	return filepath.Join(f.root, "whole", sum[:2], sum)
}

// Put implements Store.
func (f *Folder) Put(ctx context.Context, r io.Reader, limit int64) (Ref, error) {
	tmp, err := os.CreateTemp(filepath.Join(f.root, "tmp"), "put-*")
	if err != nil {
		return Ref{}, wrap(err)
	}
	defer os.Remove(tmp.Name()) // gone already if all went well
	defer tmp.Close()
	src := &reading{r: r, ctx: ctx}
	d := digest{sum: sha256.New()}
	// One byte more than allowed tells a file of exactly the limit from a larger one.
	n, err := io.Copy(io.MultiWriter(tmp, &d), io.LimitReader(src, limit+1))
	switch {
	case src.err != nil:
		return Ref{}, src.err
	case err != nil:
		return Ref{}, wrap(err)
	case n > limit:
		return Ref{}, tooLarge(limit)
	}
	if err := f.ops.sync(tmp); err != nil {
		return Ref{}, wrap(err)
	}
	if err := tmp.Close(); err != nil {
		return Ref{}, wrap(err)
	}
	ref := d.ref(n)
	return ref, wrap(f.keep(tmp.Name(), ref))
}

// keep gives a synced file its name.
func (f *Folder) keep(from string, ref Ref) error {
	to := f.path(ref.Sum)
	dir := filepath.Dir(to)
	defer f.busy.lock(ref.Sum)()
	if f.verify(to, ref.Sum) == nil {
		// The same content is there, undamaged. An earlier writer may have failed after renaming it, so this
		// one syncs as well before anybody is told success. Its time is renewed for Collect.
		if err := os.Chtimes(to, time.Time{}, f.now()); err != nil {
			return err
		}
		if err := os.Remove(from); err != nil {
			return err
		}
		return f.ops.syncDir(dir)
	}
	if err := os.Chmod(from, 0o400); err != nil {
		return err
	}
	if err := f.ops.rename(from, to); err != nil {
		return err
	}
	return f.ops.syncDir(dir)
}

// digest takes in a content and says what it is.
type digest struct {
	sum  hash.Hash
	head []byte
}

func (d *digest) Write(p []byte) (int, error) {
	if room := sniffBytes - len(d.head); room > 0 {
		d.head = append(d.head, p[:min(room, len(p))]...)
	}
	return d.sum.Write(p)
}

func (d *digest) ref(size int64) Ref {
	return Ref{Sum: hex.EncodeToString(d.sum.Sum(nil)), Size: size, Type: Sniff(d.head)}
}

// Open implements Store. The content is read once and compared with its sum before anybody gets it.
func (f *Folder) Open(ctx context.Context, sum string) (io.ReadSeekCloser, error) {
	if !ValidSum(sum) {
		return nil, fault.New(fault.NotFound, "blob.not_found")
	}
	file, err := os.Open(f.path(sum))
	if err != nil {
		return nil, wrap(err)
	}
	if err = compare(&reading{r: file, ctx: ctx}, sum); err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		file.Close()
		return nil, wrap(err)
	}
	return file, nil
}

// verify returns nil if the file is there and holds what the sum says.
func (f *Folder) verify(path, sum string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return compare(file, sum)
}

// compare reads a content to its end and returns an Unavailable fault if it is not what the sum says.
func compare(r io.Reader, sum string) error {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != sum {
		err := errors.New("the stored file " + sum + " has been changed: its content is " + got)
		return fault.Wrap(err, fault.Unavailable, "blob.damaged")
	}
	return nil
}

// Probe writes a small file as Put does and takes it away again; an error says that no file can be
// stored now.
func (f *Folder) Probe(context.Context) error {
	tmp, err := os.CreateTemp(filepath.Join(f.root, "tmp"), "probe-*")
	if err != nil {
		return wrap(err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString("probe")
	if err == nil {
		err = f.ops.sync(tmp)
	}
	return wrap(errors.Join(err, tmp.Close()))
}

// Has implements Store.
func (f *Folder) Has(_ context.Context, sum string) (int64, error) {
	if !ValidSum(sum) {
		return 0, fault.New(fault.NotFound, "blob.not_found")
	}
	s, err := os.Stat(f.path(sum))
	if err != nil {
		return 0, wrap(err)
	}
	return s.Size(), nil
}

// Delete implements Store.
func (f *Folder) Delete(_ context.Context, sum string) error {
	if !ValidSum(sum) {
		return nil
	}
	defer f.busy.lock(sum)()
	return f.remove(f.path(sum))
}

func (f *Folder) remove(p string) error {
	if err := os.Remove(p); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return wrap(err)
	}
	return wrap(f.ops.syncDir(filepath.Dir(p)))
}

// Check reads the whole content and returns an Unavailable fault if it is not what its name says, for
// doctor and after a restore. NotFound if it is not there.
func (f *Folder) Check(ctx context.Context, sum string) error {
	r, err := f.Open(ctx, sum)
	if err != nil {
		return err
	}
	return r.Close()
}

// Walk calls visit with every stored file's name and size, in the order of names, until it errs.
func (f *Folder) Walk(ctx context.Context, visit func(sum string, size int64) error) error {
	return f.walk(ctx, func(s Stored) error { return visit(s.Sum, s.Size) })
}

func (f *Folder) walk(ctx context.Context, visit func(Stored) error) error {
	return filepath.WalkDir(filepath.Join(f.root, "whole"), func(path string, e fs.DirEntry, err error) error {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if e.IsDir() || !ValidSum(e.Name()) {
			return nil
		}
		i, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // deleted meanwhile
		}
		if err != nil {
			return err
		}
		return visit(Stored{e.Name(), i.Size(), i.ModTime()})
	})
}

// Stored is a file as it lies in the store.
type Stored struct {
	Sum  string    // see Ref
	Size int64     // bytes
	At   time.Time // when it was last put
}

// List returns every stored file, those put first first; it takes about 150 bytes of memory for
// each. Between two lists files may come and go.
func (f *Folder) List(ctx context.Context) ([]Stored, error) {
	var out []Stored
	err := f.walk(ctx, func(s Stored) error { out = append(out, s); return nil })
	slices.SortFunc(out, func(a, b Stored) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Sum, b.Sum)) })
	return out, err
}

// Collect deletes files put longer ago than olderThan to which nothing refers, and returns how
// many. olderThan is well above the time from a Put to the commit of the record that refers to it:
// a file put again counts as new. referenced may be asked while a Put of the same content waits.
func (f *Folder) Collect(ctx context.Context, olderThan time.Duration, referenced func(sum string) (bool, error)) (int, error) {
	cut, n := f.now().Add(-olderThan), 0
	err := f.Walk(ctx, func(sum string, _ int64) error {
		defer f.busy.lock(sum)()
		p := f.path(sum)
		if i, err := os.Stat(p); err != nil || !i.ModTime().Before(cut) {
			return nil
		}
		if used, err := referenced(sum); err != nil || used {
			return err
		}
		n++
		return f.remove(p)
	})
	return n, err
}

// Sweep removes what unfinished writes left behind and uploads nobody has added to since then,
// and returns how many.
func (f *Folder) Sweep(ctx context.Context, olderThan time.Duration) (int, error) {
	cut, n := f.now().Add(-olderThan), 0
	for _, dir := range []string{"tmp", "parts"} {
		es, err := os.ReadDir(filepath.Join(f.root, dir))
		if err != nil {
			return n, wrap(err)
		}
		for _, e := range es {
			if err := ctx.Err(); err != nil {
				return n, err
			}
			name := strings.TrimSuffix(strings.TrimSuffix(e.Name(), partSuffix), sizeSuffix)
			unlock := f.busy.lock(name)
			if i, err := e.Info(); err == nil && i.ModTime().Before(cut) && os.Remove(filepath.Join(f.root, dir, e.Name())) == nil {
				n++
			}
			unlock()
		}
	}
	return n, nil
}
