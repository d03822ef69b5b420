package procedure_test

import (
	"database/sql"
	"encoding/json"
	"io/fs"
	"os"
	"strings"
	"testing"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/procedure"
	"lienthong/internal/module/procedure/proceduretest"
)

const packDir = "../../../packs/bac-kan"

// pack is the province pack without its procedures, so that tests have forms and processes.
type library struct{ fs.FS }

func (l library) Glob(pattern string) ([]string, error) {
	if strings.HasPrefix(pattern, "procedures/") {
		return nil, nil
	}
	return fs.Glob(l.FS, pattern)
}

func loadLibrary(t testing.TB, s *procedure.Service) {
	t.Helper()
	if err := s.ImportPack(t.Context(), library{os.DirFS(packDir)}); err != nil {
		t.Fatal(err)
	}
}

func packRecord(t testing.TB, code string) procedure.Record {
	t.Helper()
	raw, err := os.ReadFile(packDir + "/procedures/" + code + ".json")
	if err != nil {
		t.Fatal(err)
	}
	r, bad := procedure.DecodeRecord(raw)
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	return r
}

func asJSON(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func wantKind(t testing.TB, err error, kind fault.Kind, key string) {
	t.Helper()
	f := fault.As(err)
	if f == nil || f.Kind != kind || f.Key != key {
		t.Errorf("error %v, want kind %d %s", err, kind, key)
	}
}

// published returns a catalogue on SQLite with one published procedure, for tests of things that
// do not depend on the engine.
func published(t testing.TB, codes ...string) (*procedure.Service, *testkit.Clock, proceduretest.Units) {
	t.Helper()
	clock := testkit.At("2026-11-23 08:00")
	s, _, units := proceduretest.New(t, testkit.SQLite(t), clock.Now)
	loadLibrary(t, s)
	var list []procedure.Record
	for _, c := range codes {
		list = append(list, packRecord(t, c))
	}
	rep, err := s.ImportRecords(t.Context(), proceduretest.Admin(), asJSON(t, list), procedure.ImportOptions{Publish: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rep.Rows {
		if !row.OK {
			t.Fatal(row)
		}
	}
	return s, clock, units
}

func scanString(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) }
