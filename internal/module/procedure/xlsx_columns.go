package procedure

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
)

// The spreadsheet of procedures: one sheet with a row per procedure, and a sheet for each list,
// whose rows name the procedure by its code. Row 1 of a sheet is for people, row 2 holds the keys
// by which columns are recognised, so columns may be moved and titles changed.

// The sheets.
const (
	sheetMain       = "Thủ tục"
	sheetSequence   = "Trình tự"
	sheetMethods    = "Cách thức"
	sheetFees       = "Phí, lệ phí"
	sheetComponents = "Thành phần hồ sơ"
	sheetResult     = "Kết quả"
	sheetLegal      = "Căn cứ pháp lý"
)

// headRows is how many rows stand above the data.
const headRows = 2

// column is one column of the main sheet.
type column struct {
	key   string
	title string
	get   func(r *Record) any
	set   func(r *Record, cell string) error
}

// cellError says what is wrong with a cell.
type cellError struct {
	key  string
	args map[string]any
}

func (e *cellError) Error() string { return e.key }

func badCell(key string, args ...any) error { return &cellError{key, fault.Args(args...)} }

func textColumn(key, title string, at func(r *Record) *string) column {
	return column{key, title,
		func(r *Record) any { return *at(r) },
		func(r *Record, cell string) error { *at(r) = cell; return nil }}
}

func listColumn(key, title string, at func(r *Record) *[]string) column {
	return column{key, title,
		func(r *Record) any { return strings.Join(*at(r), "\n") },
		func(r *Record, cell string) error { *at(r) = cellLines(cell); return nil }}
}

func wordsColumn(key, title string, at func(r *Record) *Words) column {
	return listColumn(key, title, func(r *Record) *[]string { return (*[]string)(at(r)) })
}

// cellLines returns the lines of a cell that hold something.
func cellLines(cell string) []string {
	var out []string
	for _, l := range strings.Split(cell, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

func cellInt(cell string) (int, error) {
	cell = strings.TrimSpace(cell)
	if cell == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(cell)
	if err != nil {
		// Spreadsheets keep whole numbers as 3 or 3.0.
		f, ferr := strconv.ParseFloat(cell, 64)
		if ferr != nil || f != float64(int64(f)) || f > 1e15 || f < -1e15 {
			return 0, badCell("procedure.cell_number", "value", clip(cell))
		}
		n = int(f)
	}
	return n, nil
}

func cellBool(cell string) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "1", "true", "x", "có", "co", "yes":
		return true, nil
	case "", "0", "false", "không", "khong", "no":
		return false, nil
	}
	return false, badCell("procedure.cell_bool", "value", clip(cell))
}

