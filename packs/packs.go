// Package packs holds the province packs: agencies, procedures, forms, processes and calendars of
// a province as data. The binary carries them, so that a province starts without a network.
package packs

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed bac-kan/*.json bac-kan/procedures/*.json bac-kan/forms/*/*.json bac-kan/processes/*.bpmn bac-kan/demo/*.json
var files embed.FS

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
