//go:build unix

package app

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"lienthong/internal/kit/disk"
)

// lockFolder makes the data folder and keeps a second process out of it: two programs on one
// SQLite file and one embedded bus would disturb each other. The lock ends with the process,
// however it ends.
func lockFolder(dir string) (unlock func(), err error) {
	if err := disk.MkdirAll(dir); err != nil {
		return nil, fmt.Errorf("the data folder cannot be made: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the data folder cannot be written: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("another lienthong uses the data folder %s; stop it first or choose another with --data", dir)
	}
	return func() { f.Close() }, nil
}
