package archtest

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// contractions lists migrations that take something away, with the release since which no program
// reads or writes it. A migration is otherwise an expansion: the program before it goes on working
// on its result, so an update can be taken back and replicas can be updated one after the other.
var contractions = map[string]string{}

// breaking finds what the program before a migration would trip over.
func breaking() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile(`(?i)\bDROP\s+(?:TABLE|COLUMN|VIEW)\b[^;]*`),
		regexp.MustCompile(`(?i)\bALTER\s+TABLE\s+\w+\s+(?:RENAME|ALTER)\b[^;]*`),
		regexp.MustCompile(`(?i)\bADD\s+CONSTRAINT\s+\w+[^;]*`),
		regexp.MustCompile(`(?i)\bCREATE\s+TRIGGER\b[^;]*`),
	}
}

// own tells whether a statement takes away what the same file has made, or puts a rule in the place
// of one of the same name, which review holds to being wider.
func own(statement, text string) bool {
	words := strings.Fields(statement)
	if len(words) < 3 {
		return false
	}
	what, name := strings.ToUpper(words[0]+" "+words[1]), strings.Trim(words[2], ",;()")
	switch what {
	case "DROP TABLE":
		return regexp.MustCompile(`(?i)\bCREATE\s+TABLE\s+` + name + `\b`).MatchString(text)
	case "ADD CONSTRAINT":
		return regexp.MustCompile(`(?i)\bDROP\s+CONSTRAINT\s+` + name + `\b`).MatchString(text)
	}
	return false
}

// added finds the columns that a migration adds to a table that is there.
func added() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\bADD\s+(?:COLUMN\s+)?\w+\s+[^;]*\bNOT\s+NULL\b[^;]*`)
}

// upgrades checks that migrations expand.
func upgrades(h *house) ([]string, error) {
	comment, quoted, _, _, _, _ := sqlPatterns()
	withDefault := regexp.MustCompile(`(?i)\bDEFAULT\b`)
	var bad []string
	for _, name := range h.other {
		if path.Ext(name) != ".sql" || path.Base(path.Dir(name)) != "migrations" || contractions[name] != "" {
			continue
		}
		raw, err := fs.ReadFile(h.root, name)
		if err != nil {
			return nil, err
		}
		text := quoted.ReplaceAllString(comment.ReplaceAllString(string(raw), ""), "''")
		for _, re := range breaking() {
			for _, m := range re.FindAllString(text, -1) {
				if own(m, text) {
					continue
				}
				bad = append(bad, fmt.Sprintf("%s: %q breaks the program before it; expand first, and contract a release later with a line in contractions", name, m))
			}
		}
		for _, m := range added().FindAllString(text, -1) {
			if !withDefault.MatchString(m) {
				bad = append(bad, fmt.Sprintf("%s: %q needs a DEFAULT, because the program before it inserts rows without this column", name, m))
			}
		}
	}
	return bad, nil
}

func TestMigrationsExpand(t *testing.T) {
	found, err := upgrades(ours(t))
	if err != nil {
		t.Fatal(err)
	}
	report(t, found)
}

func TestContractionsAreSeen(t *testing.T) {
	for _, tt := range []struct {
		text string
		want bool // refused
	}{
		{"CREATE TABLE org_a (id BYTEA NOT NULL);\nCREATE INDEX org_a_i ON org_a (id);\n", false},
		{"DROP INDEX org_a_i;\n", false},
		{"ALTER TABLE org_a ADD COLUMN n BIGINT;\n", false},
		{"ALTER TABLE org_a ADD COLUMN n BIGINT NOT NULL DEFAULT 0;\n", false},
		{"ALTER TABLE org_a ADD COLUMN n BIGINT NOT NULL;\n", true},
		{"ALTER TABLE org_a ADD n BIGINT NOT NULL;\n", true},
		{"DROP TABLE org_a;\n", true},
		{"ALTER TABLE org_a DROP COLUMN n;\n", true},
		{"ALTER TABLE org_a RENAME COLUMN n TO m;\n", true},
		{"ALTER TABLE org_a RENAME TO org_b;\n", true},
		{"-- DROP TABLE org_a\n", false},
		{"CREATE TABLE org_b (n BIGINT);\nDROP TABLE org_b;\n", false},
		{"ALTER TABLE org_a ADD CONSTRAINT org_a_check CHECK (n > 0);\n", true},
		{"ALTER TABLE org_a DROP CONSTRAINT org_a_check;\nALTER TABLE org_a ADD CONSTRAINT org_a_check CHECK (n > 0);\n", false},
		{"ALTER TABLE org_a VALIDATE CONSTRAINT org_a_check;\n", false},
	} {
		h, err := read(fstest.MapFS{"internal/module/org/migrations/002_b.sql": {Data: []byte("-- +goose Up\n" + tt.text)}})
		if err != nil {
			t.Fatal(err)
		}
		found, err := upgrades(h)
		if err != nil {
			t.Fatal(err)
		}
		if (len(found) > 0) != tt.want {
			t.Errorf("%q: refused %v, want %v", tt.text, found, tt.want)
		}
	}
}
