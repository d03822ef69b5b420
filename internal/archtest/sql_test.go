package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// owner returns the beginning of the names of the tables that a folder owns, "" if it owns none.
func owner(dir string) string {
	switch p := placeOf(dir); p.floor {
	case kit:
		return "kit_"
	case room:
		return p.name + "_"
	}
	return ""
}

// prefixes returns the beginnings of all tables' names.
func (h *house) prefixes() []string {
	out := []string{"kit_"}
	for _, m := range h.modules() {
		out = append(out, m+"_")
	}
	return out
}

// The patterns of SQL text. Names are taken as they are written here: lower case, not quoted.
func sqlPatterns() (comment, quoted, created, named, timed, unportable *regexp.Regexp) {
	comment = regexp.MustCompile(`--[^\n]*`)
	quoted = regexp.MustCompile(`'(?:[^']|'')*'`)
	created = regexp.MustCompile(`(?i)\bCREATE\s+(?:UNIQUE\s+|TEMP\s+|TEMPORARY\s+|VIRTUAL\s+|MATERIALIZED\s+)*(?:TABLE|INDEX|VIEW|TRIGGER|SEQUENCE|FUNCTION|TYPE)\s+(?:IF\s+NOT\s+EXISTS\s+)?([A-Za-z_][A-Za-z0-9_]*)`)
	named = regexp.MustCompile(`(?i)\b(?:FROM|JOIN|INTO|UPDATE|TABLE|REFERENCES|ON|EXISTS|ONLY|USING)\s+\(?([a-z]+_[a-z0-9_]+)`)
	timed = regexp.MustCompile(`(?im)^\s*(?:ADD\s+COLUMN\s+|ALTER\s+TABLE\s+\w+\s+ADD\s+(?:COLUMN\s+)?)?[a-z_][a-z0-9_]*\s+(DATE|TIME|DATETIME|TIMESTAMP|TIMESTAMPTZ|INTERVAL)\b`)
	unportable = regexp.MustCompile(`(?i)\b(ILIKE|MERGE\s+INTO|=\s*ANY\s*\(|GENERATED\s+\w+(?:\s+\w+)?\s+AS\s+IDENTITY|(?:BIG|SMALL)?SERIAL|AUTOINCREMENT|ALTER\s+COLUMN|SELECT\s+\*|RETURNING\s+\*)`)
	return
}

// lawDates finds columns that hold dates of law, by how such columns are named here.
func lawDates() *regexp.Regexp {
	return regexp.MustCompile(`(?im)^\s*(?:day|date|[a-z_]+_(?:date|day)|(?:valid|effective)_(?:from|to))\s+TEXT\b[^\n]*`)
}