// mainColumns returns the columns of the main sheet: the values that fit into a cell, then the
// source and status of every field.
func mainColumns() []column {
	cols := []column{
		textColumn("code", "Mã thủ tục", func(r *Record) *string { return &r.Code.Value }),
		textColumn("name", "Tên thủ tục", func(r *Record) *string { return &r.Name.Value }),
		textColumn("name_en", "Tên tiếng Anh", func(r *Record) *string { return &r.NameEN.Value }),
		textColumn("field.code", "Mã lĩnh vực", func(r *Record) *string { return &r.Field.Value.Code }),
		textColumn("field.name", "Lĩnh vực", func(r *Record) *string { return &r.Field.Value.Name }),
		listColumn("levels", "Cấp thực hiện", func(r *Record) *[]string { return &r.Levels.Value }),
		textColumn("category", "Loại thủ tục", func(r *Record) *string { return &r.Category.Value }),
		listColumn("subjects", "Đối tượng thực hiện", func(r *Record) *[]string { return &r.Subjects.Value }),
		textColumn("description", "Mô tả", func(r *Record) *string { return &r.Description.Value }),
		wordsColumn("agencies.perform", "Cơ quan thực hiện", func(r *Record) *Words { return &r.Agencies.Value.Perform }),
		wordsColumn("agencies.competent", "Cơ quan có thẩm quyền", func(r *Record) *Words { return &r.Agencies.Value.Competent }),
		wordsColumn("agencies.receive", "Nơi tiếp nhận", func(r *Record) *Words { return &r.Agencies.Value.Receive }),
		wordsColumn("agencies.coordinate", "Cơ quan phối hợp", func(r *Record) *Words { return &r.Agencies.Value.Coordinate }),
		textColumn("requirements", "Yêu cầu, điều kiện", func(r *Record) *string { return &r.Requirements.Value }),
		listColumn("keywords", "Từ khóa", func(r *Record) *[]string { return &r.Keywords.Value }),
		textColumn("decision_number", "Số quyết định", func(r *Record) *string { return &r.DecisionNumber.Value }),
		{"service_level", "Mức độ dịch vụ công",
			func(r *Record) any { return r.ServiceLevel.Value },
			func(r *Record, cell string) (err error) { r.ServiceLevel.Value, err = cellInt(cell); return err }},
		textColumn("service_kind", "Loại dịch vụ công", func(r *Record) *string { return &r.ServiceKind.Value }),
		{"valid_from", "Có hiệu lực từ",
			func(r *Record) any {
				if r.ValidFrom.Value == nil {
					return ""
				}
				return r.ValidFrom.Value.String()
			},
			func(r *Record, cell string) error {
				if cell = strings.TrimSpace(cell); cell == "" {
					return nil
				}
				d, err := civil.Parse(cell)
				if err != nil {
					return badCell("procedure.bad_date", "value", clip(cell))
				}
				r.ValidFrom.Value = &d
				return nil
			}},
		textColumn("process", "Quy trình", func(r *Record) *string { return &r.Process }),
		textColumn("form", "Biểu mẫu điện tử", func(r *Record) *string { return &r.Form }),
		{"offers", "Nơi cung cấp",
			func(r *Record) any { return offersText(r.Offers) },
			func(r *Record, cell string) error { r.Offers = offersFrom(cell); return nil }},
		listColumn("life_event", "Nhóm sự kiện", func(r *Record) *[]string { return &r.LifeEvents }),
		{"divisions", "Bộ phận chuyên môn",
			func(r *Record) any { return divisionsText(r.Divisions.Value) },
			func(r *Record, cell string) error { return divisionsFrom(r, cell) }},
	}
	cols = append(cols,
		textColumn("wiring.reception", "Bên tiếp nhận", func(r *Record) *string { return &r.Wiring.Reception }),
		textColumn("wiring.decision", "Bên quyết định", func(r *Record) *string { return &r.Wiring.Decision }))
	for _, key := range FieldKeys() {
		at := func(r *Record) FieldRef {
			for _, f := range r.Fields() {
				if f.Key == key {
					return f
				}
			}
			return FieldRef{Source: new(string), Status: new(Status)}
		}
		cols = append(cols, originColumns(key,
			func(r *Record) *string { return at(r).Source },
			func(r *Record) *Status { return at(r).Status })...)
	}
	cols = append(cols, originColumns("divisions",
		func(r *Record) *string { return &r.Divisions.Source }, func(r *Record) *Status { return &r.Divisions.Status })...)
	return append(cols, originColumns("wiring",
		func(r *Record) *string { return &r.Wiring.Source }, func(r *Record) *Status { return &r.Wiring.Status })...)
}

func originColumns(key string, source func(r *Record) *string, status func(r *Record) *Status) []column {
	return []column{
		textColumn(key+".source", "Nguồn: "+key, source),
		{key + ".status", "Trạng thái: " + key,
			func(r *Record) any { return string(*status(r)) },
			func(r *Record, cell string) error { *status(r) = Status(strings.TrimSpace(cell)); return nil }},
	}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// offersText writes offers as lines "commune" or "unit:so-tttt".
func offersText(offers []Offer) string {
	var lines []string
	for _, o := range offers {
		if o.Unit != "" {
			lines = append(lines, "unit:"+o.Unit)
		} else {
			lines = append(lines, o.Kind)
		}
	}
	return strings.Join(lines, "\n")
}

func offersFrom(cell string) []Offer {
	var out []Offer
	for _, l := range cellLines(cell) {
		if u, ok := strings.CutPrefix(l, "unit:"); ok {
			out = append(out, Offer{Unit: strings.TrimSpace(u)})
		} else {
			out = append(out, Offer{Kind: l})
		}
	}
	return out
}

func divisionsText(m map[string]string) string {
	var lines []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		lines = append(lines, k+"="+m[k])
	}
	return strings.Join(lines, "\n")
}

