package dossierapi

import (
	"bufio"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/dossier"
)

// envelope is what multipart/form-data may add to the bytes of a file.
const envelope = 64 << 10

func (a *api) registerFiles() {
	whole := created("/files", "create-file", tagFiles, "Send a whole file",
		"multipart/form-data whose first part is the file; for small files and good connections.")
	whole.MaxBodyBytes = dossier.MaxFile + envelope
	form := &huma.MediaType{} // its schema is added below: with one, huma would read the form as JSON
	whole.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": form}}
	add(a, rest.SignedIn, whole, a.createFile)
	form.Schema = &huma.Schema{Type: huma.TypeObject, Required: []string{"file"},
		Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary", Description: "At most 25 MB; PDF, JPEG, PNG, WebP, HEIC, Word or Excel by its content."}}}

	down := op(http.MethodGet, "/files/{file}", "get-file", tagFiles, "Download a file",
		"Always to be saved, never to be shown as a page. Takes Range and If-None-Match. A citizen gets results with personal data once an official has checked the card; see also the look-up.")
	down.Responses = binary()
	add(a, rest.SignedIn, down, a.getFile)
	add(a, rest.SignedIn, op(http.MethodDelete, "/files/{file}", "delete-file", tagFiles, "Take a file off",
		"Off a draft, off an answer that was not sent yet, or a result off a dossier before it is handed over."), a.deleteFile)
}

// binary describes an answer that is a file.
func binary() map[string]*huma.Response {
	return map[string]*huma.Response{"200": {Description: "The file", Content: map[string]*huma.MediaType{
		"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}}
}

// DossierFile is a file attached to a draft or dossier.
type DossierFile struct {
	ID        string `json:"id" format:"uuid"`
	Kind      string `json:"kind" enum:"paper,supplement,result,internal"`
	Component string `json:"component,omitempty" doc:"Code of the paper in the procedure."`
	Name      string `json:"name"`
	Size      int64  `json:"size" doc:"Bytes."`
	Media     string `json:"media,omitempty" example:"application/pdf" doc:"Media type by the content."`
	SHA256    string `json:"sha256,omitempty" doc:"Of the content, in hexadecimal."`
	Done      bool   `json:"done" doc:"False while the upload runs."`
	Verdict   string `json:"verdict,omitempty" enum:"ok,defect" doc:"What the office found; for officials."`
	Remark    string `json:"remark,omitempty"`
}

func showFile(f dossier.File) DossierFile {
	return DossierFile{ID: f.ID.String(), Kind: f.Kind, Component: f.Component, Name: f.Name, Size: f.Size, Media: f.Media,
		SHA256: f.Sum, Done: f.Sum != "", Verdict: f.Verdict, Remark: f.Remark}
}

// requestOf returns the request behind a huma context.
func requestOf(ctx huma.Context) *http.Request {
	r, _ := humago.Unwrap(ctx)
	return r
}

func (a *api) createFile(ctx context.Context, in *struct {
	Dossier   string `query:"dossier" required:"true" format:"uuid" doc:"The draft or dossier it belongs to."`
	Kind      string `query:"kind" enum:"paper,supplement,result,internal" default:"paper" doc:"What it is for: paper (of a draft), supplement (an answer to a request), result or internal (by the official at the task)."`
	Component string `query:"component" maxLength:"100" doc:"Code of the paper in the procedure, if it is one."`
	Content   Stream
}) (*fileOut, error) {
	if err := mayUpload(ctx); err != nil {
		return nil, err
	}
	d, err := parse("query.dossier", in.Dossier)
	if err != nil {
		return nil, err
	}
	part, err := in.Content.file()
	if err != nil {
		return nil, err
	}
	body := bufio.NewReader(part)
	if _, err := body.Peek(1); errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "dossier.file_empty")
	}
	// The size is known only at the end; until then the use case needs a number that may be.
	f, err := a.s.Attach(ctx, d, in.Kind, in.Component, part.FileName(), 1, body)
	if err != nil {
		return nil, err
	}
	return &fileOut{Location: rest.Prefix + "/files/" + f.ID.String(), Body: showFile(f)}, nil
}

type fileOut struct {
	Location string `header:"Location"`
	Body     DossierFile
}

// file returns the first part of a form, which must be a file.
func (s *Stream) file() (*multipart.Part, error) {
	bad := func(err error) error { return fault.Wrap(err, fault.Invalid, "dossierapi.no_file_part") }
	kind, params, err := mime.ParseMediaType(s.r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return nil, bad(err)
	}
	part, err := multipart.NewReader(s.limited(dossier.MaxFile+envelope), params["boundary"]).NextPart()
	if err != nil {
		return nil, bad(err)
	}
	if part.FormName() != "file" || part.FileName() == "" {
		return nil, bad(nil)
	}
	return part, nil
}

func (a *api) getFile(ctx context.Context, in *ByFile) (*huma.StreamResponse, error) {
	if err := mayDownload(ctx); err != nil {
		return nil, err
	}
	file, err := parse("path.file", in.File)
	if err != nil {
		return nil, err
	}
	f, content, err := a.s.File(ctx, file)
	if err != nil {
		return nil, err
	}
	return send(f, content), nil
}

// send answers with a file, to be saved under its name: no client shows as a page what strangers
// uploaded.
func send(f dossier.File, content io.ReadSeekCloser) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer content.Close()
		r, w := humago.Unwrap(ctx)
		h := w.Header()
		h.Set("Content-Type", f.Media)
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
		h.Set("Cache-Control", "private, no-cache")
		h.Set("ETag", `"`+f.Sum+`"`)
		http.ServeContent(w, r, "", f.At, content)
	}}
}

func (a *api) deleteFile(ctx context.Context, in *ByFile) (*struct{}, error) {
	if err := mayUpload(ctx); err != nil {
		return nil, err
	}
	file, err := parse("path.file", in.File)
	if err != nil {
		return nil, err
	}
	return nil, a.s.RemoveFile(ctx, file)
}
