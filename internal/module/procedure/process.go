package procedure

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
)

// Origins of a process' version.
const (
	ProcessFromPack   = "pack"
	ProcessFromEditor = "editor"
	ProcessFromOther  = "other" // stored before drafts were kept, or by the program itself
)

// ProcessVersion is one version of a library process. It never changes.
type ProcessVersion struct {
	Key         string
	Number      int // from 1
	Title       string
	BPMN        []byte // nil in lists
	Content     string // sha-256, as of Asset
	Origin      string
	Reason      string
	EditedBy    id.ID // the last who changed it, zero unless it comes from the editor
	ProposedBy  id.ID
	ApprovedBy  id.ID
	PublishedAt time.Time
}

// ProcessDraft is the draft of a library process. There is at most one for a key.
type ProcessDraft struct {
	Key        string
	Base       int // the version it began from, 0 for a new process
	Title      string
	BPMN       []byte // nil in lists
	Revision   int64  // counted up by each save
	CreatedAt  time.Time
	CreatedBy  id.ID
	EditedAt   time.Time
	EditedBy   id.ID
	ProposedAt time.Time // zero unless it waits for approval
	ProposedBy id.ID
	Reason     string // why it should be published, in the proposer's words
	Returned   string // why it was given back, "" unless it was
}

// Proposed tells whether the draft waits for somebody else's approval.
func (d *ProcessDraft) Proposed() bool { return !d.ProposedAt.IsZero() }

// MayApprove tells whether the actor may publish the draft: whoever holds the permission and has
// neither changed it last nor proposed it (four eyes).
func (d *ProcessDraft) MayApprove(who actor.Actor) bool {
	return mayEdit(who, PermPublish) == nil && !who.Account.Zero() && who.Account != d.EditedBy && who.Account != d.ProposedBy
}

// DraftProblems returns what keeps a draft from being published, by element: the same that keeps a
// procedure's version. A draft that cannot even be read has the problems of reading it.
func (s *Service) DraftProblems(ctx context.Context, d *ProcessDraft) []bpmn.Problem {
	if _, err := bpmn.Parse(d.BPMN); err != nil {
		return readProblems(err)
	}
	src, err := whole(stored(s.DB.Read(ctx)), d.BPMN)
	if err != nil {
		return readProblems(err)
	}
	def, err := bpmn.Parse(src)
	if err != nil {
		return readProblems(err)
	}
	return s.ProcessProblems(def)
}

func readProblems(err error) []bpmn.Problem {
	switch x := err.(type) {
	case *bpmn.Problem:
		return []bpmn.Problem{*x}
	case bpmn.Problems:
		return x
	}
	if f := fault.As(err); f != nil && len(f.Fields) > 0 {
		var out []bpmn.Problem
		for _, x := range f.Fields {
			out = append(out, bpmn.Problem{Key: x.Key, Args: x.Args})
		}
		return out
	}
	return []bpmn.Problem{{Key: "bpmn.xml.broken", Args: fault.Args("line", 1)}}
}

const draftColumns = `d.process_key, d.base, d.title, d.revision, d.created_at, d.created_by, d.edited_at, d.edited_by,
	d.proposed_at, d.proposed_by, d.reason, d.returned`

func scanProcessDraft(row interface{ Scan(...any) error }, more ...any) (d ProcessDraft, err error) {
	var created, edited, proposed int64
	err = row.Scan(append([]any{&d.Key, &d.Base, &d.Title, &d.Revision, &created, &d.CreatedBy, &edited, &d.EditedBy,
		&proposed, &d.ProposedBy, &d.Reason, &d.Returned}, more...)...)
	d.CreatedAt, d.EditedAt, d.ProposedAt = db.Time(created), db.Time(edited), db.Time(proposed)
	return d, err
}

func loadProcessDraft(q db.Q, key string) (*ProcessDraft, error) {
	var src string
	d, err := scanProcessDraft(q.QueryRow("SELECT "+draftColumns+", d.bpmn FROM procedure_process_draft d WHERE d.process_key = $1", key), &src)
	if db.Missing(err) {
		return nil, fault.New(fault.NotFound, "procedure.process.no_draft", "key", clip(key))
	}
	if err != nil {
		return nil, err
	}
	d.BPMN = []byte(src)
	return &d, nil
}

// ProcessDraft returns the draft of a process. It is NotFound if there is none, or for whoever may
// neither edit nor publish: an unpublished rule misleads.
func (s *Service) ProcessDraft(ctx context.Context, who actor.Actor, key string) (*ProcessDraft, error) {
	if !who.May(PermEdit) && !who.May(PermPublish) {
		return nil, fault.New(fault.NotFound, "procedure.process.no_draft", "key", clip(key))
	}
	return loadProcessDraft(s.DB.Read(ctx), key)
}

// ProcessDrafts returns the drafts by key, without their files, for whoever may edit or publish.
func (s *Service) ProcessDrafts(ctx context.Context, who actor.Actor) ([]ProcessDraft, error) {
	if !who.May(PermEdit) && !who.May(PermPublish) {
		return nil, fault.New(fault.Forbidden, "procedure.forbidden")
	}
	return db.Collect[ProcessDraft](s.DB.Read(ctx).Query("SELECT " + draftColumns + " FROM procedure_process_draft d ORDER BY d.process_key"))(
		func(rows *sql.Rows) (ProcessDraft, error) { return scanProcessDraft(rows) })
}

const processVersionColumns = "v.process_key, v.number, v.title, v.content, v.origin, v.reason, v.edited_by, v.proposed_by, v.approved_by, v.published_at"

