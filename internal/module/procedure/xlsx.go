package procedure

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/text"
)

// Limits of a spreadsheet. A file of a few kilobytes can unpack to gigabytes, so the sizes are
// checked while unpacking, not believed from its directory.
const (
	maxUnpacked  = 160 << 20 // bytes of all parts together
	maxParts     = 500       // files in the archive
	maxSheetRows = 300000    // rows of one sheet
	maxCells     = 4 << 20   // cells of all sheets
	maxColumns   = 200
	maxCellUnits = 32767 // UTF-16 units of one cell, the limit of the format
)

// ExportXLSX writes the published records, or those with the given codes, as a spreadsheet that
// ImportRecords reads back without loss.
func (s *Service) ExportXLSX(ctx context.Context, w io.Writer, codes ...string) error {
	records, err := s.exported(ctx, codes)
	if err != nil {
		return err
	}
	return writeXLSX(w, records)
}

func writeXLSX(w io.Writer, records []Record) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.SetSheetName("Sheet1", sheetMain); err != nil {
		return err
	}
	head, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	cols := mainColumns()
	titles, keys := make([]any, len(cols)), make([]any, len(cols))
	for i, c := range cols {
		titles[i], keys[i] = c.title, c.key
	}
	var rows [][]any
	for i := range records {
		row := make([]any, len(cols))
		for j, c := range cols {
			row[j] = c.get(&records[i])
		}
		rows = append(rows, row)
	}
	if err := writeSheet(f, sheetMain, head, titles, keys, rows); err != nil {
		return err
	}
	for _, ch := range childSheets() {
		if _, err := f.NewSheet(ch.sheet); err != nil {
			return err
		}
		titles, keys, rows := []any{"Mã thủ tục"}, []any{"procedure"}, [][]any(nil)
		for _, c := range ch.columns {
			keys, titles = append(keys, c[0]), append(titles, c[1])
		}
		for i := range records {
			for _, row := range ch.rows(&records[i]) {
				rows = append(rows, append([]any{records[i].Code.Value}, row...))
			}
		}
		if err := writeSheet(f, ch.sheet, head, titles, keys, rows); err != nil {
			return err
		}
	}
	return f.Write(w)
}

func writeSheet(f *excelize.File, sheet string, head int, titles, keys []any, rows [][]any) error {
	sw, err := f.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: headRows, XSplit: 1, TopLeftCell: "B3", ActivePane: "bottomRight"}); err != nil {
		return err
	}
	if err := sw.SetColWidth(1, len(keys), 24); err != nil {
		return err
	}
	for i, line := range append([][]any{titles, keys}, rows...) {
		for j, c := range line {
			if s, ok := c.(string); ok && len(s) > maxCellUnits && len(utf16.Encode([]rune(s))) > maxCellUnits {
				return fault.New(fault.Invalid, "procedure.export_too_long", "cell", cellName(sheet, j+1, i+1))
			}
		}
		var opts []excelize.RowOpts
		if i < headRows {
			opts = append(opts, excelize.RowOpts{StyleID: head})
		}
		// Texts are written as strings of their own type, so one that begins with "=" is no formula.
		if err := sw.SetRow(fmt.Sprintf("A%d", i+1), line, opts...); err != nil {
			return err
		}
	}
	return sw.Flush()
}

// parseXLSX reads a spreadsheet of procedures.
func parseXLSX(data []byte) (out []parsed, err error) {
	if err := checkArchive(data); err != nil {
		return nil, err
	}
	defer func() {
		// The library reads whatever people upload; what it stumbles over is an unreadable file.
		if p := recover(); p != nil {
			out, err = nil, fault.Wrap(fmt.Errorf("reading XLSX: %v", p), fault.Invalid, "procedure.import_unreadable", "reason", "XLSX")
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked, RawCellValue: true})
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "procedure.import_unreadable", "reason", "XLSX")
	}
	defer f.Close()
	b := &xlsxReader{f: f, byCode: map[string]int{}}
	if err := b.main(); err != nil {
		return nil, err
	}
	for _, ch := range childSheets() {
		if err := b.child(ch); err != nil {
			return nil, err
		}
	}
	for i := range b.out {
		p := &b.out[i]
		p.record.Clean()
		if len(p.errors) == 0 {
			p.errors = p.record.Validate()
		}
	}
	return append(b.out, b.orphans...), nil
}

