package dossierweb

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"

	"github.com/xuri/excelize/v2"

	"lienthong/internal/kit/fault"
)

// sheet is a table to be taken along. Its name is that of the file, without the ending.
type sheet struct {
	Name string
	Head []string
	Rows [][]any
}

// send writes the sheet in the format the file's ending asks for: .xlsx or .csv.
func (s sheet) send(w http.ResponseWriter, _ *http.Request, file string) error {
	var body []byte
	var err error
	media, ext := "text/csv; charset=utf-8", ".csv"
	switch {
	case strings.HasSuffix(file, ".csv"):
		body, err = s.csv()
	case strings.HasSuffix(file, ".xlsx"):
		media, ext = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"
		body, err = s.xlsx()
	default:
		return fault.New(fault.NotFound, "web.error.not_found")
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Disposition", `attachment; filename="`+s.Name+ext+`"`)
	_, _ = w.Write(body) // the client may be gone
	return nil
}

func (s sheet) csv() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\uFEFF") // without it Excel reads Vietnamese as Latin-1
	c := csv.NewWriter(&b)
	if err := c.Write(s.Head); err != nil {
		return nil, err
	}
	for _, row := range s.Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = harmless(fmt.Sprint(v))
		}
		if err := c.Write(cells); err != nil {
			return nil, err
		}
	}
	c.Flush()
	return b.Bytes(), c.Error()
}

// harmless keeps a text that somebody typed from becoming a formula in a spreadsheet.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (s sheet) xlsx() ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	const name = "Sheet1"
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return nil, err
	}
	sw, err := f.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	for i, h := range s.Head {
		if err := sw.SetColWidth(i+1, i+1, float64(min(max(len([]rune(h))+4, 14), 40))); err != nil {
			return nil, err
		}
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	head := make([]any, len(s.Head))
	for i, h := range s.Head {
		head[i] = excelize.Cell{StyleID: bold, Value: h}
	}
	for i, row := range append([][]any{head}, s.Rows...) {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return nil, err
		}
		if err := sw.SetRow(cell, row); err != nil {
			return nil, err
		}
	}
	if err := sw.Flush(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = f.Write(&b)
	return b.Bytes(), err
}
