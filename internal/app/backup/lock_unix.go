//go:build unix

package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// lockDir keeps a second writer, or with shared a writer, out of the folder until the returned
// function is called or the program ends.
func lockDir(dir string, shared bool) (unlock func(), err error) {
	how, flag := syscall.LOCK_EX, os.O_CREATE|os.O_RDWR
	if shared {
		how, flag = syscall.LOCK_SH, os.O_RDONLY
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), flag, 0o600)
	if shared && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)) {
		return func() {}, nil // a copy of the folder that nobody writes to
	}
	if err != nil {
		return nil, fmt.Errorf("the back-up folder cannot be written: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("another lienthong works on the back-up folder %s", dir)
	}
	return func() { f.Close() }, nil
}
