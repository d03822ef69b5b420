package blob

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"lienthong/internal/kit/fault"
)

// An upload is two files: its bytes, and how many of them have been acknowledged. The second is
// needed because a power cut may leave the first longer than what was synced, with anything in
// the rest.
const partSuffix, sizeSuffix = ".part", ".size"

func (f *Folder) partPath(upload string) string {
	return filepath.Join(f.root, "parts", upload+partSuffix)
}

func (f *Folder) sizePath(upload string) string {
	return filepath.Join(f.root, "parts", upload+sizeSuffix)
}

func badUpload() error { return fault.New(fault.NotFound, "blob.upload_not_found") }

// Append implements Parts.
func (f *Folder) Append(ctx context.Context, upload string, offset int64, r io.Reader, limit int64) (int64, error) {
	if !ValidUpload(upload) {
		return 0, badUpload()
	}
	defer f.busy.lock(upload)()
	size, err := f.size(upload)
	fresh := fault.KindOf(err) == fault.NotFound
	if err != nil && !fresh {
		return 0, err
	}
	if offset != size {
		return size, fault.New(fault.Conflict, "blob.wrong_offset", "size", size)
	}
	if size > limit {
		return size, tooLarge(limit)
	}
	file, err := os.OpenFile(f.partPath(upload), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return size, wrap(err)
	}
	defer file.Close()
	if err := file.Truncate(size); err != nil {
		return size, wrap(err)
	}
	if _, err := file.Seek(size, io.SeekStart); err != nil {
		return size, wrap(err)
	}
	src := &reading{r: r, ctx: ctx}
	n, err := io.Copy(file, io.LimitReader(src, limit-size+1))
	if err != nil && src.err == nil { // the disk, not the link
		return size, wrap(err)
	}
	if size+n > limit {
		return size, tooLarge(limit) // none of the piece counts: the sender may try a shorter one
	}
	if err := f.ops.sync(file); err != nil {
		return size, wrap(err)
	}
	if err := f.note(upload, size+n); err != nil {
		return size, wrap(err)
	}
	if fresh {
		if err := f.ops.syncDir(filepath.Dir(file.Name())); err != nil {
			return size, wrap(err)
		}
	}
	return size + n, src.err
}

// note writes down how many bytes are safe: one number in one disk sector, so it is the old or
// the new one after a power cut.
func (f *Folder) note(upload string, size int64) error {
	file, err := os.OpenFile(f.sizePath(upload), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := fmt.Fprintf(file, "%020d", size); err != nil {
		return err
	}
	return f.ops.sync(file)
}

// size returns how many bytes of the upload are safe. An upload one of whose files is missing or
// too short counts as never begun.
func (f *Folder) size(upload string) (int64, error) {
	b, err := os.ReadFile(f.sizePath(upload))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, badUpload()
	}
	if err != nil {
		return 0, wrap(err)
	}
	size, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil || size < 0 {
		return 0, badUpload()
	}
	s, err := os.Stat(f.partPath(upload))
	if errors.Is(err, fs.ErrNotExist) || err == nil && s.Size() < size {
		return 0, badUpload()
	}
	return size, wrap(err)
}

// Size implements Parts.
func (f *Folder) Size(_ context.Context, upload string) (int64, error) {
	if !ValidUpload(upload) {
		return 0, badUpload()
	}
	defer f.busy.lock(upload)()
	return f.size(upload)
}

// Finish implements Parts. The upload's own file becomes the stored one; nothing is copied.
func (f *Folder) Finish(ctx context.Context, upload string, limit int64) (Ref, error) {
	if !ValidUpload(upload) {
		return Ref{}, badUpload()
	}
	defer f.busy.lock(upload)()
	size, err := f.size(upload)
	if err != nil {
		return Ref{}, err
	}
	if size > limit {
		return Ref{}, tooLarge(limit)
	}
	file, err := os.OpenFile(f.partPath(upload), os.O_RDWR, 0)
	if err != nil {
		return Ref{}, wrap(err)
	}
	defer file.Close()
	if err := file.Truncate(size); err != nil {
		return Ref{}, wrap(err)
	}
	d := digest{sum: sha256.New()}
	if _, err := io.Copy(&d, &reading{r: file, ctx: ctx}); err != nil {
		return Ref{}, wrap(err)
	}
	if err := f.ops.sync(file); err != nil {
		return Ref{}, wrap(err)
	}
	ref := d.ref(size)
	if err := f.keep(file.Name(), ref); err != nil {
		return Ref{}, wrap(err)
	}
	os.Remove(f.sizePath(upload)) // without its bytes it means nothing; Sweep takes a leftover
	return ref, nil
}

// Discard implements Parts.
func (f *Folder) Discard(_ context.Context, upload string) error {
	if !ValidUpload(upload) {
		return nil
	}
	defer f.busy.lock(upload)()
	for _, p := range []string{f.sizePath(upload), f.partPath(upload)} {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return wrap(err)
		}
	}
	return nil
}

// keyed holds one lock for each name in use.
type keyed struct {
	mu sync.Mutex
	m  map[string]*entry
}

type entry struct {
	mu sync.Mutex
	n  int
}

func (k *keyed) lock(name string) (unlock func()) {
	k.mu.Lock()
	if k.m == nil {
		k.m = map[string]*entry{}
	}
	e := k.m[name]
	if e == nil {
		e = &entry{}
		k.m[name] = e
	}
	e.n++
	k.mu.Unlock()
	e.mu.Lock()
	return func() {
		e.mu.Unlock()
		k.mu.Lock()
		defer k.mu.Unlock()
		if e.n--; e.n == 0 {
			delete(k.m, name)
		}
	}
}
