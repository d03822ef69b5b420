// Package packs holds the province packs: agencies, procedures, forms, processes and calendars of
// a province as data. The binary carries them, so that a province starts without a network.
package packs

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

//go:embed bac-kan/*.json bac-kan/procedures/*.json bac-kan/forms/*/*.json bac-kan/processes/*.bpmn bac-kan/demo/*.json
var files embed.FS

// Find returns the pack with the name, such as "bac-kan", or, if the program carries none of it, the
// one in the folder of that path. "./bac-kan" is always the folder.
func Find(nameOrDir string) (fs.FS, error) {
	if p, err := Open(nameOrDir); err == nil {
		return p, nil
	}
	info, err := os.Stat(nameOrDir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no province pack %q, neither in the program nor as a folder", nameOrDir)
	case err != nil:
		return nil, fmt.Errorf("province pack: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("province pack: %s is no folder", nameOrDir)
	}
	p := os.DirFS(nameOrDir)
	if _, err := fs.Stat(p, "pack.json"); err != nil {
		return nil, fmt.Errorf("province pack: %s holds no pack.json", nameOrDir)
	}
	return p, nil
}

// Open returns the pack with the key, such as "bac-kan".
func Open(key string) (fs.FS, error) {
	if !fs.ValidPath(key) {
		return nil, fmt.Errorf("there is no province pack %q", key)
	}
	if _, err := fs.Stat(files, key+"/pack.json"); err != nil {
		return nil, fmt.Errorf("there is no province pack %q", key)
	}
	return fs.Sub(files, key)
}