// migrations checks the tables themselves.
func migrations(h *house) ([]string, error) {
	comment, quoted, created, named, timed, unportable := sqlPatterns()
	var bad []string
	for _, name := range h.other {
		if path.Ext(name) != ".sql" {
			continue
		}
		dir := path.Dir(path.Dir(name))
		mine := owner(dir)
		if path.Base(path.Dir(name)) != "migrations" || mine == "" {
			bad = append(bad, fmt.Sprintf("%s: SQL files lie in a module's folder migrations", name))
			continue
		}
		raw, err := fs.ReadFile(h.root, name)
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(string(raw), "-- +goose Up\n") || strings.Contains(string(raw), "+goose Down") {
			bad = append(bad, fmt.Sprintf("%s: a migration begins with \"-- +goose Up\" and only goes forward", name))
		}
		if ok, err := regexp.MatchString(`^[0-9]{3}_[a-z0-9_]+(\.sqlite|\.postgres)?\.sql$`, path.Base(name)); err != nil || !ok {
			bad = append(bad, fmt.Sprintf("%s: named 001_what.sql, or with .sqlite or .postgres before .sql", name))
		}
		text := quoted.ReplaceAllString(comment.ReplaceAllString(string(raw), ""), "''")
		for _, m := range created.FindAllStringSubmatch(text, -1) {
			if !strings.HasPrefix(m[1], mine) {
				bad = append(bad, fmt.Sprintf("%s: %s does not begin with %s", name, m[1], mine))
			}
		}
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			if p := h.foreign(m[1], mine); p != "" {
				bad = append(bad, fmt.Sprintf("%s: names %s, a table of %s", name, m[1], p))
			}
		}
		for _, m := range timed.FindAllStringSubmatch(text, -1) {
			bad = append(bad, fmt.Sprintf("%s: a %s column (%s); instants are BIGINT microseconds UTC, dates of law TEXT",
				name, strings.ToUpper(m[1]), strings.TrimSpace(m[0])))
		}
		for _, m := range lawDates().FindAllString(comment.ReplaceAllString(string(raw), ""), -1) {
			if !strings.Contains(m, "LIKE '____-__-__'") {
				bad = append(bad, fmt.Sprintf("%s: %q holds a date of law and needs CHECK (… LIKE '____-__-__')", name, strings.TrimSpace(m)))
			}
		}
		if !strings.HasSuffix(name, ".sqlite.sql") && !strings.HasSuffix(name, ".postgres.sql") {
			for _, m := range unportable.FindAllString(text, -1) {
				bad = append(bad, fmt.Sprintf("%s: %q is not understood alike by both engines", name, m))
			}
		}
	}
	return bad, nil
}

// foreign returns the owner of a table that is not ours, or "".
func (h *house) foreign(table, mine string) string {
	table = strings.ToLower(table)
	if mine != "" && strings.HasPrefix(table, mine) {
		return ""
	}
	for _, p := range h.prefixes() {
		if strings.HasPrefix(table, p) {
			return strings.TrimSuffix(p, "_")
		}
	}
	return ""
}

// statement tells whether a string literal is SQL: its keywords stand in capitals here, as they do
// in no sentence for people.
func statement() *regexp.Regexp {
	return regexp.MustCompile(`\bSELECT\s.*\bFROM\b|\bINSERT\s+INTO\b|\bUPDATE\s+\w+\s+(?:\w+\s+)?SET\b|\bDELETE\s+FROM\b|\b(?:CREATE|DROP|ALTER)\s+TABLE\b|^\s*(?:FROM|JOIN|LEFT JOIN|UNION|WHERE)\s`)
}

// statements checks the SQL in the Go code: each module speaks of its own tables, pages and engines
// of none.
func statements(h *house) []string {
	_, quoted, _, named, _, unportable := sqlPatterns()
	sql := statement()
	var bad []string
	for _, f := range h.files {
		at := placeOf(f.dir)
		if f.test || f.generated || at.forTests() || yardsticks[f.dir] != "" {
			continue
		}
		mine := owner(f.dir)
		silent := at.floor == engine || at.floor == pack || at.floor == command || at.floor == app || at.part == "web" || at.part == "api"
		ast.Inspect(f.ast, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			if err != nil || !sql.MatchString(strings.ReplaceAll(text, "\n", " ")) {
				return true
			}
			if silent {
				bad = append(bad, fmt.Sprintf("%s: SQL has no place on this floor", h.at(lit)))
				return true
			}
			text = quoted.ReplaceAllString(text, "''")
			for _, m := range named.FindAllStringSubmatch(text, -1) {
				if p := h.foreign(m[1], mine); p != "" {
					bad = append(bad, fmt.Sprintf("%s: names %s, a table of %s", h.at(lit), m[1], p))
				}
			}
			if at.floor == room {
				for _, m := range unportable.FindAllString(text, -1) {
					bad = append(bad, fmt.Sprintf("%s: %q is not portable, or breaks when a column is added", h.at(lit), m))
				}
			}
			return true
		})
	}
	return bad
}

func TestMigrations(t *testing.T) {
	h := ours(t)
	found, err := migrations(h)
	if err != nil {
		t.Fatal(err)
	}
	report(t, found)
	if !slices.ContainsFunc(h.other, func(n string) bool { return strings.HasPrefix(n, "internal/module/") && path.Ext(n) == ".sql" }) {
		t.Error("no migration of any module was found")
	}
}

