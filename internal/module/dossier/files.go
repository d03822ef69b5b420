package dossier

import (
	"context"
	"database/sql"
	"io"
	"slices"
	"strings"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/blob"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// Limits of attachments. A photograph of a phone is 3 to 8 MB, a scanned contract up to 20.
const (
	MaxFile     = 25 << 20 // bytes of one file
	MaxFiles    = 60       // files of one dossier
	MaxFileName = 150      // letters of a file's name
)

// mediaTypes are the types a dossier takes, by content, and whether browsers show them safely.
var mediaTypes = map[string]bool{
	"application/pdf": true, "image/jpeg": true, "image/png": true, "image/webp": true,
	"image/heic": false, "image/heif": false,
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document": false,
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":       false,
}

// Inline tells whether a file of this type may be shown in the browser instead of being saved.
func Inline(media string) bool { return mediaTypes[media] }

const fileColumns = `id, dossier_id, kind, component, name, size, sum, media, at, by_id, verdict, remark`

func scanFile(r scanner) (f File, err error) {
	var at int64
	err = r.Scan(&f.ID, &f.Dossier, &f.Kind, &f.Component, &f.Name, &f.Size, &f.Sum, &f.Media, &at, &f.By, &f.Verdict, &f.Remark)
	f.At = db.Time(at)
	if db.Missing(err) {
		err = fault.New(fault.NotFound, "dossier.no_file")
	}
	return f, err
}

// Files returns the files of a draft or dossier, uploads still running included.
func (s *Service) Files(ctx context.Context, dossier id.ID) ([]File, error) {
	return s.files(s.DB.Read(ctx), dossier)
}

func (s *Service) files(q db.Q, dossier id.ID) ([]File, error) {
	rows, err := q.Query(`SELECT `+fileColumns+` FROM dossier_file WHERE dossier_id = $1 ORDER BY at, id`, dossier)
	return db.Collect[File](rows, err)(func(r *sql.Rows) (File, error) { return scanFile(r) })
}

// mayAttach says what kind of file the actor may add to the draft or dossier, if any.
func (s *Service) mayAttach(ctx context.Context, dossier id.ID, kind string) error {
	_, err := s.Draft(ctx, dossier)
	if err == nil && kind == "paper" {
		return nil
	}
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	d, err := s.Get(ctx, dossier)
	if err != nil {
		return err
	}
	who := actor.From(ctx)
	switch kind {
	case "supplement":
		if d.Status == StatusSupplement && (Owns(who, d) || who.MayAt(PermReceive, d.Reception)) {
			return nil
		}
	case "result", "internal":
		tasks, err := s.openTasks(s.DB.Read(ctx), d.ID)
		if err != nil {
			return err
		}
		if !d.Closed() && slices.ContainsFunc(tasks, func(t *Task) bool { return MayWork(who, t) && t.Role != bpmn.RoleApplicant }) {
			return nil
		}
	}
	return fault.New(fault.Conflict, "dossier.no_attaching")
}

// newFile returns the file the actor is about to attach, if it may be.
func (s *Service) newFile(ctx context.Context, dossier id.ID, kind, component, name string, size int64) (File, error) {
	if name = text.Line(strings.NewReplacer("/", " ", "\\", " ").Replace(name)); name == "" {
		name = "tep"
	}
	if r := []rune(name); len(r) > MaxFileName {
		name = string(r[:MaxFileName])
	}
	if size <= 0 {
		return File{}, fault.New(fault.Invalid, "dossier.file_empty")
	}
	if size > MaxFile {
		return File{}, fault.New(fault.TooLarge, "dossier.file_too_large", "mb", MaxFile>>20)
	}
	if err := s.mayAttach(ctx, dossier, kind); err != nil {
		return File{}, err
	}
	return File{ID: s.IDs.New(), Dossier: dossier, Kind: kind, Component: text.Line(component), Name: name, Size: size,
		At: s.Now(), By: actor.From(ctx).Account}, nil
}

// listFile puts a file into the list of its draft or dossier. A draft that was filed in this moment
// takes no more papers, whatever was allowed when the first byte arrived.
func (s *Service) listFile(tx *db.Tx, who actor.Actor, f File) error {
	if err := s.room(tx, who, f); err != nil {
		return err
	}
	var n int
	if err := tx.QueryRow(`SELECT count(*) FROM dossier_file WHERE dossier_id = $1`, f.Dossier).Scan(&n); err != nil {
		return err
	}
	if n >= MaxFiles {
		return fault.New(fault.TooMany, "dossier.too_many_files", "n", MaxFiles)
	}
	if f.Kind == "paper" {
		var held int
		err := tx.QueryRow(`SELECT count(*) FROM (SELECT id FROM dossier_draft WHERE id = $1`+db.ForUpdate(tx, false)+`) d`, f.Dossier).Scan(&held)
		if err == nil && held == 0 {
			err = fault.New(fault.Conflict, "dossier.changed_meanwhile")
		}
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(`INSERT INTO dossier_file (`+fileColumns+`) VALUES `+db.Rows(1, 12), f.ID, f.Dossier, f.Kind, f.Component,
		f.Name, f.Size, f.Sum, f.Media, db.Micros(f.At), f.By, "", "")
	return err
}

// StartUpload announces a file of the given size in bytes; its bytes follow in Append, in as many
// pieces and after as many interruptions as the network needs.
func (s *Service) StartUpload(ctx context.Context, dossier id.ID, kind, component, name string, size int64) (File, error) {
	f, err := s.newFile(ctx, dossier, kind, component, name, size)
	if err != nil {
		return File{}, err
	}
	return f, s.DB.Write(ctx, func(tx *db.Tx) error { return s.listFile(tx, actor.From(ctx), f) })
}

// upload returns an upload of the actor's own that is not finished.
func (s *Service) upload(ctx context.Context, file id.ID) (File, error) {
	f, err := scanFile(s.DB.Read(ctx).QueryRow(`SELECT `+fileColumns+` FROM dossier_file WHERE id = $1`, file))
	if err == nil && f.By != actor.From(ctx).Account {
		err = fault.New(fault.NotFound, "dossier.no_file")
	}
	return f, err
}

// UploadOffset returns how many bytes of the upload are safely stored. An upload whose last byte
// arrived just before the program ended is brought to its end here: whoever reads that all bytes
// are there sends no more.
func (s *Service) UploadOffset(ctx context.Context, file id.ID) (File, int64, error) {
	f, err := s.upload(ctx, file)
	if err != nil {
		return f, 0, err
	}
	if f.Sum != "" {
		return f, f.Size, nil
	}
	n, err := s.Parts.Size(ctx, file.String())
	if fault.KindOf(err) == fault.NotFound {
		return f, 0, nil // announced, and nothing has arrived yet
	}
	if err != nil || n < f.Size {
		return f, n, err
	}
	f, err = s.finishUpload(ctx, f)
	return f, n, err
}

// finishUpload makes a file of an upload whose bytes have all arrived.
func (s *Service) finishUpload(ctx context.Context, f File) (File, error) {
	ref, err := s.Parts.Finish(ctx, f.ID.String(), f.Size)
	if err != nil {
		return f, err
	}
	return s.settleFile(ctx, f, ref)
}

// Append stores the bytes that follow at offset. When the last one is there, the file is checked
// by its content and becomes part of the draft or dossier; it then has its sum.
func (s *Service) Append(ctx context.Context, file id.ID, offset int64, r io.Reader) (File, int64, error) {
	f, err := s.upload(ctx, file)
	if err != nil || f.Sum != "" {
		return f, f.Size, err
	}
	n, err := s.Parts.Append(ctx, file.String(), offset, r, f.Size)
	if err != nil || n < f.Size {
		return f, n, err
	}
	f, err = s.finishUpload(ctx, f)
	return f, n, err
}

// Attach stores a whole file at once, as a form without scripts sends it.
func (s *Service) Attach(ctx context.Context, dossier id.ID, kind, component, name string, size int64, r io.Reader) (File, error) {
	f, err := s.newFile(ctx, dossier, kind, component, name, size)
	if err != nil {
		return File{}, err
	}
	// Whoever has no room left is told before his bytes are stored; what counts is asked again below.
	if err := s.fits(s.DB.Read(ctx), actor.From(ctx), f); err != nil {
		return File{}, err
	}
	ref, err := s.Blobs.Put(ctx, r, MaxFile)
	if err != nil {
		return File{}, err
	}
	if _, ok := mediaTypes[ref.Type]; !ok {
		return File{}, fault.New(fault.Invalid, "dossier.file_type", "name", f.Name)
	}
	if f.Kind != "paper" { // papers are asked about in the same transaction
		if err := s.mayAttach(ctx, f.Dossier, f.Kind); err != nil {
			return File{}, err
		}
	}
	f.Sum, f.Media, f.Size = ref.Sum, ref.Type, ref.Size
	err = s.DB.Write(ctx, func(tx *db.Tx) error { return s.listFile(tx, actor.From(ctx), f) })
	if err != nil {
		return File{}, err
	}
	return f, nil
}

func (s *Service) settleFile(ctx context.Context, f File, ref blob.Ref) (File, error) {
	media := ref.Type
	if _, ok := mediaTypes[media]; !ok {
		s.forget(ctx, f.ID)
		return f, fault.New(fault.Invalid, "dossier.file_type", "name", f.Name)
	}
	// Between announcing and the last byte the draft may have been filed, or the answer sent: what
	// arrives after that is no part of it, whatever the time of the announcement says.
	if err := s.mayAttach(ctx, f.Dossier, f.Kind); err != nil {
		s.forget(ctx, f.ID)
		return f, err
	}
	f.Sum, f.Media, f.Size = ref.Sum, media, ref.Size
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.room(tx, actor.From(ctx), f); err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE dossier_file SET sum = $2, media = $3, size = $4 WHERE id = $1 AND sum = ''
			AND (kind <> 'paper' OR EXISTS (SELECT 1 FROM dossier_draft d WHERE d.id = dossier_file.dossier_id))`, f.ID, f.Sum, f.Media, f.Size)
		if err == nil && n != 1 {
			err = fault.New(fault.Conflict, "dossier.changed_meanwhile")
		}
		return err
	})
	if fault.KindOf(err) == fault.TooLarge {
		s.forget(ctx, f.ID)
		f.Sum = ""
	}
	return f, err
}

// dropUnfinished forgets announced files of the kinds that never arrived whole, so that no half file
// becomes part of a dossier: an interrupted upload that was begun anew leaves one behind.
func dropUnfinished(tx *db.Tx, dossier id.ID, kinds ...string) error {
	for _, kind := range kinds {
		if _, err := tx.Exec(`DELETE FROM dossier_file WHERE dossier_id = $1 AND kind = $2 AND sum = ''`, dossier, kind); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) forget(ctx context.Context, file id.ID) {
	err := s.DB.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM dossier_file WHERE id = $1 AND sum = ''`, file)
		return err
	})
	if err != nil {
		s.Log.Warn("a refused upload stays listed", "file", file.String(), "err", err)
	}
}

