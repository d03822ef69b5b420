// Package disk makes folders so that a power cut does not take them back. POSIX promises that a new
// name is on the disk only after the folder that holds it was synced (fsync(2), "does not
// necessarily ensure that the entry in the directory containing the file has also reached disk").
package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// SyncDir returns once the names in the folder are on the disk.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// MkdirAll makes the folder, and those above it that are missing, for their owner alone. It returns
// once the name of the folder and of each one it made is on the disk. A folder that is there already
// counts as new: whoever made it may have ended before he synced its name. One whose parent cannot be
// read or synced is taken as it is, because then this program has not made it.
func MkdirAll(dir string) error {
	dir = filepath.Clean(dir)
	up := filepath.Dir(dir)
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrNotExist) && up != dir {
		if err := MkdirAll(up); err != nil {
			return err
		}
		err = os.Mkdir(dir, 0o700)
	}
	there := errors.Is(err, fs.ErrExist)
	if there {
		i, statErr := os.Stat(dir)
		if statErr != nil {
			return statErr
		}
		if !i.IsDir() {
			return err
		}
	} else if err != nil {
		return err
	}
	err = SyncDir(up)
	if there && (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.EROFS)) {
		return nil
	}
	return err
}
