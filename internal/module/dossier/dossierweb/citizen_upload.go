package dossierweb

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
)

// uploadStart announces a file: POST with Upload-Length in bytes and Upload-Name, URI-encoded. The
// answer is 201 with the address that takes the bytes.
func (h citizen) uploadStart(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	of, err := id.Parse(q.Get("hs"))
	if err != nil {
		return refuse(w, r, fault.New(fault.NotFound, "dossier.draft_gone"))
	}
	size, err := strconv.ParseInt(r.Header.Get("Upload-Length"), 10, 64)
	if err != nil {
		return refuse(w, r, fault.New(fault.Invalid, "dossier.file_empty"))
	}
	name, err := url.PathUnescape(r.Header.Get("Upload-Name"))
	if err != nil {
		name = r.Header.Get("Upload-Name")
	}
	f, err := h.Dossiers.StartUpload(r.Context(), of, q.Get("loai"), q.Get("giay"), name, size)
	if err != nil {
		return refuse(w, r, err)
	}
	w.Header().Set("Location", web.Path(r.Context(), "/tai-len/"+f.ID.String()))
	w.Header().Set("Upload-Id", f.ID.String())
	w.Header().Set("Upload-Offset", "0")
	w.WriteHeader(http.StatusCreated)
	return nil
}

// uploadOffset answers how many bytes are stored safely, so that a broken upload goes on from there.
func (h citizen) uploadOffset(w http.ResponseWriter, r *http.Request) error {
	file, err := pathID(r, "file")
	if err != nil {
		return refuse(w, r, err)
	}
	f, n, err := h.Dossiers.UploadOffset(r.Context(), file)
	if err != nil {
		return refuse(w, r, err)
	}
	w.Header().Set("Upload-Id", f.ID.String())
	w.Header().Set("Upload-Offset", strconv.FormatInt(n, 10))
	w.Header().Set("Upload-Length", strconv.FormatInt(f.Size, 10))
	w.WriteHeader(http.StatusOK)
	return nil
}

// uploadChunk takes the bytes that follow at Upload-Offset; at a wrong offset it answers 409 with
// the right one.
func (h citizen) uploadChunk(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	file, err := pathID(r, "file")
	if err != nil {
		return refuse(w, r, err)
	}
	offset, err := strconv.ParseInt(r.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || offset < 0 {
		return refuse(w, r, fault.New(fault.Invalid, "web.error.invalid"))
	}
	_, n, err := h.Dossiers.Append(ctx, file, offset, r.Body)
	if fault.KindOf(err) == fault.Conflict {
		if _, stored, err := h.Dossiers.UploadOffset(ctx, file); err == nil && stored != offset {
			w.Header().Set("Upload-Offset", strconv.FormatInt(stored, 10))
			w.WriteHeader(http.StatusConflict)
			return nil
		}
	}
	if err != nil {
		return refuse(w, r, err)
	}
	w.Header().Set("Upload-Id", file.String())
	w.Header().Set("Upload-Offset", strconv.FormatInt(n, 10))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// uploadRemove takes a file off again. One that is gone already is answered as one that never was
// the actor's: not found.
func (h citizen) uploadRemove(w http.ResponseWriter, r *http.Request) error {
	file, err := pathID(r, "file")
	if err == nil {
		err = h.Dossiers.RemoveFile(r.Context(), file)
	}
	if err != nil {
		return refuse(w, r, err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// refuse answers a script with a problem document (RFC 9457) whose detail it shows to the person.
// Trouble that nobody can do anything about is left to the router, which answers 500.
func refuse(w http.ResponseWriter, r *http.Request, err error) error {
	f := fault.As(err)
	if f == nil || f.Kind == fault.Unknown || f.Kind == fault.Unavailable || f.Kind == fault.Unauthenticated {
		return err
	}
	detail := i18n.T(r.Context(), f.Key, f.Args)
	if len(f.Fields) > 0 {
		detail = ui.Message(r.Context(), f.Fields[0])
	}
	status := web.Status(f.Kind)
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "about:blank", "status": status, "detail": detail, "code": f.Key}) // the client may be gone
	return nil
}
