//go:build !unix

package app

import (
	"fmt"
	"os"
)

// lockFolder makes the data folder. Systems without advisory locks rely on the database's own.
func lockFolder(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return nil, fmt.Errorf("the data folder cannot be made: %w", err)
	}
	return func() {}, nil
}