func scanProcessVersion(row interface{ Scan(...any) error }, more ...any) (v ProcessVersion, err error) {
	var at int64
	err = row.Scan(append([]any{&v.Key, &v.Number, &v.Title, &v.Content, &v.Origin, &v.Reason, &v.EditedBy, &v.ProposedBy, &v.ApprovedBy, &at}, more...)...)
	v.PublishedAt = db.Time(at)
	return v, err
}

// ProcessVersions returns the versions of a process, the newest first, without their files.
func (s *Service) ProcessVersions(ctx context.Context, key string) ([]ProcessVersion, error) {
	return db.Collect[ProcessVersion](s.DB.Read(ctx).Query("SELECT "+processVersionColumns+
		" FROM procedure_process_version v WHERE v.process_key = $1 ORDER BY v.number DESC", key))(
		func(rows *sql.Rows) (ProcessVersion, error) { return scanProcessVersion(rows) })
}

// ProcessVersion returns one version of a process with its file, or NotFound.
func (s *Service) ProcessVersion(ctx context.Context, key string, number int) (*ProcessVersion, error) {
	var src string
	v, err := scanProcessVersion(s.DB.Read(ctx).QueryRow("SELECT "+processVersionColumns+`, v.bpmn
		FROM procedure_process_version v WHERE v.process_key = $1 AND v.number = $2`, key, number), &src)
	if db.Missing(err) {
		return nil, fault.New(fault.NotFound, "procedure.no_such_process", "key", clip(key))
	}
	v.BPMN = []byte(src)
	return &v, err
}

// ProcessNumbers returns which version of its process each version of a procedure carries, by the id
// of the procedure's version; those whose process the library never held are left out.
func (s *Service) ProcessNumbers(ctx context.Context, code string) (map[id.ID]int, error) {
	type row struct {
		version id.ID
		number  int
	}
	list, err := db.Collect[row](s.DB.Read(ctx).Query(`SELECT v.id, max(p.number)
		FROM procedure_entry e JOIN procedure_version v ON v.procedure_id = e.id
		JOIN procedure_process_version p ON p.process_key = v.process_key AND p.bpmn = v.bpmn
		WHERE e.code = $1 GROUP BY v.id`, code))(func(rows *sql.Rows) (r row, err error) { return r, rows.Scan(&r.version, &r.number) })
	if err != nil {
		return nil, err
	}
	out := make(map[id.ID]int, len(list))
	for _, r := range list {
		out[r.version] = r.number
	}
	return out, nil
}

// newestProcess returns the number and content of the newest version of a process, 0 for none.
func newestProcess(q db.Q, key string) (number int, content string, err error) {
	err = q.QueryRow("SELECT v.number, v.content FROM procedure_process_version v WHERE v.process_key = $1 ORDER BY v.number DESC LIMIT 1", key).Scan(&number, &content)
	if db.Missing(err) {
		return 0, "", nil
	}
	return number, content, err
}

// addProcessVersion keeps what the library's entry has become as the next version, unless it is the
// newest already. v carries what is known of who and why.
func addProcessVersion(tx *db.Tx, a *Asset, v ProcessVersion) (int, error) {
	number, content, err := newestProcess(tx, a.Key)
	if err != nil || content == a.Content {
		return number, err
	}
	number++
	_, err = tx.Exec(`INSERT INTO procedure_process_version (process_key, number, title, bpmn, content, origin, reason, edited_by, proposed_by, approved_by, published_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		a.Key, number, a.Title, string(a.BPMN), a.Content, v.Origin, v.Reason, v.EditedBy, v.ProposedBy, v.ApprovedBy, db.Micros(a.UpdatedAt))
	if db.IsUnique(err) {
		return 0, changedMeanwhile()
	}
	return number, err
}

// ProcessUse is a procedure whose published version carries a process.
type ProcessUse struct {
	Code     string
	Name     string
	Number   int            // of the published version
	HasDraft bool           // somebody is working on its next version
	Problems []fault.Field  // what keeps it from taking the process, nil if nothing does
	Budget   []bpmn.Problem // of those, that the steps take longer than its legal term
}

// ProcessUses returns the published procedures of a process, by code, with what would keep each from
// taking the given definition; a nil definition is not compared.
func (s *Service) ProcessUses(ctx context.Context, key string, d *bpmn.Definition) ([]ProcessUse, error) {
	q := s.DB.Read(ctx)
	type row struct {
		version id.ID
		use     ProcessUse
	}
	list, err := db.Collect[row](q.Query(`SELECT v.id, e.code, v.number, coalesce(v.record -> 'name' ->> 'value', ''), d.number
		FROM procedure_entry e JOIN procedure_version v ON v.id = e.current_version
		LEFT JOIN procedure_version d ON d.procedure_id = e.id AND d.state = 'draft'
		WHERE v.process_key = $1 ORDER BY e.code`, key))(func(rows *sql.Rows) (r row, err error) {
		var draft sql.NullInt64
		err = rows.Scan(&r.version, &r.use.Code, &r.use.Number, &r.use.Name, &draft)
		r.use.HasDraft = draft.Valid
		return r, err
	})
	if err != nil {
		return nil, err
	}
	var out []ProcessUse
	for _, r := range list {
		if d != nil {
			v, err := loadVersion(q, r.version)
			if err != nil {
				return nil, err
			}
			if term := v.Record.shortestTerm(); term > 0 {
				r.use.Budget = d.CheckBudget(term)
				r.use.Problems = processFields(r.use.Budget)
			}
		}
		out = append(out, r.use)
	}
	return out, nil
}

// titled returns the title of a process file in Vietnamese, the key if it cannot be read.
func titled(key string, src []byte) string {
	if d, err := bpmn.Parse(src); err == nil {
		if t := strings.TrimSpace(d.Title(i18n.VI)); t != "" {
			return t
		}
	}
	return key
}
