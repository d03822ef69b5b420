package procedure_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/xuri/excelize/v2"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/procedure"
	"lienthong/internal/module/procedure/proceduretest"
)

// packRecords reads every record of the province pack.
func packRecords(t testing.TB) []procedure.Record {
	t.Helper()
	files, err := filepath.Glob(packDir + "/procedures/*.json")
	if err != nil || len(files) < 35 {
		t.Fatal(err, len(files))
	}
	var out []procedure.Record
	for _, f := range files {
		out = append(out, packRecord(t, strings.TrimSuffix(filepath.Base(f), ".json")))
	}
	return out
}

// tree returns a record of the pack as plain JSON values, to be damaged by a test.
func tree(t testing.TB, code string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(asJSON(t, packRecord(t, code)), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestImportErrors(t *testing.T) {
	s, _, _ := published(t, birth)
	type m = map[string]any
	tests := []struct {
		name   string
		damage func(r m)
		path   string
		key    string
	}{
		{"no source", func(r m) { delete(r["name"].(m), "source") }, "/name/source", "procedure.no_source"},
		{"blank source", func(r m) { r["legal"].(m)["source"] = " \t" }, "/legal/source", "procedure.no_source"},
		{"no status", func(r m) { delete(r["methods"].(m), "status") }, "/methods/status", "procedure.no_status"},
		{"made-up status", func(r m) { r["methods"].(m)["status"] = "sure" }, "/methods/status", "procedure.no_status"},
		{"a field is missing", func(r m) { delete(r, "description") }, "/description/source", "procedure.no_source"},
		{"nothing verified", func(r m) { r["category"].(m)["status"] = "verified" }, "/category/status", "procedure.empty_verified"},
		{"something unknown", func(r m) { r["requirements"].(m)["status"] = "unknown" }, "/requirements/status", "procedure.known_unknown"},
		{"bad code", func(r m) { r["code"].(m)["value"] = "1.1193" }, "/code/value", "procedure.bad_code"},
		{"no name", func(r m) { r["name"].(m)["value"] = "" }, "/name/value", "procedure.required"},
		{"misspelt field", func(r m) { r["nane"] = "x" }, "/nane", "procedure.unknown_field"},
		{"wrong type", func(r m) { r["levels"].(m)["value"] = "commune" }, "/levels/value", "procedure.wrong_type"},
		{"unknown level", func(r m) { r["levels"].(m)["value"] = []any{"village"} }, "/levels/value/0", "procedure.not_allowed"},
		{"channel twice", func(r m) {
			l := r["methods"].(m)["value"].([]any)
			r["methods"].(m)["value"] = append(l, l[0])
		}, "/methods/value/3/channel", "procedure.twice"},
		{"negative fee", func(r m) {
			r["methods"].(m)["value"].([]any)[0].(m)["fees"].([]any)[0].(m)["amount"] = -1
		}, "/methods/value/0/fees/0/amount", "procedure.range"},
		{"bad term", func(r m) {
			r["methods"].(m)["value"].([]any)[0].(m)["term"] = m{"n": 0, "unit": "working_day"}
		}, "/methods/value/0/term", "procedure.bad_term"},
		{"a component without name", func(r m) {
			r["components"].(m)["value"].([]any)[0].(m)["items"].([]any)[0].(m)["name"] = ""
		}, "/components/value/0/items/0/name", "procedure.required"},
		{"bad legal date", func(r m) {
			r["legal"].(m)["value"].([]any)[0].(m)["date"] = "2014-02-30"
		}, "/legal/value/0/date", "procedure.bad_date"},
		{"huge text", func(r m) { r["description"].(m)["value"] = strings.Repeat("ệ", 20001) }, "/description/value", "procedure.too_long"},
		{"no such form", func(r m) { r["form"] = "khong-co" }, "/form", "procedure.no_such_form"},
		{"key with a path", func(r m) { r["form"] = "../../etc" }, "/form", "procedure.bad_key"},
		{"no such unit", func(r m) { r["offers"] = []any{m{"unit": "so-khong-co"}} }, "/offers/0", "procedure.no_such_unit"},
		{"an offer of both", func(r m) { r["offers"] = []any{m{"unit": "tinh", "kind": "commune"}} }, "/offers/0", "procedure.bad_offer"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			bad, good := tree(t, "1.000656"), packRecord(t, "1.000894")
			tc.damage(bad)
			// The damaged row stands first; the good one behind it is taken over all the same.
			rep, err := s.ImportRecords(t.Context(), proceduretest.Admin(), asJSON(t, []any{bad, good}), procedure.ImportOptions{Publish: true})
			if err != nil || len(rep.Rows) != 2 {
				t.Fatal(err, rep)
			}
			row := rep.Rows[0]
			found := false
			for _, f := range row.Errors {
				found = found || f.Path == tc.path && f.Key == tc.key
			}
			if row.OK || row.Line != 1 || !found {
				t.Errorf("no %s at %s in %+v", tc.key, tc.path, row)
			}
			if !rep.Rows[1].OK {
				t.Errorf("the good row failed: %+v", rep.Rows[1])
			}
			if list, err := s.Versions(t.Context(), "1.000656"); fault.KindOf(err) != fault.NotFound {
				t.Errorf("something of the damaged row was kept: %v %v", list, err)
			}
		})
	}
}

func TestImportFiles(t *testing.T) {
	s, _, _ := published(t, birth)
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	for name, tc := range map[string]struct {
		data []byte
		kind fault.Kind
		key  string
	}{
		"empty":           {nil, fault.Invalid, "procedure.import_empty"},
		"not JSON":        {[]byte("mã;tên"), fault.Invalid, "procedure.import_unreadable"},
		"cut off":         {[]byte(`[{"code":`), fault.Invalid, "procedure.import_unreadable"},
		"two values":      {[]byte(`[] []`), fault.Invalid, "procedure.import_unreadable"},
		"a number":        {[]byte(`1`), fault.Invalid, "procedure.import_unreadable"},
		"duplicate names": {[]byte(`[{"code":1,"code":2}]`), fault.Invalid, "procedure.import_unreadable"},
		"deep":            {[]byte(deep), fault.Invalid, "procedure.import_unreadable"},
		"not UTF-8":       {[]byte("[\"\xff\"]"), fault.Invalid, "procedure.import_unreadable"},
		"broken zip":      {[]byte("PK\x03\x04 and nothing else"), fault.Invalid, "procedure.import_unreadable"},
		"too many":        {[]byte("[" + strings.Repeat("{},", 10000) + "{}]"), fault.TooLarge, "procedure.import_too_many"},
		"too large":       {bytes.Repeat([]byte(" "), procedure.MaxImportBytes+1), fault.TooLarge, "procedure.import_too_large"},
		"zip bomb":        {bomb(t), fault.TooLarge, "procedure.import_too_large"},
		"other workbook":  {workbook(t, func(f *excelize.File) {}), fault.Invalid, "procedure.no_sheet"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.ImportRecords(t.Context(), proceduretest.Admin(), tc.data, procedure.ImportOptions{})
			wantKind(t, err, tc.kind, tc.key)
		})
	}
}