// checkArchive unpacks everything once into nothing and stops at the limits.
func checkArchive(data []byte) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "procedure.import_unreadable", "reason", "XLSX")
	}
	if len(z.File) > maxParts {
		return fault.New(fault.TooLarge, "procedure.import_too_large", "max", maxUnpacked>>20)
	}
	left := int64(maxUnpacked)
	for _, part := range z.File {
		r, err := part.Open()
		if err != nil {
			return fault.Wrap(err, fault.Invalid, "procedure.import_unreadable", "reason", "XLSX")
		}
		n, err := io.Copy(io.Discard, io.LimitReader(r, left+1))
		r.Close()
		if left -= n; left < 0 {
			return fault.New(fault.TooLarge, "procedure.import_too_large", "max", maxUnpacked>>20)
		}
		if err != nil {
			return fault.Wrap(err, fault.Invalid, "procedure.import_unreadable", "reason", "XLSX")
		}
	}
	return nil
}

type xlsxReader struct {
	f       *excelize.File
	out     []parsed
	byCode  map[string]int
	orphans []parsed
	cells   int
}

// each calls fn for every data row that holds something, with its cells by column key.
func (b *xlsxReader) each(sheet string, fn func(line int, keys []string, cell func(key string) string) error) error {
	rows, err := b.f.Rows(sheet)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "procedure.no_sheet", "sheet", sheet)
	}
	defer rows.Close()
	var keys []string
	at := map[string]int{}
	for line := 1; rows.Next(); line++ {
		cells, err := rows.Columns()
		if err != nil {
			return fault.Wrap(err, fault.Invalid, "procedure.import_unreadable", "reason", sheet)
		}
		b.cells += len(cells) + 1
		if line > maxSheetRows || b.cells > maxCells || len(cells) > maxColumns {
			return fault.New(fault.TooLarge, "procedure.sheet_too_large", "sheet", sheet)
		}
		if line < headRows {
			continue
		}
		if line == headRows {
			for i, c := range cells {
				key := text.Line(c)
				if _, twice := at[key]; twice && key != "" {
					return fault.New(fault.Invalid, "procedure.column_twice", "sheet", sheet, "column", clip(key))
				}
				at[key] = i
				keys = append(keys, key)
			}
			continue
		}
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue
		}
		cell := func(key string) string {
			i, ok := at[key]
			if !ok || i >= len(cells) {
				return ""
			}
			return text.Clean(cells[i])
		}
		if err := fn(line, keys, cell); err != nil {
			return err
		}
	}
	return rows.Error()
}

func (b *xlsxReader) main() error {
	cols := map[string]column{}
	for _, c := range mainColumns() {
		cols[c.key] = c
	}
	return b.each(sheetMain, func(line int, keys []string, cell func(string) string) error {
		if len(b.out) >= maxImportRows {
			return fault.New(fault.TooLarge, "procedure.import_too_many", "max", maxImportRows)
		}
		p := parsed{line: line}
		for i, key := range keys {
			c, ok := cols[key]
			switch {
			case key == "":
			case !ok:
				p.errors = append(p.errors, fault.Field{Path: cellName(sheetMain, i+1, headRows), Key: "procedure.unknown_field",
					Args: fault.Args("field", clip(key))})
			default:
				if err := c.set(&p.record, cell(key)); err != nil {
					p.errors = append(p.errors, cellField(err, cellName(sheetMain, i+1, line)))
				}
			}
		}
		if _, twice := b.byCode[p.record.Code.Value]; !twice {
			b.byCode[p.record.Code.Value] = len(b.out)
		}
		b.out = append(b.out, p)
		return nil
	})
}

func (b *xlsxReader) child(ch child) error {
	return b.each(ch.sheet, func(line int, keys []string, cell func(string) string) error {
		code := cell("procedure")
		i, ok := b.byCode[code]
		if !ok {
			if len(b.orphans) < 1000 {
				p := parsed{line: line, errors: []fault.Field{{Path: cellName(ch.sheet, 1, line), Key: "procedure.orphan_row",
					Args: fault.Args("sheet", ch.sheet, "code", clip(code))}}}
				b.orphans = append(b.orphans, p)
			}
			return nil
		}
		if err := ch.add(&b.out[i].record, cell); err != nil && len(b.out[i].errors) < 100 {
			b.out[i].errors = append(b.out[i].errors, cellField(err, cellName(ch.sheet, 1, line)))
		}
		return nil
	})
}

func cellField(err error, cell string) fault.Field {
	var ce *cellError
	if errors.As(err, &ce) {
		return fault.Field{Path: cell, Key: ce.key, Args: ce.args}
	}
	return fault.Field{Path: cell, Key: "procedure.import_unreadable", Args: fault.Args("reason", clip(err.Error()))}
}