// RemoveFile takes a file off a draft, or a result off a dossier before it is handed over.
func (s *Service) RemoveFile(ctx context.Context, file id.ID) error {
	f, err := scanFile(s.DB.Read(ctx).QueryRow(`SELECT `+fileColumns+` FROM dossier_file WHERE id = $1`, file))
	if err != nil {
		return err
	}
	if err := s.mayAttach(ctx, f.Dossier, f.Kind); err != nil {
		return err
	}
	if f.Kind == "supplement" {
		// What was handed in with an earlier answer belongs to the dossier for good.
		list, err := s.Supplements(ctx, f.Dossier)
		if err != nil {
			return err
		}
		for _, x := range list {
			if x.State == "answered" && !f.At.After(x.Answered) {
				return fault.New(fault.Conflict, "dossier.no_attaching")
			}
		}
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		// A draft that was filed in this moment keeps its papers.
		n, err := tx.Exec(`DELETE FROM dossier_file WHERE id = $1
			AND (kind <> 'paper' OR EXISTS (SELECT 1 FROM dossier_draft d WHERE d.id = dossier_file.dossier_id))`, file)
		if err != nil {
			return err
		}
		if n != 1 {
			return fault.New(fault.Conflict, "dossier.changed_meanwhile")
		}
		if f.Kind == "paper" || f.Sum == "" {
			return nil
		}
		// What was part of a dossier does not vanish without a trace.
		return s.Ledger.Record(tx, actor.From(ctx), "dossier.file_removed", "dossier", f.Dossier,
			map[string]any{"file": f.ID.String(), "kind": f.Kind, "sum": f.Sum})
	})
}

