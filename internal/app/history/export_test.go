package history

import (
	"math/rand/v2"

	"lienthong/internal/engine/form"
	"lienthong/internal/kit/civil"
	"lienthong/internal/module/dossier"
)

// NewSheet lets tests cut an example.
func NewSheet(f *form.Form, example []byte) (*sheet, error) { return newSheet(f, example) }

// Fill lets tests fill it in.
func (s *sheet) Fill(d *Data, r *rand.Rand, day civil.Date, places []string) ([]byte, dossier.Applicant) {
	return s.fill(d, r, day, places)
}
