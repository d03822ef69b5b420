package procedure

import (
	"fmt"
	"io"
)

// ManyForTest returns a catalogue of n entries that vary those of cat.
func ManyForTest(cat *Catalogue, n int) *Catalogue {
	big := &Catalogue{byCode: map[string]*Entry{}}
	for i := range n {
		e := *cat.entries[i%len(cat.entries)]
		e.Code = fmt.Sprintf("7.%06d", i)
		e.Name = fmt.Sprintf("%s nhóm%d", e.Name, i/len(cat.entries))
		big.entries = append(big.entries, &e)
	}
	big.index = newIndex(big.entries)
	return big
}

// SearchForTest returns how many entries match.
func SearchForTest(cat *Catalogue, query string) int { return len(cat.index.search(query)) }

// ParseForTest reads an import file and returns its well-formed records by code.
func ParseForTest(data []byte) (map[string]Record, error) {
	rows, err := parseImport(data)
	if err != nil {
		return nil, err
	}
	out := map[string]Record{}
	for _, p := range rows {
		if len(p.errors) == 0 {
			out[p.record.Code.Value] = p.record
		}
	}
	return out, nil
}

// WriteXLSXForTest writes records as a spreadsheet.
func WriteXLSXForTest(w io.Writer, records []Record) error { return writeXLSX(w, records) }

// CatalogueOfLevelsForTest returns a catalogue of so many procedures of each service level.
func CatalogueOfLevelsForTest(n map[int]int) *Catalogue {
	c := &Catalogue{byCode: map[string]*Entry{}}
	for level, many := range n {
		for range many {
			c.entries = append(c.entries, &Entry{Level: level})
		}
	}
	return c
}