// File opens a file for the actor. Results go to a citizen who is known well enough; see Lookup
// for the other way.
func (s *Service) File(ctx context.Context, file id.ID) (File, io.ReadSeekCloser, error) {
	f, err := scanFile(s.DB.Read(ctx).QueryRow(`SELECT `+fileColumns+` FROM dossier_file WHERE id = $1`, file))
	if err != nil {
		return f, nil, err
	}
	if f.Sum == "" {
		return f, nil, fault.New(fault.NotFound, "dossier.no_file")
	}
	if _, err := s.Draft(ctx, f.Dossier); err != nil {
		d, err := s.Get(ctx, f.Dossier)
		if err != nil {
			return f, nil, fault.New(fault.NotFound, "dossier.no_file")
		}
		who := actor.From(ctx)
		if Owns(who, d) {
			if f.Kind == "internal" || f.Kind == "result" && d.Status != StatusFinished && d.Status != StatusReturned {
				return f, nil, fault.New(fault.NotFound, "dossier.no_file")
			}
			if f.Kind == "result" && !MaySeePersonal(who) {
				return f, nil, fault.New(fault.Forbidden, "dossier.result_needs_identity")
			}
		}
	}
	if who := actor.From(ctx); who.Kind == actor.Staff || who.Kind == actor.Token {
		err := s.DB.Write(ctx, func(tx *db.Tx) error {
			return s.Ledger.Record(tx, who, "dossier.file_read", "dossier", f.Dossier, map[string]any{"file": f.ID.String()})
		})
		if err != nil {
			return f, nil, err
		}
	}
	r, err := s.Blobs.Open(ctx, f.Sum)
	if err != nil {
		s.Log.ErrorContext(ctx, "a stored file cannot be given out", "dossier", f.Dossier.String(), "file", f.ID.String(), "err", err)
	}
	return f, r, err
}

