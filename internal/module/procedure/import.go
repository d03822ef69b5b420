package procedure

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// Limits of one import file.
const (
	MaxImportBytes = 32 << 20 // of the file as it comes, JSON or XLSX
	maxImportRows  = 10000    // procedures
	maxImportDepth = 16       // nesting of JSON
)

// ImportOptions says what to do with the records that are well-formed.
type ImportOptions struct {
	Publish bool   // publish each one that may be; the actor then needs procedure.publish
	Note    string // kept with the new versions
	// ReplaceDrafts lets an import overwrite a draft that somebody is at work on; without it such
	// a row fails.
	ReplaceDrafts bool

	pack *packFiles // set for the import of a province pack
}

// What an import did with a row.
const (
	RowUnchanged = "unchanged" // the newest version has this very content
	RowDrafted   = "drafted"   // a draft was made or replaced
	RowPublished = "published"
)

// Row reports one procedure of an import. A row with errors changed nothing.
type Row struct {
	Line   int // 1 for the first record of a JSON list; the row number in the sheet of an XLSX file
	Code   string
	OK     bool
	Action string // RowUnchanged, RowDrafted or RowPublished
	Errors []fault.Field
}

// Report says row by row what an import did.
type Report struct {
	Rows []Row
}

// Counts returns how many rows were taken over (unchanged ones included) and how many failed.
func (r Report) Counts() (good, bad int) {
	for _, row := range r.Rows {
		if row.OK {
			good++
		} else {
			bad++
		}
	}
	return good, bad
}

// parsed is one record of a file with what is wrong with its form.
type parsed struct {
	line   int
	record Record
	errors []fault.Field
}

// ImportRecords reads records from JSON (one record, a list, or {"procedures": […]}) or from an
// XLSX file as ExportXLSX writes it. Each row is taken over whole or not at all, independently of
// the others. A changed record becomes a draft and is published if opts say so. The error is about the file as a whole: unreadable, too large.
func (s *Service) ImportRecords(ctx context.Context, who actor.Actor, data []byte, opts ImportOptions) (Report, error) {
	if err := mayEdit(who, PermEdit); err != nil {
		return Report{}, err
	}
	if opts.Publish {
		if err := mayEdit(who, PermPublish); err != nil {
			return Report{}, err
		}
	}
	rows, err := parseImport(data)
	if err != nil {
		return Report{}, err
	}
	var rep Report
	seen := map[string]int{}
	for _, p := range rows {
		if err := ctx.Err(); err != nil {
			return rep, err
		}
		row := Row{Line: p.line, Code: clip(p.record.Code.Value), Errors: p.errors}
		if first, twice := seen[row.Code]; twice && row.Code != "" {
			row.Errors = append(row.Errors, fault.Field{Path: "/code/value", Key: "procedure.import_twice", Args: fault.Args("line", first)})
		} else {
			seen[row.Code] = p.line
		}
		if len(row.Errors) == 0 {
			action, err := s.importOne(ctx, who, &p.record, opts)
			switch f := fault.As(err); {
			case err == nil:
				row.OK, row.Action = true, action
			case f != nil && f.Kind != fault.Unavailable && f.Kind != fault.Unknown:
				row.Errors = f.Fields
				if len(row.Errors) == 0 {
					row.Errors = []fault.Field{{Path: "", Key: f.Key, Args: f.Args}}
				}
			default:
				return rep, err // the database is gone: the rows after this one were not tried
			}
		}
		rep.Rows = append(rep.Rows, row)
	}
	return rep, nil
}

