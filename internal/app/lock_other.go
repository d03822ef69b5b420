//go:build !unix

package app

import (
	"fmt"

	"lienthong/internal/kit/disk"
)

// lockFolder makes the data folder. Systems without advisory locks rely on the database's own.
func lockFolder(dir string) (unlock func(), err error) {
	if err := disk.MkdirAll(dir); err != nil {
		return nil, fmt.Errorf("the data folder cannot be made: %w", err)
	}
	return func() {}, nil
}