func divisionsFrom(r *Record, cell string) error {
	for _, l := range cellLines(cell) {
		k, v, ok := strings.Cut(l, "=")
		if !ok {
			return badCell("procedure.cell_pair", "value", clip(l))
		}
		if r.Divisions.Value == nil {
			r.Divisions.Value = map[string]string{}
		}
		r.Divisions.Value[strings.TrimSpace(k)] = strings.TrimSpace(v)
	}
	return nil
}

// child is a sheet with the rows of one list. rows gives the cells behind the code; add takes one
// row into the record by column key.
type child struct {
	sheet   string
	columns [][2]string // key and title, without the code
	rows    func(r *Record) [][]any
	add     func(r *Record, cell func(key string) string) error
}

func childSheets() []child {
	return []child{
		{sheetSequence, [][2]string{{"case", "Trường hợp"}, {"step", "Bước"}}, sequenceRows, addStep},
		{sheetMethods, [][2]string{{"channel", "Kênh (1, 2, 3)"}, {"term_n", "Thời hạn"}, {"term_unit", "Đơn vị"},
			{"term_text", "Thời hạn bằng lời"}, {"term_source", "Nguồn của thời hạn"}, {"term_status", "Trạng thái của thời hạn"},
			{"note", "Ghi chú"}}, methodRows, addMethod},
		{sheetFees, [][2]string{{"channel", "Kênh (1, 2, 3)"}, {"kind", "Loại (phi, le_phi)"}, {"amount", "Số tiền (đồng)"},
			{"unit", "Đơn vị tính"}, {"text", "Nguyên văn, kể cả miễn giảm"}, {"source", "Nguồn"}, {"status", "Trạng thái"},
			{"amount_status", "Trạng thái của số tiền"}}, feeRows, addFee},
		{sheetComponents, [][2]string{{"case", "Trường hợp"}, {"code", "Mã giấy tờ"}, {"name", "Tên giấy tờ"},
			{"form_name", "Mẫu đơn"}, {"originals", "Bản chính"}, {"copies", "Bản sao"}, {"required", "Bắt buộc (1, 0)"},
			{"eform", "Là biểu mẫu điện tử (1, 0)"}, {"presented", "Chỉ xuất trình (1, 0)"}, {"note", "Ghi chú"}}, componentRows, addComponent},
		{sheetResult, [][2]string{{"code", "Mã kết quả"}, {"name", "Tên kết quả"}}, resultRows, addResult},
		{sheetLegal, [][2]string{{"number", "Số văn bản"}, {"title", "Tên văn bản"}, {"date", "Ngày (YYYY-MM-DD)"}}, legalRows, addLegal},
	}
}

func sequenceRows(r *Record) (out [][]any) {
	for _, c := range r.Sequence.Value {
		for _, s := range c.Steps {
			out = append(out, []any{c.Name, s})
		}
		if len(c.Steps) == 0 {
			out = append(out, []any{c.Name, ""})
		}
	}
	return out
}

func addStep(r *Record, cell func(string) string) error {
	name, step := cell("case"), cell("step")
	n := len(r.Sequence.Value)
	if n == 0 || r.Sequence.Value[n-1].Name != name {
		r.Sequence.Value = append(r.Sequence.Value, Case{Name: name})
		n++
	}
	if step != "" {
		c := &r.Sequence.Value[n-1]
		c.Steps = append(c.Steps, step)
	}
	return nil
}

func methodRows(r *Record) (out [][]any) {
	for _, m := range r.Methods.Value {
		var n any = ""
		unit := ""
		if m.Term != nil {
			n, unit = m.Term.N, string(m.Term.Unit)
		}
		out = append(out, []any{m.Channel, n, unit, m.TermText, m.TermSource, string(m.TermStatus), m.Note})
	}
	return out
}

