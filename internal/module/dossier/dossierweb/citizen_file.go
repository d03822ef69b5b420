package dossierweb

import (
	"io"
	"mime"
	"net/http"
	"time"

	"lienthong/internal/module/dossier"
)

// Policies keep whatever a file contains from acting in the portal's name. Browsers refuse to show
// a PDF file in a sandbox; their viewers are one themselves.
const (
	filePolicy = "default-src 'none'; img-src 'self' data:; sandbox; frame-ancestors 'none'"
	pdfPolicy  = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
)

// file sends a file to somebody who may see it.
func (h citizen) file(w http.ResponseWriter, r *http.Request) error {
	file, err := pathID(r, "file")
	if err != nil {
		return err
	}
	f, body, err := h.Dossiers.File(r.Context(), file)
	if err != nil {
		return err
	}
	defer body.Close()
	sendFile(w, r, f, body)
	return nil
}

// sendFile writes a file: shown in the browser only if its type is safe to show, saved otherwise.
func sendFile(w http.ResponseWriter, r *http.Request, f dossier.File, body io.ReadSeeker) {
	how := "attachment"
	if dossier.Inline(f.Media) && !r.URL.Query().Has("luu") {
		how = "inline"
	}
	hd := w.Header()
	hd.Set("Content-Type", f.Media)
	// FormatMediaType writes names with marks as RFC 2231 asks; a name it cannot write is left out.
	if d := mime.FormatMediaType(how, map[string]string{"filename": f.Name}); d != "" {
		how = d
	}
	hd.Set("Content-Disposition", how)
	policy := filePolicy
	if f.Media == "application/pdf" && dossier.Inline(f.Media) {
		policy = pdfPolicy
	}
	hd.Set("Content-Security-Policy", policy)
	hd.Set("X-Content-Type-Options", "nosniff")
	hd.Set("Cache-Control", "private, no-store")
	http.ServeContent(w, r, "", time.Time{}, body)
}
