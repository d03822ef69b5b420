// Package procedureweb holds the pages of the catalogue of procedures: the home page with its
// search, results, the page of one procedure, and the administrators' pages.
package procedureweb

import (
	"context"
	"time"

	"lienthong/internal/kit/web"
	"lienthong/internal/module/procedure"
)

// PublicFigures is what the home page shows of the province's work.
type PublicFigures struct {
	Received int       // dossiers
	Returned int       // dossiers
	OnTime   float64   // share between 0 and 1 of the returned; negative if it is not known
	AsOf     time.Time // when the figures were counted
}

// Figures gives the public figures; ok is false if there are none worth showing yet.
type Figures interface {
	Today(ctx context.Context) (f PublicFigures, ok bool)
}

// Handlers are the pages. Procedures, Trial and Now are needed.
type Handlers struct {
	Procedures *procedure.Service
	Trial      *procedure.Trial
	Figures    Figures // optional
	People     People  // optional: without it pages say "somebody"
	// Decisions returns the ids of the decisions that a process may name; optional.
	Decisions func(ctx context.Context) ([]string, error)
	Now       func() time.Time
}

// The addresses of this package.
const (
	PathHome   = "/"
	PathSearch = "/thu-tuc"
	PathAdmin  = "/quan-tri/thu-tuc"
	pathImport = PathAdmin + "/nhap"
	pathLib    = "/quan-tri/thu-vien"
)

// Routes registers every page with the permission it needs.
func Routes(r *web.Router, h *Handlers) {
	const edit, publish = web.Perm(procedure.PermEdit), web.Perm(procedure.PermPublish)
	upload := web.MaxBody(procedure.MaxImportBytes + 1<<20)

	r.Handle("GET /{$}", web.Public, h.home)
	r.Handle("GET /thu-tuc", web.Public, h.search)
	r.Handle("GET /thu-tuc/{code}", web.Public, h.show)

	r.Handle("GET /quan-tri/thu-tuc", edit, h.list)
	r.Handle("GET /quan-tri/thu-tuc/moi", edit, h.newPage)
	r.Handle("POST /quan-tri/thu-tuc/moi", edit, h.create)
	r.Handle("GET /quan-tri/thu-tuc/nhap", edit, h.importPage)
	r.Handle("POST /quan-tri/thu-tuc/nhap", edit, h.importFile, upload)
	r.Handle("GET /quan-tri/thu-tuc/xuat.json", edit, h.exportJSON)
	r.Handle("GET /quan-tri/thu-tuc/xuat.xlsx", edit, h.exportXLSX, web.Uncompressed())
	r.Handle("GET /quan-tri/thu-tuc/{code}", edit, h.versions)
	r.Handle("POST /quan-tri/thu-tuc/{code}/nhap", edit, h.startDraft)
	r.Handle("GET /quan-tri/thu-tuc/{code}/sua", edit, h.editor)
	r.Handle("GET /quan-tri/thu-tuc/{code}/sua/{field}", edit, h.editField)
	r.Handle("POST /quan-tri/thu-tuc/{code}/sua/{field}", edit, h.saveField)
	r.Handle("GET /quan-tri/thu-tuc/{code}/phien-ban/{number}", edit, h.showVersion)
	r.Handle("GET /quan-tri/thu-tuc/{code}/phien-ban/{number}/bieu-mau", edit, h.preview)
	r.Handle("GET /quan-tri/thu-tuc/{code}/cong-bo", publish, h.publishPage)
	r.Handle("POST /quan-tri/thu-tuc/{code}/cong-bo", publish, h.publish)
	r.Handle("GET /quan-tri/thu-tuc/{code}/bai-bo", publish, h.retirePage)
	r.Handle("POST /quan-tri/thu-tuc/{code}/bai-bo", publish, h.retire)
	r.Handle("GET /quan-tri/thu-tuc/{code}/huy-nhap", edit, h.discardPage)
	r.Handle("POST /quan-tri/thu-tuc/{code}/huy-nhap", edit, h.discard)
	r.Handle("GET /quan-tri/thu-tuc/{code}/noi-cung-cap", edit, h.offers)
	r.Handle("POST /quan-tri/thu-tuc/{code}/noi-cung-cap", edit, h.setOffer)

	r.Handle("GET /quan-tri/thu-vien", edit, h.library)
	r.Handle("POST /quan-tri/thu-vien/quy-trinh", edit, h.putProcess, web.MaxBody(4<<20))
	r.Handle("POST /quan-tri/thu-vien/bieu-mau", edit, h.putForm, web.MaxBody(4<<20))
	processRoutes(r, h, edit, publish)
	trialRoutes(r, h, edit)
}