func addMethod(r *Record, cell func(string) string) error {
	channel, err := cellInt(cell("channel"))
	if err != nil {
		return err
	}
	m := Method{Channel: channel, TermText: cell("term_text"), TermSource: cell("term_source"),
		TermStatus: Status(cell("term_status")), Note: cell("note")}
	if cell("term_n") != "" || cell("term_unit") != "" {
		n, err := cellInt(cell("term_n"))
		if err != nil {
			return err
		}
		m.Term = &worktime.Term{N: n, Unit: worktime.Unit(cell("term_unit"))}
	}
	r.Methods.Value = append(r.Methods.Value, m)
	return nil
}

func feeRows(r *Record) (out [][]any) {
	for _, m := range r.Methods.Value {
		for _, f := range m.Fees {
			var amount any = ""
			if f.Amount != nil {
				amount = *f.Amount
			}
			out = append(out, []any{m.Channel, f.Kind, amount, f.Unit, f.Text, f.Source, string(f.Status), string(f.AmountStatus)})
		}
	}
	return out
}

func addFee(r *Record, cell func(string) string) error {
	channel, err := cellInt(cell("channel"))
	if err != nil {
		return err
	}
	f := Fee{Kind: cell("kind"), Unit: cell("unit"), Text: cell("text"), Source: cell("source"),
		Status: Status(cell("status")), AmountStatus: Status(cell("amount_status"))}
	if cell("amount") != "" {
		n, err := cellInt(cell("amount"))
		if err != nil {
			return err
		}
		amount := int64(n)
		f.Amount = &amount
	}
	for i := range r.Methods.Value {
		if m := &r.Methods.Value[i]; m.Channel == channel {
			m.Fees = append(m.Fees, f)
			return nil
		}
	}
	return badCell("procedure.cell_channel", "value", strconv.Itoa(channel))
}

func componentRows(r *Record) (out [][]any) {
	for _, s := range r.Components.Value {
		for _, c := range s.Items {
			out = append(out, []any{s.Case, c.Code, c.Name, c.FormName, c.Originals, c.Copies,
				bit(c.Required), bit(c.EForm), bit(c.Presented), c.Note})
		}
		if len(s.Items) == 0 {
			out = append(out, []any{s.Case, "", "", "", "", "", "", "", "", ""})
		}
	}
	return out
}

func addComponent(r *Record, cell func(string) string) error {
	c := Component{Code: cell("code"), Name: cell("name"), FormName: cell("form_name"), Note: cell("note")}
	var err error
	if c.Originals, err = cellInt(cell("originals")); err != nil {
		return err
	}
	if c.Copies, err = cellInt(cell("copies")); err != nil {
		return err
	}
	for key, at := range map[string]*bool{"required": &c.Required, "eform": &c.EForm, "presented": &c.Presented} {
		if *at, err = cellBool(cell(key)); err != nil {
			return err
		}
	}
	n := len(r.Components.Value)
	if n == 0 || r.Components.Value[n-1].Case != cell("case") {
		r.Components.Value = append(r.Components.Value, ComponentSet{Case: cell("case")})
		n++
	}
	if c != (Component{}) {
		s := &r.Components.Value[n-1]
		s.Items = append(s.Items, c)
	}
	return nil
}

func resultRows(r *Record) (out [][]any) {
	for _, x := range r.Result.Value {
		out = append(out, []any{x.Code, x.Name})
	}
	return out
}

func addResult(r *Record, cell func(string) string) error {
	r.Result.Value = append(r.Result.Value, Coded{Code: cell("code"), Name: cell("name")})
	return nil
}

func legalRows(r *Record) (out [][]any) {
	for _, x := range r.Legal.Value {
		out = append(out, []any{x.Number, x.Title, x.Date})
	}
	return out
}

func addLegal(r *Record, cell func(string) string) error {
	r.Legal.Value = append(r.Legal.Value, Legal{Number: cell("number"), Title: cell("title"), Date: cell("date")})
	return nil
}

// cellName names a cell as people see it: "Phí, lệ phí!C12".
func cellName(sheet string, col, row int) string {
	name := ""
	for n := col; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return fmt.Sprintf("%s!%s%d", sheet, name, row)
}
