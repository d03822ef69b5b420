package archtest

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// library is one foreign library: who may import it and what it is here for. A library that is not
// in the list is refused, so each new one is a decision with a reason.
type library struct {
	prefix string // of its import paths
	why    string
	in     []string // folders or files; a * matches as path.Match does; empty: anywhere
	tests  bool     // tests everywhere may use it too
}

// libraries is every library the product is made of.
var libraries = []library{
	{prefix: "github.com/jackc/pgx/v5", why: "the PostgreSQL driver: SQL has one door", in: []string{"internal/kit/db", "internal/kit/testkit"}},
	{prefix: "modernc.org/sqlite", why: "the SQLite driver without C: SQL has one door", in: []string{"internal/kit/db"}},
	{prefix: "github.com/pressly/goose/v3", why: "runs migrations", in: []string{"internal/kit/db"}},
	{prefix: "github.com/nats-io/", why: "carries events; only the bus knows by what", in: []string{"internal/kit/bus", "test/badday"}},
	{prefix: "github.com/riverqueue/river", why: "work for later, in the caller's transaction",
		in: []string{"internal/kit/jobs", "internal/app/jobs.go", "internal/module/*/jobs.go", "internal/module/*/jobs_test.go"}},
	{prefix: "github.com/danielgtaylor/huma/v2", why: "the API and its description", in: []string{"internal/kit/rest", "internal/module/*/*api"}},
	{prefix: "github.com/a-h/templ", why: "pages", in: []string{"internal/kit/web", "internal/kit/web/ui", "internal/kit/web/gallery", "internal/module/*/*web",
		"internal/app/bench"}}, // the bare page that others are compared with
	{prefix: "github.com/klauspost/compress", why: "compresses answers and back-ups",
		in: []string{"internal/kit/web", "internal/kit/web/static", "internal/kit/web/gallery", "internal/app/backup"}, tests: true},
	{prefix: "filippo.io/age", why: "encrypts back-ups (age-encryption.org/v1), in a format that other programs open too", in: []string{"internal/app/backup"}},
	{prefix: "github.com/prometheus/client_golang", why: "measures; a package names its figures in metrics.go",
		in: []string{"internal/kit/obs", "internal/kit/*/metrics.go", "internal/module/*/metrics.go", "internal/app"}, tests: true},
	{prefix: "github.com/BurntSushi/toml", why: "the configuration file", in: []string{"internal/kit/config"}},
	{prefix: "github.com/google/uuid", why: "identifiers in order of time (RFC 9562)", in: []string{"internal/kit/id"}},
	{prefix: "github.com/gabriel-vasile/mimetype", why: "tells a file's type by what it holds", in: []string{"internal/kit/blob"}},
	{prefix: "github.com/boombuler/barcode", why: "QR codes on receipts", in: []string{"internal/kit/web/ui", "internal/module/*/*web"}},
	{prefix: "github.com/xuri/excelize/v2", why: "spreadsheets in and out", in: []string{"internal/module/*", "internal/module/*/*web"}},
	{prefix: "github.com/wneessen/go-mail", why: "writes and sends mail", in: []string{"internal/module/notify", "internal/module/mail"}},
	{prefix: "github.com/emersion/go-smtp", why: "a real mail server to send to in tests", in: []string{"internal/module/*/*test"}, tests: true},
	{prefix: "github.com/emersion/go-sasl", why: "signs in at that server", in: []string{"internal/module/*/*test"}, tests: true},
	{prefix: "golang.org/x/crypto/argon2", why: "hashes passwords (RFC 9106)", in: []string{"internal/module/iam"}},
	{prefix: "golang.org/x/mod/sumdb", why: "the Merkle tree of the ledger", in: []string{"internal/module/iam"}},
	{prefix: "golang.org/x/text/unicode/norm", why: "Unicode normal forms (UAX #15)",
		in: []string{"internal/kit/text", "internal/module/*"}, tests: true},
	{prefix: "golang.org/x/sync", why: "groups of goroutines", in: []string{"internal/kit/*", "internal/module/*", "internal/app"}},
	// The engines' fields. An engine gets a line of its own for each library it stands on.
	{prefix: "github.com/expr-lang/expr", why: "conditions on a process's flows", in: []string{"internal/engine/bpmn"}},
	{prefix: "github.com/cockroachdb/apd/v3", why: "decimals of 34 digits, as DMN counts", in: []string{"internal/engine/feel"}},
	{prefix: "github.com/santhosh-tekuri/jsonschema/v6", why: "checks answers against the form's schema (2020-12)", in: []string{"internal/engine/form"}, tests: true},
	// Only for tests.
	{prefix: "github.com/google/go-cmp/cmp", why: "shows what differs", in: []string{"internal/module/*/*test"}, tests: true},
	{prefix: "pgregory.net/rapid", why: "properties", in: []string{"internal/module/*/*test"}, tests: true},
	{prefix: "golang.org/x/net/html", why: "reads pages in tests", in: []string{"test/e2e"}, tests: true},
	{prefix: "github.com/chromedp/", why: "drives Chromium", in: []string{"test/e2e"}},
}

