package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func files(t *testing.T, mounts ...Mount) *Files {
	t.Helper()
	f, err := New(mounts...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func get(f *Files, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	if !f.ServeHTTP(w, r) {
		w.Code = http.StatusNotFound
	}
	return w
}

func TestServe(t *testing.T) {
	f := files(t)
	u := f.URL("app.js")
	if !regexp.MustCompile(`^/static/app\.[0-9a-f]{8}\.js$`).MatchString(u) {
		t.Fatalf("address %s", u)
	}
	w := get(f, u, "Accept-Encoding", "br, gzip;q=0.8")
	if w.Code != 200 || w.Header().Get("Content-Encoding") != "gzip" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") ||
		w.Header().Get("Content-Type") != "text/javascript; charset=utf-8" || w.Header().Get("Vary") != "Accept-Encoding" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(z); err != nil || !bytes.Equal(b, f.Data("app.js")) {
		t.Errorf("unpacked differs, %v", err)
	}
	if again := get(f, u, "Accept-Encoding", "gzip", "If-None-Match", w.Header().Get("ETag")); again.Code != 304 || again.Body.Len() != 0 {
		t.Errorf("known file answered %d with %d bytes", again.Code, again.Body.Len())
	}
	for _, enc := range []string{"", "br", "gzip;q=0"} {
		if w := get(f, u, "Accept-Encoding", enc); w.Header().Get("Content-Encoding") != "" || !bytes.Equal(w.Body.Bytes(), f.Data("app.js")) {
			t.Errorf("Accept-Encoding %q got %q", enc, w.Header().Get("Content-Encoding"))
		}
	}
	if w := get(f, "/static/app.js"); w.Code != 200 || w.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("plain name: %d %v", w.Code, w.Header())
	}
	for _, bad := range []string{"/static/", "/static/app.00000000.js", "/static/../doc.go", "/static/tokens.css", "/static/files/app.js"} {
		if w := get(f, bad); w.Code != 404 {
			t.Errorf("%s answered %d", bad, w.Code)
		}
	}
	if w := get(f, f.URL("inter-vi.woff2"), "Accept-Encoding", "gzip"); w.Header().Get("Content-Encoding") != "" || w.Header().Get("Content-Type") != "font/woff2" {
		t.Errorf("font: %v", w.Header())
	}
}

func TestStyleSheetNamesHashedFont(t *testing.T) {
	f := files(t)
	css := string(f.Data("site.css"))
	if !strings.Contains(css, "url("+f.URL("inter-vi.woff2")+")") {
		t.Error("the style sheet does not name the font by its hash")
	}
	if strings.Contains(css, "http://") || strings.Contains(css, "https://") || strings.Contains(css, "@import") {
		t.Error("the style sheet asks another host")
	}
}

func TestMounts(t *testing.T) {
	f := files(t, Mount{Dir: "editor", FS: fstest.MapFS{"a.js": {Data: []byte("x")}, "a.css": {Data: []byte("b{background:url('img/p.png')}")}, "img/p.png": {Data: []byte("p")}}})
	if w := get(f, f.URL("editor/a.js")); w.Code != 200 || w.Body.String() != "x" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if css := string(f.Data("editor/a.css")); !strings.Contains(css, "url("+f.URL("editor/img/p.png")+")") {
		t.Errorf("mounted style sheet: %s", css)
	}
	if _, err := New(Mount{Dir: "x", FS: fstest.MapFS{"a.css": {Data: []byte("b{background:url(https://evil.example/p.png)}")}}}); err == nil {
		t.Error("a style sheet that asks another host was accepted")
	}
	if _, err := New(Mount{FS: fstest.MapFS{"app.js": {Data: []byte("x")}}}); err == nil {
		t.Error("a file was replaced in silence")
	}
}

// Every icon of the sprite is well formed and named once.
func TestSprite(t *testing.T) {
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(`<symbol id="([a-z0-9-]+)" viewBox="0 0 24 24">`).FindAllSubmatch(files(t).Data("icons.svg"), -1) {
		if ids[string(m[1])] {
			t.Errorf("icon %s stands twice", m[1])
		}
		ids[string(m[1])] = true
	}
	if len(ids) < 100 {
		t.Errorf("%d icons", len(ids))
	}
	if bytes.Contains(files(t).Data("icons.svg"), []byte("<script")) || bytes.Contains(files(t).Data("icons.svg"), []byte("style=")) {
		t.Error("the sprite holds more than shapes")
	}
}

// The budgets, in bytes as they travel: what every first visit of a citizen pays besides its page.
func TestWeights(t *testing.T) {
	f := files(t)
	limits := map[string]int{"site.css": 10 << 10, "app.js": 8 << 10, "icons.svg": 8 << 10, "inter-vi.woff2": 30 << 10}
	sum := 0
	for name, limit := range limits {
		n := f.Size(name)
		sum += n
		if n == 0 || n > limit {
			t.Errorf("%s weighs %d bytes, the limit is %d", name, n, limit)
		}
	}
	if sum > 50<<10 {
		t.Errorf("together %d bytes; a citizen's first page has 60 kB for everything", sum)
	}
	t.Logf("shared files: %d bytes compressed", sum)
}

func TestWithoutComments(t *testing.T) {
	got := string(withoutComments([]byte("// why\nlet a = 1 // kept\n  // why\nlet u = \"//x\"\n")))
	if want := "let a = 1 // kept\nlet u = \"//x\"\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	f, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if script := f.Data("app.js"); len(script) == 0 || bytes.Contains(script, []byte("\n//")) || bytes.Contains(script, []byte("`")) {
		t.Error("the script is explained to phones, or has texts over several lines")
	}
}

