package dossierapi

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lienthong/internal/kit/pace"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/dossier"
)

const tagFiles = "Files"

func (a *api) registerUploads() {
	add(a, rest.SignedIn, created("/uploads", "create-upload", tagFiles, "Announce an upload",
		"For files over bad connections: announce, then send the bytes in pieces with PATCH, asking with HEAD how far it got after an interruption. Uploads that are not finished are forgotten after a while."), a.createUpload)
	add(a, rest.SignedIn, op(http.MethodHead, "/uploads/{file}", "head-upload", tagFiles, "Ask how far an upload is",
		"The answer has headers only."), a.headUpload)
	patch := op(http.MethodPatch, "/uploads/{file}", "patch-upload", tagFiles, "Send the next bytes of an upload",
		"Upload-Offset must be where the upload stands, else 409. Bytes that arrived before an interruption are kept. With the last byte the file is checked by its content and becomes part of the draft or dossier.")
	patch.MaxBodyBytes = dossier.MaxFile
	patch.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/offset+octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	add(a, rest.SignedIn, patch, a.patchUpload)
}

// UploadNew announces a file.
type UploadNew struct {
	Dossier   string `json:"dossier" format:"uuid" doc:"The draft or dossier it belongs to."`
	Kind      string `json:"kind,omitempty" enum:"paper,supplement,result,internal" default:"paper" doc:"What it is for: paper (of a draft), supplement (an answer to a request), result or internal (by the official at the task)."`
	Component string `json:"component,omitempty" maxLength:"100" doc:"Code of the paper in the procedure, if it is one."`
	Name      string `json:"name" minLength:"1" maxLength:"300" example:"giay-chung-sinh.pdf"`
	Size      int64  `json:"size" minimum:"1" maximum:"26214400" doc:"Bytes."`
}

// Upload says how far an upload is.
type Upload struct {
	File   string `json:"file" format:"uuid"`
	Offset int64  `json:"offset" minimum:"0" doc:"Bytes that are safely stored; where the next piece begins."`
	Size   int64  `json:"size" doc:"Bytes of the whole file."`
	Done   bool   `json:"done" doc:"The file is complete, was checked and belongs to the draft or dossier."`
	Media  string `json:"media,omitempty" example:"application/pdf" doc:"Media type by the content, when done."`
}

type uploadOut struct {
	Location string `header:"Location"`
	Offset   int64  `header:"Upload-Offset"`
	Body     Upload
}

func (a *api) createUpload(ctx context.Context, in *struct{ Body UploadNew }) (*uploadOut, error) {
	if err := mayUpload(ctx); err != nil {
		return nil, err
	}
	b := in.Body
	d, err := parse("/dossier", b.Dossier)
	if err != nil {
		return nil, err
	}
	f, err := a.s.StartUpload(ctx, d, b.Kind, b.Component, b.Name, b.Size)
	if err != nil {
		return nil, err
	}
	return showUpload(f, 0), nil
}

func showUpload(f dossier.File, offset int64) *uploadOut {
	return &uploadOut{Location: rest.Prefix + "/uploads/" + f.ID.String(), Offset: offset,
		Body: Upload{File: f.ID.String(), Offset: offset, Size: f.Size, Done: f.Sum != "", Media: f.Media}}
}

type uploadHead struct {
	Status int
	Offset int64 `header:"Upload-Offset"`
	Length int64 `header:"Upload-Length"`
}

func (a *api) headUpload(ctx context.Context, in *ByFile) (*uploadHead, error) {
	if err := mayUpload(ctx); err != nil {
		return nil, err
	}
	file, err := parse("path.file", in.File)
	if err != nil {
		return nil, err
	}
	f, n, err := a.s.UploadOffset(ctx, file)
	if err != nil {
		return nil, err
	}
	return &uploadHead{Status: http.StatusOK, Offset: n, Length: f.Size}, nil
}

// Stream is the body of a request, to be read as it arrives: pieces that came before a connection
// broke are kept, and 25 MB never lie in memory.
type Stream struct{ r *http.Request }

// Resolve implements huma.Resolver. It gives the request as long as its bytes keep coming.
func (s *Stream) Resolve(ctx huma.Context) []error {
	s.r = requestOf(ctx)
	s.r.Body = pace.Body(s.r.Body, ctx.SetReadDeadline, time.Now)
	return nil
}

// limited returns the body, which fails beyond n bytes.
func (s *Stream) limited(n int64) io.Reader { return http.MaxBytesReader(nil, s.r.Body, n) }

func (a *api) patchUpload(ctx context.Context, in *struct {
	ByFile
	Offset  int64 `header:"Upload-Offset" required:"true" minimum:"0" doc:"Where these bytes begin."`
	Content Stream
}) (*uploadOut, error) {
	if err := mayUpload(ctx); err != nil {
		return nil, err
	}
	file, err := parse("path.file", in.File)
	if err != nil {
		return nil, err
	}
	f, n, err := a.s.Append(ctx, file, in.Offset, in.Content.limited(dossier.MaxFile))
	if err != nil {
		return nil, err
	}
	return showUpload(f, n), nil
}
