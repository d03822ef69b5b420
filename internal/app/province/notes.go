package province

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"lienthong/internal/module/dossier"
)

// Notes reads notes.json: what reports say about times when the province was organised otherwise.
// A pack without the file has none.
func Notes(pack fs.FS) ([]dossier.Note, error) {
	raw, err := fs.ReadFile(pack, "notes.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []dossier.Note
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("notes.json: %w", err)
	}
	for i, n := range out {
		if n.Text.VI == "" || n.Text.EN == "" || n.Source == "" {
			return nil, fmt.Errorf("notes.json: note %d lacks a text or its source", i+1)
		}
	}
	return out, nil
}