// notForEngines are packages of the standard library through which an engine would reach outside
// itself: pure rules give the same answer to the same question everywhere.
var notForEngines = []string{"os", "net", "net/http", "io/ioutil", "database/sql", "log", "log/slog", "syscall",
	"math/rand", "math/rand/v2", "crypto/rand", "plugin", "os/exec", "os/signal", "testing", "flag", "html/template"}

// never are packages that nothing may import, with the reason.
var never = map[string]string{
	"C":         "the product is one static binary without C",
	"plugin":    "the product is one static binary",
	"unsafe":    "nothing here needs it",
	"io/ioutil": "long replaced by io and os",
}

// outsiders checks every import that is not ours.
func outsiders(h *house) []string {
	var bad []string
	for _, f := range h.files {
		at := placeOf(f.dir)
		for _, i := range f.imports() {
			switch {
			case i.own != "":
			case never[i.path] != "":
				bad = append(bad, fmt.Sprintf("%s imports %s: %s", h.at(i.spec), i.path, never[i.path]))
			case standard(i.path):
				if at.floor == engine && !f.test && slices.Contains(notForEngines, i.path) {
					bad = append(bad, fmt.Sprintf("%s imports %s: an engine is pure", h.at(i.spec), i.path))
				}
			default:
				if why := f.mayUse(i.path); why != "" {
					bad = append(bad, fmt.Sprintf("%s imports %s: %s", h.at(i.spec), i.path, why))
				}
			}
		}
	}
	return bad
}

// mayUse says why the file must not import the library, or nothing.
func (f *source) mayUse(p string) string {
	for _, l := range libraries {
		if !strings.HasPrefix(p, l.prefix) {
			continue
		}
		if l.tests && f.test {
			return ""
		}
		for _, pattern := range l.in {
			for _, name := range []string{f.dir, f.name} {
				if ok, err := path.Match(pattern, name); err == nil && ok {
					return ""
				}
			}
		}
		return fmt.Sprintf("%s: only in %v", l.why, l.in)
	}
	return "no line in the list of libraries says what it is here for"
}

func TestLibraries(t *testing.T) { report(t, outsiders(ours(t))) }

// TestLibraryList keeps the list itself right: every pattern can match and every line has a reason.
func TestLibraryList(t *testing.T) {
	for i, l := range libraries {
		if l.why == "" || len(l.in) == 0 && !l.tests {
			t.Errorf("%s has no reason or no place", l.prefix)
		}
		for _, p := range l.in {
			if _, err := path.Match(p, ""); err != nil {
				t.Errorf("%s: %q: %v", l.prefix, p, err)
			}
		}
		for _, k := range libraries[:i] {
			if strings.HasPrefix(l.prefix, k.prefix) {
				t.Errorf("%s is hidden by %s", l.prefix, k.prefix)
			}
		}
	}
}

func TestLibrariesAreSeen(t *testing.T) {
	for _, tt := range []struct {
		file, imports string
		want          bool // refused
	}{
		{"internal/module/org/store.go", "github.com/jackc/pgx/v5", true},
		{"internal/kit/db/db.go", "github.com/jackc/pgx/v5/stdlib", false},
		{"internal/kit/outbox/relay.go", "github.com/nats-io/nats.go", true},
		{"internal/module/dossier/jobs.go", "github.com/riverqueue/river", false},
		{"internal/module/dossier/act.go", "github.com/riverqueue/river", true},
		{"internal/module/dossier/dossierapi/a.go", "github.com/danielgtaylor/huma/v2", false},
		{"internal/module/dossier/dossierweb/a.go", "github.com/danielgtaylor/huma/v2", true},
		{"internal/kit/db/db_test.go", "pgregory.net/rapid", false},
		{"internal/kit/db/db.go", "pgregory.net/rapid", true},
		{"internal/kit/db/db.go", "github.com/mattn/go-sqlite3", true},
		{"internal/engine/form/a.go", "os", true},
		{"internal/engine/form/a_test.go", "os", false},
		{"internal/kit/db/db.go", "unsafe", true},
	} {
		h, err := read(fstest.MapFS{tt.file: {Data: []byte("package a\nimport _ \"" + tt.imports + "\"\n")}})
		if err != nil {
			t.Fatal(err)
		}
		if found := outsiders(h); (len(found) > 0) != tt.want {
			t.Errorf("%s imports %s: refused %v, want %v", tt.file, tt.imports, found, tt.want)
		}
	}
}