// importOne takes one record over in one transaction.
func (s *Service) importOne(ctx context.Context, who actor.Actor, r *Record, opts ImportOptions) (action string, err error) {
	r.Clean()
	if bad := r.Validate(); len(bad) > 0 {
		return "", fault.Input("procedure.invalid", bad...)
	}
	// Most records of a repeated import are unchanged; they are told without a write.
	next, same, err := s.imported(s.DB.Read(ctx), r, opts)
	if err != nil || same {
		return RowUnchanged, err
	}
	if opts.Publish {
		if bad := s.Check(next); len(bad) > 0 {
			return "", fault.Input("procedure.not_publishable", bad...)
		}
		if next.EffectiveFrom > s.today() {
			return "", fault.New(fault.Conflict, "procedure.not_yet", "date", next.EffectiveFrom)
		}
	}
	offers, err := s.recordOffers(ctx, r)
	if err != nil {
		return "", err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		e, err := entryByCode(tx, r.Code.Value)
		switch {
		case fault.KindOf(err) == fault.NotFound:
			e = entryRow{ID: s.IDs.New(), Code: r.Code.Value}
			err = insertEntry(tx, e, db.Micros(s.Now()))
		case err == nil:
			e, err = lockEntry(tx, e.ID)
		}
		if err != nil {
			return err
		}
		v, err := s.importDraft(tx, who, e, r, opts)
		if err != nil {
			return err
		}
		if v.Content != next.Content {
			return changedMeanwhile() // the library moved on since the check
		}
		if err := s.record(tx, who, "procedure.import", v.ID, auditOf(v)); err != nil {
			return err
		}
		action = RowDrafted
		if opts.Publish {
			action = RowPublished
			return s.publish(tx, who, v, offers)
		}
		return nil
	})
	if err == nil && action == RowPublished {
		s.catalogue.stale()
	}
	return action, err
}

// imported returns the version the record would become, and whether the catalogue has it already:
// as the published version, or as the draft if nothing is to be published. A pack is compared with
// everything that was ever published: what administrators changed since is not taken back by the
// next start.
func (s *Service) imported(q db.Q, r *Record, opts ImportOptions) (next *Version, same bool, err error) {
	next = &Version{Code: r.Code.Value, State: Draft}
	if err := fill(opts.library(q), next, Change{Record: *r, EffectiveFrom: s.effective(r)}); err != nil {
		return nil, false, err
	}
	e, err := entryByCode(q, r.Code.Value)
	if fault.KindOf(err) == fault.NotFound {
		return next, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	states := "state = 'published'"
	switch {
	case opts.pack != nil:
		states = "state <> 'draft'"
	case !opts.Publish:
		states = "state <> 'retired'"
	}
	var n int
	err = q.QueryRow("SELECT count(*) FROM procedure_version WHERE procedure_id = $1 AND content = $2 AND "+states, e.ID, next.Content).Scan(&n)
	return next, n > 0, err
}

func (o ImportOptions) library(q db.Q) library {
	if o.pack != nil {
		return o.pack.library(stored(q))
	}
	return stored(q)
}

// importDraft stores the record as the procedure's draft.
func (s *Service) importDraft(tx *db.Tx, who actor.Actor, e entryRow, r *Record, opts ImportOptions) (*Version, error) {
	c := Change{Record: *r, EffectiveFrom: s.effective(r), Note: opts.Note}
	next := &Version{ID: s.IDs.New(), ProcedureID: e.ID, Code: e.Code, Number: e.Last + 1, State: Draft,
		Revision: 1, CreatedAt: s.Now(), CreatedBy: who.Account}
	if err := fill(opts.library(tx), next, c); err != nil {
		return nil, err
	}
	draft, err := versionIn(tx, e.ID, Draft)
	if fault.KindOf(err) == fault.NotFound {
		return next, insertVersion(tx, next)
	}
	if err != nil {
		return nil, err
	}
	old, err := loadVersion(tx, draft)
	if err != nil {
		return nil, err
	}
	if old.Content != next.Content && !opts.ReplaceDrafts {
		return nil, fault.New(fault.Conflict, "procedure.draft_exists", "code", e.Code)
	}
	next.ID, next.Number, next.Revision, next.CreatedAt, next.CreatedBy = old.ID, old.Number, old.Revision, old.CreatedAt, old.CreatedBy
	if err := updateDraft(tx, next, old.Revision); err != nil {
		return nil, err
	}
	next.Revision++
	return next, nil
}

// effective returns from when an imported version may be used: the day the record names if it
// lies ahead, else today.
func (s *Service) effective(r *Record) civil.Date {
	today := s.today()
	if d := r.ValidFrom.Value; d != nil && *d > today {
		return *d
	}
	return today
}

// parseImport reads the file by what it is, not by its name.
func parseImport(data []byte) ([]parsed, error) {
	switch {
	case len(data) > MaxImportBytes:
		return nil, fault.New(fault.TooLarge, "procedure.import_too_large", "max", MaxImportBytes>>20)
	case len(bytes.TrimSpace(data)) == 0:
		return nil, fault.New(fault.Invalid, "procedure.import_empty")
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return parseXLSX(data)
	}
	return parseJSON(data)
}

// parseJSON reads records from JSON.
func parseJSON(data []byte) ([]parsed, error) {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	if !utf8.Valid(data) {
		return nil, fault.New(fault.Invalid, "procedure.import_unreadable", "reason", "UTF-8")
	}
	if err := strictJSON(data); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "procedure.import_unreadable", "reason", err.Error())
	}
	var raws []json.RawMessage
	switch first := bytes.TrimSpace(data)[0]; first {
	case '[':
		if err := json.Unmarshal(data, &raws); err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "procedure.import_unreadable", "reason", err.Error())
		}
	case '{':
		var list struct {
			Procedures []json.RawMessage `json:"procedures"`
		}
		if err := json.Unmarshal(data, &list); err == nil && list.Procedures != nil {
			raws = list.Procedures
		} else {
			raws = []json.RawMessage{data}
		}
	default:
		return nil, fault.New(fault.Invalid, "procedure.import_unreadable", "reason", "JSON")
	}
	if len(raws) > maxImportRows {
		return nil, fault.New(fault.TooLarge, "procedure.import_too_many", "max", maxImportRows)
	}
	var out []parsed
	for i, raw := range raws {
		p := parsed{line: i + 1}
		p.record, p.errors = DecodeRecord(raw)
		out = append(out, p)
	}
	return out, nil
}