// Judge notes an official's verdict on a file: "ok", "defect" with a remark, or "" for none.
func (s *Service) Judge(ctx context.Context, dossier, file id.ID, verdict, remark string) (*Dossier, error) {
	remark = text.Clean(remark)
	if verdict != "" && verdict != "ok" && verdict != "defect" || verdict == "defect" && remark == "" {
		return nil, fault.Input("dossier.step_incomplete", fault.Field{Path: "remark", Key: "dossier.note_missing"})
	}
	return s.change(ctx, dossier, func(tx *db.Tx, c *change) error {
		if err := s.mayViewIn(tx, c.who, c.d); err != nil {
			return err
		}
		if !slices.ContainsFunc(c.open, func(t *Task) bool { return MayWork(c.who, t) }) {
			return fault.New(fault.Forbidden, "dossier.not_your_task")
		}
		n, err := tx.Exec(`UPDATE dossier_file SET verdict = $3, remark = $4 WHERE id = $1 AND dossier_id = $2`, file, dossier, verdict, remark)
		if err == nil && n != 1 {
			err = fault.New(fault.NotFound, "dossier.no_file")
		}
		return err
	})
}

// Sweep forgets uploads that were never finished and drafts nobody touched for a long time.
func (s *Service) Sweep(ctx context.Context, uploads, drafts time.Duration) error {
	now := s.Now()
	if _, err := s.Sweeper.Sweep(ctx, uploads); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(`DELETE FROM dossier_file WHERE sum = '' AND at < $1`, db.Micros(now.Add(-uploads))); err != nil {
			return err
		}
		old := db.Micros(now.Add(-drafts))
		if _, err := tx.Exec(`DELETE FROM dossier_file WHERE dossier_id IN (SELECT id FROM dossier_draft WHERE updated_at < $1)`, old); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM dossier_draft WHERE updated_at < $1`, old)
		return err
	})
}

// Sums returns the sum of every file that drafts and dossiers refer to, each once.
func (s *Service) Sums(ctx context.Context) ([]string, error) {
	rows, err := s.DB.Read(ctx).Query(`SELECT DISTINCT sum FROM dossier_file WHERE sum <> '' ORDER BY sum`)
	return db.Collect[string](rows, err)(func(r *sql.Rows) (sum string, err error) { return sum, r.Scan(&sum) })
}
