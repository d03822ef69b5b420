package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed files
var embedded embed.FS

// Prefix is the path under which the files are served.
const Prefix = "/static/"

// sheets are served as one file, site.css, because a phone on a slow network pays for each request.
var sheets = [...]string{"tokens.css", "app.css"}

type file struct {
	data   []byte
	ctype  string
	hash   string
	packed func() []byte // gzip of data, nil where compression does not pay
}

// Files are the shared files, ready to be served. It is safe for concurrent use.
type Files struct {
	byName map[string]*file // app.js
	byURL  map[string]*file // app.0a1b2c3d.js
	urls   map[string]string
}

// Mount is a folder of further files, such as a vendored editor: its file a/b.js is served as
// /static/<Dir>/a/b.<hash8>.js.
type Mount struct {
	Dir string
	FS  fs.FS
}

// New reads the embedded files and those of the mounts. Style sheets may name other files as
// url(name); the name gets its hash. It is an error if a style sheet names a file that does not
// exist or one on another host.
func New(mounts ...Mount) (*Files, error) {
	f := &Files{byName: map[string]*file{}, byURL: map[string]*file{}, urls: map[string]string{}}
	root, err := fs.Sub(embedded, "files")
	if err != nil {
		return nil, err
	}
	raw := map[string][]byte{}
	for _, m := range append([]Mount{{FS: root}}, mounts...) {
		err := fs.WalkDir(m.FS, ".", func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(m.FS, p)
			name := path.Join(m.Dir, p)
			if _, twice := raw[name]; twice {
				return fmt.Errorf("static file %s exists twice", name)
			}
			raw[name] = data
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	var site []byte
	for _, s := range sheets {
		site = append(site, raw[s]...)
		delete(raw, s)
	}
	raw["site.css"] = site
	raw["app.js"] = withoutComments(raw["app.js"])
	// Style sheets last: they need the hashed names of what they use.
	names := make([]string, 0, len(raw))
	for n := range raw {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int {
		if ac, bc := strings.HasSuffix(a, ".css"), strings.HasSuffix(b, ".css"); ac != bc {
			if ac {
				return 1
			}
			return -1
		}
		return strings.Compare(a, b)
	})
	for _, n := range names {
		data := raw[n]
		if strings.HasSuffix(n, ".css") {
			if data, err = f.link(n, data); err != nil {
				return nil, err
			}
		}
		f.add(n, data)
	}
	return f, nil
}

// withoutComments takes the lines off a script that only explain it: phones load it, people read the
// source. The script has no text that goes over several lines, which could hold such a line.
func withoutComments(script []byte) []byte {
	var out []byte
	for line := range bytes.Lines(script) {
		if !bytes.HasPrefix(bytes.TrimSpace(line), []byte("//")) {
			out = append(out, line...)
		}
	}
	return out
}

var cssURL = regexp.MustCompile(`url\(\s*["']?([^"')]+)["']?\s*\)`)

// link replaces the file names in a style sheet by hashed ones.
func (f *Files) link(sheet string, data []byte) ([]byte, error) {
	var bad error
	out := cssURL.ReplaceAllFunc(data, func(m []byte) []byte {
		ref := string(cssURL.FindSubmatch(m)[1])
		if strings.HasPrefix(ref, "data:") || strings.HasPrefix(ref, "#") {
			return m
		}
		u, ok := f.urls[path.Join(path.Dir(sheet), ref)]
		if !ok {
			bad = fmt.Errorf("style sheet %s names %q, which is not among the files", sheet, ref)
			return m
		}
		return []byte("url(" + u + ")")
	})
	return out, bad
}

func (f *Files) add(name string, data []byte) {
	sum := sha256.Sum256(data)
	e := &file{data: data, hash: hex.EncodeToString(sum[:4]), ctype: contentType(name)}
	if compressible(e.ctype) {
		e.packed = sync.OnceValue(func() []byte { return pack(data) })
	}
	ext := path.Ext(name)
	hashed := strings.TrimSuffix(name, ext) + "." + e.hash + ext
	f.byName[name], f.byURL[hashed] = e, e
	f.urls[name] = Prefix + hashed
}

// URL returns the address of the file with its hash; of a file that does not exist, the plain
// address, which answers 404.
func (f *Files) URL(name string) string {
	if f != nil {
		if u, ok := f.urls[name]; ok {
			return u
		}
	}
	return Prefix + name
}

// Has tells whether a file of this name exists.
func (f *Files) Has(name string) bool { return f != nil && f.byName[name] != nil }

// Data returns the content of the file, or nil.
func (f *Files) Data(name string) []byte {
	if e := f.byName[name]; e != nil {
		return e.data
	}
	return nil
}

// Size returns how many bytes of the file travel to a browser that accepts gzip.
func (f *Files) Size(name string) int {
	e := f.byName[name]
	switch {
	case e == nil:
		return 0
	case e.packed != nil && e.packed() != nil:
		return len(e.packed())
	}
	return len(e.data)
}

// ServeHTTP answers GET and HEAD under Prefix. Names with a hash may be kept for a year; plain
// names must be asked for again each time. It returns false if there is no such file.
func (f *Files) ServeHTTP(w http.ResponseWriter, r *http.Request) bool {
	name := strings.TrimPrefix(r.URL.Path, Prefix)
	e, hashed := f.byURL[name]
	if !hashed {
		if e = f.byName[name]; e == nil {
			return false
		}
	}
	h := w.Header()
	h.Set("Content-Type", e.ctype)
	h.Set("Cache-Control", "no-cache")
	if hashed {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	etag := `"` + e.hash + `"`
	body := e.data
	if e.packed != nil {
		h.Add("Vary", "Accept-Encoding")
		if gz := e.packed(); gz != nil && acceptsGzip(r) {
			h.Set("Content-Encoding", "gzip")
			etag, body = `"`+e.hash+`-gz"`, gz
		}
	}
	h.Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client may be gone; nobody else is waiting
	}
	return true
}

// acceptsGzip reads Accept-Encoding (RFC 9110, 12.5.3) as far as browsers use it.
func acceptsGzip(r *http.Request) bool {
	for item := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, params, _ := strings.Cut(strings.TrimSpace(item), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			q := strings.ReplaceAll(params, " ", "")
			return q != "q=0" && q != "q=0.0"
		}
	}
	return false
}

func pack(data []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := z.Write(data); err != nil {
		return nil
	}
	if err := z.Close(); err != nil || b.Len() >= len(data) {
		return nil
	}
	return b.Bytes()
}

func compressible(ctype string) bool {
	return strings.HasPrefix(ctype, "text/") || strings.Contains(ctype, "json") || strings.Contains(ctype, "javascript") ||
		strings.Contains(ctype, "xml")
}

// contentType does not trust the machine's own table alone, because it differs between machines.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".txt", "":
		return "text/plain; charset=utf-8"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".wasm":
		return "application/wasm"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}