// DecodeRecord reads one record of the pack format. Names that the format does not have are
// refused, because a misspelt one would be lost in silence.
func DecodeRecord(raw []byte) (r Record, bad []fault.Field) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		var te *json.UnmarshalTypeError
		if errors.As(err, &te) {
			return r, []fault.Field{{Path: "/" + strings.ReplaceAll(te.Field, ".", "/"), Key: "procedure.wrong_type",
				Args: fault.Args("value", te.Value)}}
		}
		if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			name = strings.Trim(name, `"`)
			return r, []fault.Field{{Path: "/" + name, Key: "procedure.unknown_field", Args: fault.Args("field", clip(name))}}
		}
		return r, []fault.Field{{Path: "", Key: "procedure.import_unreadable", Args: fault.Args("reason", clip(err.Error()))}}
	}
	r.Clean()
	return r, r.Validate()
}

// strictJSON refuses what two readers may understand differently or what only costs memory:
// duplicate names, deep nesting, text behind the value.
func strictJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	type level struct {
		names map[string]bool
		key   bool // the next token is a name
	}
	var stack []level
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			if len(stack) > 0 {
				return io.ErrUnexpectedEOF
			}
			return nil
		}
		if err != nil {
			return err
		}
		top := len(stack) - 1
		if delim, ok := tok.(json.Delim); ok {
			switch delim {
			case '{', '[':
				if top >= 0 && stack[top].names != nil {
					stack[top].key = true // after this value comes a name
				}
				if len(stack) >= maxImportDepth {
					return fmt.Errorf("nested deeper than %d", maxImportDepth)
				}
				l := level{}
				if delim == '{' {
					l = level{names: map[string]bool{}, key: true}
				}
				stack = append(stack, l)
			default:
				stack = stack[:top]
			}
			continue
		}
		if top < 0 || stack[top].names == nil {
			continue
		}
		if !stack[top].key {
			stack[top].key = true
			continue
		}
		name, _ := tok.(string)
		if stack[top].names[name] {
			return fmt.Errorf("%s stands twice", strconv.Quote(clip(name)))
		}
		stack[top].names[name] = true
		stack[top].key = false
	}
}

// offerPath names one offer of a record.
func offerPath(i int) string { return "/offers/" + strconv.Itoa(i) }

// ExportJSON writes the published records, or those with the given codes, as a list that
// ImportRecords reads back. Codes that are not published are NotFound.
func (s *Service) ExportJSON(ctx context.Context, w io.Writer, codes ...string) error {
	records, err := s.exported(ctx, codes)
	if err != nil {
		return err
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Procedures []Record `json:"procedures"`
	}{records})
}

// exported returns the published records by code.
func (s *Service) exported(ctx context.Context, codes []string) ([]Record, error) {
	cat, err := s.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	var versions []id.ID
	if len(codes) == 0 {
		for _, e := range cat.entries {
			versions = append(versions, e.Version)
		}
	}
	for _, c := range codes {
		e, ok := cat.ByCode(c)
		if !ok {
			return nil, notFound(c)
		}
		versions = append(versions, e.Version)
	}
	return recordsOf(s.DB.Read(ctx), versions)
}