// What others made is served as they made it: version and origin stand in LICENSES.txt.
func TestDrawingLibraryIsUnchanged(t *testing.T) {
	f := files(t)
	for name, want := range map[string]string{
		"bpmn-js/modeler.js":     "052e46d09a88d301de4ec0b5f3f1f2b56840c455ee85a29068bd5bf6167e99ac",
		"bpmn-js/icons.woff2":    "3cb77a7fa2461bb23b2e1af4cc70133fe1e3377ca73ff827394439b6b9335848",
		"bpmn-js/LICENSE.txt":    "5788cf8bd61481776cee1c943595525499a1355c045e9244f92e6c8092c06770",
		"bpmn-js/bpmn-js.css":    "a1add5dca479c779a54adda507f26796f4d61a5ae15f6cc14a1b017ff65b4015",
		"bpmn-js/codes.css":      "00293dc5f1c4e54b6a2becfcd13040a4845d8d46c0988105b91332d9b07f2cac",
		"bpmn-js/diagram-js.css": "73f990dcd6cd2ed696aa63a3c73822a97f0ea69a221d76ebe6cf24b01111df21",
	} {
		data, err := embedded.ReadFile("files/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(data)); got != want {
			t.Errorf("%s has the sum %s", name, got)
		}
		if !f.Has(name) {
			t.Errorf("%s is not served", name)
		}
	}
	licences := string(f.Data("LICENSES.txt"))
	for _, s := range []string{"bpmn-js 18.31.1", "watermark must stay fully visible"} {
		if !strings.Contains(licences, s) {
			t.Errorf("LICENSES.txt does not say %q", s)
		}
	}
	sum := 0
	for _, name := range []string{"bpmn-js/modeler.js", "bpmn-js/icons.woff2", "bpmn-js/bpmn-js.css", "bpmn-js/codes.css", "bpmn-js/diagram-js.css", "process-editor.js", "process-editor.css"} {
		sum += f.Size(name)
	}
	if sum > 220<<10 {
		t.Errorf("what draws processes weighs %d bytes compressed", sum)
	}
	t.Logf("what draws processes: %d bytes compressed", sum)
}