// bomb returns a small archive that unpacks to more than the limit.
func bomb(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range 3 {
		w, err := z.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", i))
		if err != nil {
			t.Fatal(err)
		}
		block := make([]byte, 1<<20)
		for range 60 {
			if _, err := w.Write(block); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 1<<20 {
		t.Fatalf("the bomb has %d bytes, which is no bomb", b.Len())
	}
	return b.Bytes()
}

func workbook(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is exported comes back as it was, by both formats: the import finds nothing to change.
func TestRoundTrip(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		s, _, _ := proceduretest.New(t, d, testkit.At("2026-11-23 08:00").Now)
		loadLibrary(t, s)
		want := packRecords(t)
		rep, err := s.ImportRecords(ctx, proceduretest.Admin(), asJSON(t, want), procedure.ImportOptions{Publish: true})
		if err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, row := range rep.Rows {
			if row.OK {
				codes = append(codes, row.Code)
			}
		}
		if len(codes) < 35 {
			t.Fatalf("%d of %d rows were taken over", len(codes), len(rep.Rows))
		}
		var js, xl bytes.Buffer
		if err := s.ExportJSON(ctx, &js); err != nil {
			t.Fatal(err)
		}
		if err := s.ExportXLSX(ctx, &xl); err != nil {
			t.Fatal(err)
		}
		for name, data := range map[string][]byte{"JSON": js.Bytes(), "XLSX": xl.Bytes()} {
			got, err := procedure.ParseForTest(data)
			if err != nil {
				t.Fatal(name, err)
			}
			if len(got) != len(codes) {
				t.Fatalf("%s has %d records, want %d", name, len(got), len(codes))
			}
			for _, w := range want {
				if g, ok := got[w.Code.Value]; ok {
					if dif := cmp.Diff(w, g, cmpopts.EquateEmpty()); dif != "" {
						t.Errorf("%s changes %s: %s", name, w.Code.Value, dif)
					}
				}
			}
			rep, err := s.ImportRecords(ctx, proceduretest.Admin(), data, procedure.ImportOptions{Publish: true})
			if err != nil {
				t.Fatal(name, err)
			}
			for _, row := range rep.Rows {
				if !row.OK || row.Action != procedure.RowUnchanged {
					t.Errorf("%s: %+v", name, row)
				}
			}
		}
		var one bytes.Buffer
		if err := s.ExportJSON(ctx, &one, birth); err != nil || one.Len() >= js.Len()/10 {
			t.Error(err, one.Len())
		}
		wantKind(t, s.ExportXLSX(ctx, &one, "9.999999"), fault.NotFound, "procedure.not_found")
	})
}

// Errors of a spreadsheet name the cell, the row and leave the other rows alone.
func TestXLSXErrors(t *testing.T) {
	s, _, _ := published(t, birth, "1.000894")
	var xl bytes.Buffer
	if err := s.ExportXLSX(t.Context(), &xl); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&xl)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	set := func(sheet, cell string, v any) {
		if err := f.SetCellValue(sheet, cell, v); err != nil {
			t.Fatal(err)
		}
	}
	set("Cách thức", "B3", "hai") // of the first procedure, 1.000894
	set("Thành phần hồ sơ", "A100", "5.000000")
	set("Thủ tục", "B4", "=cmd|' /C calc'!A0") // text, not a formula
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	rep, err := s.ImportRecords(t.Context(), proceduretest.Admin(), b.Bytes(), procedure.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	type short struct {
		Line int
		Code string
		OK   bool
		Path string
		Key  string
	}
	var got []short
	for _, r := range rep.Rows {
		x := short{Line: r.Line, Code: r.Code, OK: r.OK}
		if len(r.Errors) > 0 {
			x.Path, x.Key = r.Errors[0].Path, r.Errors[0].Key
		}
		got = append(got, x)
	}
	want := []short{
		{3, "1.000894", false, "Cách thức!A3", "procedure.cell_number"},
		{4, birth, true, "", ""},
		{100, "", false, "Thành phần hồ sơ!A100", "procedure.orphan_row"},
	}
	if dif := cmp.Diff(want, got); dif != "" {
		t.Error(dif)
	}
	good, bad := rep.Counts()
	if good != 1 || bad != 2 {
		t.Error(good, bad)
	}
}

func TestImportDrafts(t *testing.T) {
	s, _, _ := published(t, birth)
	ctx, admin := t.Context(), proceduretest.Admin()
	r := packRecord(t, birth)
	r.Description.Value = "Một"
	run := func(opts procedure.ImportOptions) procedure.Row {
		t.Helper()
		rep, err := s.ImportRecords(ctx, admin, asJSON(t, r), opts)
		if err != nil || len(rep.Rows) != 1 {
			t.Fatal(err, rep)
		}
		return rep.Rows[0]
	}
	if row := run(procedure.ImportOptions{}); row.Action != procedure.RowDrafted {
		t.Fatal(row)
	}
	if row := run(procedure.ImportOptions{}); row.Action != procedure.RowUnchanged {
		t.Error(row)
	}
	r.Description.Value = "Hai"
	if row := run(procedure.ImportOptions{}); row.OK || row.Errors[0].Key != "procedure.draft_exists" {
		t.Error(row)
	}
	if row := run(procedure.ImportOptions{ReplaceDrafts: true}); row.Action != procedure.RowDrafted {
		t.Error(row)
	}
	if row := run(procedure.ImportOptions{Publish: true}); row.Action != procedure.RowPublished {
		t.Error(row)
	}
	v, err := s.Published(ctx, birth)
	if err != nil || v.Record.Description.Value != "Hai" || v.Number != 2 {
		t.Error(err, v.Number)
	}
	rep, err := s.ImportRecords(ctx, admin, asJSON(t, []procedure.Record{r, r}), procedure.ImportOptions{})
	if err != nil || !rep.Rows[0].OK || rep.Rows[1].OK || rep.Rows[1].Errors[0].Key != "procedure.import_twice" {
		t.Error(err, rep)
	}
}

// Whatever is uploaded is answered, never a panic, and what is accepted is well-formed.
func FuzzImport(f *testing.F) {
	for _, code := range []string{birth, "2.000815", "1.010803"} {
		raw, err := os.ReadFile(packDir + "/procedures/" + code + ".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(`{"procedures":[{"code":{"value":"1.000001"}}]}`))
	f.Add([]byte(`[null,{},[],"x"]`))
	f.Add([]byte("PK\x03\x04"))
	var xl bytes.Buffer
	if err := procedure.WriteXLSXForTest(&xl, []procedure.Record{packRecord(f, birth)}); err != nil {
		f.Fatal(err)
	}
	f.Add(xl.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := procedure.ParseForTest(data)
		if err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.TooLarge {
				t.Fatalf("an unexpected kind of error: %v", err)
			}
			return
		}
		for code, r := range got {
			if !procedure.ValidCode(code) || len(r.Validate()) > 0 {
				t.Fatalf("%q was accepted", code)
			}
			again, bad := procedure.DecodeRecord(asJSON(t, r))
			if len(bad) > 0 || !cmp.Equal(r, again) {
				t.Fatalf("%q does not survive its own JSON: %v", code, bad)
			}
		}
	})
}