func TestStatements(t *testing.T) { report(t, statements(ours(t))) }

func TestSQLIsSeen(t *testing.T) {
	base := fstest.MapFS{
		"internal/module/org/org.go":         {Data: []byte("package org\n")},
		"internal/module/dossier/dossier.go": {Data: []byte("package dossier\n")},
	}
	for _, tt := range []struct {
		file, text string
		want       bool // refused
	}{
		{"internal/module/org/migrations/001_a.sql", "-- +goose Up\nCREATE TABLE org_a (id BYTEA, valid_from TEXT);\n", false},
		{"internal/module/org/migrations/001_a.sql", "CREATE TABLE org_a (id BYTEA);\n", true},
		{"internal/module/org/migrations/001_a.sql", "-- +goose Up\nCREATE TABLE org_a (id BYTEA);\n-- +goose Down\n", true},
		{"internal/module/org/migrations/001_a.sql", "-- +goose Up\nCREATE TABLE unit (id BYTEA);\n", true},
		{"internal/module/org/migrations/001_a.sql", "-- +goose Up\nCREATE UNIQUE INDEX dossier_x ON org_a (id);\n", true},
		{"internal/module/org/migrations/001_a.sql", "-- +goose Up\nCREATE TABLE org_a (\n  day DATE NOT NULL);\n", true},
		{"internal/module/org/migrations/001_a.sql", "-- +goose Up\nCREATE TABLE org_a (\n  at TIMESTAMPTZ\n);\n", true},
		{"internal/module/org/migrations/001_a.sql", "-- +goose Up\n-- a DATE here\nCREATE TABLE org_a (\n  date TEXT CHECK (date LIKE '____-__-__'));\n", false},
		{"internal/module/org/migrations/001_a.sql", "-- +goose Up\nCREATE TABLE org_a (\n  valid_from TEXT NOT NULL\n);\n", true},
		{"internal/module/org/migrations/001_a.sql", "-- +goose Up\nCREATE TABLE org_a (d BYTEA REFERENCES dossier_dossier (id));\n", true},
		{"internal/module/org/migrations/001_a.sql", "-- +goose Up\nCREATE TABLE org_a (id BIGSERIAL);\n", true},
		{"internal/module/org/migrations/first.sql", "-- +goose Up\nCREATE TABLE org_a (id BYTEA);\n", true},
		{"internal/module/org/tables.sql", "-- +goose Up\n", true},
		{"internal/module/org/a.go", "package org\nconst q = `SELECT id FROM org_unit`\n", false},
		{"internal/module/org/a.go", "package org\nconst q = `SELECT id FROM org_unit JOIN dossier_dossier ON true`\n", true},
		{"internal/module/org/a.go", "package org\nconst q = `INSERT INTO kit_outbox (id) VALUES ($1)`\n", true},
		{"internal/module/org/a.go", "package org\nconst q = `SELECT id FROM org_unit WHERE name ILIKE $1`\n", true},
		{"internal/module/org/a.go", "package org\nconst q = `SELECT * FROM org_unit`\n", true},
		{"internal/module/org/a.go", "package org\nconst q = `a sentence from dossier_dossier`\n", false},
		{"internal/module/org/orgweb/a.go", "package orgweb\nconst q = `SELECT id FROM org_unit`\n", true},
		{"internal/engine/form/a.go", "package form\nconst q = `DELETE FROM org_unit`\n", true},
	} {
		tree := fstest.MapFS{tt.file: {Data: []byte(tt.text)}}
		for k, v := range base {
			tree[k] = v
		}
		h, err := read(tree)
		if err != nil {
			t.Fatal(err)
		}
		found, err := migrations(h)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, statements(h)...)
		if (len(found) > 0) != tt.want {
			t.Errorf("%s %q: refused %v, want %v", tt.file, tt.text, found, tt.want)
		}
	}
}
