package dossier

import (
	"context"
	"embed"
	"encoding/json"
	"log/slog"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/blob"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/module/org"
	"lienthong/internal/module/procedure"
)

// Migrations holds the module's tables.
//
//go:embed migrations
var Migrations embed.FS

// Texts holds what the module says, in Vietnamese and English.
//
//go:embed *.vi.json *.en.json
var Texts embed.FS

// Status is the national status code of a dossier (TrangThaiHoSo of the national portal).
type Status int

// The ten national codes.
const (
	StatusNew        Status = 1  // Mới đăng ký
	StatusReceived   Status = 2  // Được tiếp nhận
	StatusNotTaken   Status = 3  // Không được tiếp nhận
	StatusProcessing Status = 4  // Đang xử lý
	StatusSupplement Status = 5  // Yêu cầu bổ sung giấy tờ
	StatusDuty       Status = 6  // Yêu cầu thực hiện nghĩa vụ tài chính
	StatusWithdrawn  Status = 7  // Công dân yêu cầu rút hồ sơ
	StatusStopped    Status = 8  // Dừng xử lý
	StatusFinished   Status = 9  // Đã xử lý xong
	StatusReturned   Status = 10 // Đã trả kết quả
)

// Final tells whether nothing more can happen to a dossier of this status. A stopped dossier is
// final only when its process has ended; see Dossier.Closed.
func (s Status) Final() bool {
	return s == StatusNotTaken || s == StatusWithdrawn || s == StatusReturned
}

// Channel says how a dossier reached the administration, by the national numbers.
type Channel = int

// The channels.
const (
	Counter Channel = 1 // trực tiếp
	Online  Channel = 2 // trực tuyến
	Post    Channel = 3 // bưu chính công ích
	Sector  Channel = 4 // ngành dọc: arose on the system of a sector, not a national number
)

// Channels returns all channels in the order of their numbers.
func Channels() []Channel { return []Channel{Counter, Online, Post, Sector} }

// Applicant is who the dossier is for, as written in the form.
type Applicant struct {
	Name    string `json:"name"`
	Birth   string `json:"birth,omitempty"`
	Doc     string `json:"doc,omitempty"` // number of the identity card
	Phone   string `json:"phone,omitempty"`
	Email   string `json:"email,omitempty"`
	Address string `json:"address,omitempty"`
	Checked bool   `json:"checked,omitempty"` // an official compared the card with the person
	Lang    string `json:"lang,omitempty"`
}

// Extra is what filing asks beside the form.
type Extra struct {
	Consent  bool     `json:"consent,omitempty"`  // the citizen agreed that an official files for them
	Copies   int      `json:"copies,omitempty"`   // number of copies asked for, for fees by the copy
	Case     string   `json:"case,omitempty"`     // the procedure's case the applicant is in
	Shown    []string `json:"shown,omitempty"`    // papers handed over or shown at the counter instead of scanned
	FiledBy  string   `json:"filed_by,omitempty"` // the official who filed
	Delivery string   `json:"delivery,omitempty"`
	Number   string   `json:"number,omitempty"` // number and sign of the result, given by the records clerk
	Duty     string   `json:"duty,omitempty"`   // the notice of the financial duty
	Hold     string   `json:"hold,omitempty"`   // why an official stopped the clock, while it is stopped
	// HoldCause is worktime.OtherAgency while another agency's answer is awaited under HoldBasis.
	HoldCause string `json:"hold_cause,omitempty"`
	HoldBasis string `json:"hold_basis,omitempty"`
	// Tacit is the instant at which the term ended unanswered where the law takes that for a yes.
	Tacit string `json:"tacit,omitempty"` // RFC 3339
}

// Dossier is one dossier of an administrative procedure.
type Dossier struct {
	ID               id.ID
	Code             string
	Version          int64
	Status           Status
	ProcedureVersion id.ID
	ProcedureCode    string
	ProcedureName    string
	Field            string
	Channel          Channel
	Regime           string
	Assisted         id.ID
	Reception        id.ID
	Decision         id.ID
	Holder           id.ID
	Account          id.ID
	Applicant        Applicant
	Form             json.RawMessage
	Extra            Extra
	Process          bpmn.State
	Clock            []worktime.Entry
	Term             worktime.Term
	Day              civil.Date
	Submitted        time.Time
	Received         time.Time
	Due              time.Time // zero while the clock does not run
	Finished         time.Time
	Returned         time.Time
	Late             bool
	Fee, FeePaid     int64 // đồng
	FeeText          string
	Delivery         string
	SecretGen        int
	Entries          int
}

// Closed tells whether the dossier's life is over.
func (d *Dossier) Closed() bool {
	return d.Status.Final() || d.Status == StatusStopped && d.Process.Done
}

// Open tells whether the dossier counts as being processed: received and not finished.
func (d *Dossier) Open() bool {
	return !d.Received.IsZero() && d.Finished.IsZero() && !d.Closed()
}

// Paused tells whether the dossier was received and its clock stands.
func (d *Dossier) Paused() bool { return d.Open() && d.Due.IsZero() }

// Task is one step of a dossier that waits for somebody, or did.
type Task struct {
	ID         id.ID
	Dossier    id.ID
	Token      int
	Node       string
	Name       string
	Action     string
	Role       string
	Agency     id.ID // none for the applicant's own task
	Unit       id.ID
	State      string
	Assignee   id.ID
	AssigneeBy string // the assignee's name
	FromUnit   id.ID
	Created    time.Time
	CreatedBy  id.ID
	Accepted   time.Time
	Due        time.Time
	DossierDue time.Time
	Done       time.Time
	DoneBy     id.ID
	Outcome    string
	Note       string
	Undo       undo
}

// undo is what taking a transfer back restores. It is kept on the finished task.
type undo struct {
	Opened []id.ID `json:"opened,omitempty"` // the tasks the transfer opened
}

// Entry is one line of a dossier's history. History is only ever added to.
type Entry struct {
	N         int
	At        time.Time
	Act       string
	Status    Status
	ActorKind actor.Kind
	Actor     id.ID
	ActorName string
	Agency    id.ID
	Node      string
	Note      string
	Data      map[string]any
}

// File is one attached file. Its bytes lie in the blob store under Sum.
type File struct {
	ID        id.ID
	Dossier   id.ID
	Kind      string // paper, supplement, result, internal
	Component string
	Name      string
	Size      int64
	Sum       string // sha-256 in hex; empty while the upload runs
	Media     string
	At        time.Time
	By        id.ID
	Verdict   string // "", ok, defect
	Remark    string
}

// Recorder writes the ledger.
type Recorder interface {
	Record(tx *db.Tx, who actor.Actor, action, object string, objectID id.ID, content any) error
}

// Events takes facts into the outbox, in the act's transaction.
type Events interface {
	Put(tx *db.Tx, events ...outbox.Event) error
}

// Procedures answers which procedure a dossier follows.
type Procedures interface {
	Published(ctx context.Context, code string) (*procedure.Version, error)
	ByVersion(ctx context.Context, version id.ID) (*procedure.Compiled, error)
	OfferedBy(ctx context.Context, code string, agency id.ID) (bool, error)
	Catalogue(ctx context.Context) (*procedure.Catalogue, error)
}

// Agencies answers what the organisation looks like today.
type Agencies interface {
	Tree(ctx context.Context) (*org.Tree, error)
}

// Calendars answers how an agency's time is counted.
type Calendars interface {
	Calendar(ctx context.Context, agency id.ID) (*worktime.Calendar, error)
}

// Codes sends one-time codes to a phone or e-mail and checks them.
type Codes interface {
	RequestCode(ctx context.Context, who actor.Actor, purpose, to string) error
	CheckCode(ctx context.Context, who actor.Actor, purpose, to, code string) error
	// RequestBlind sends to the first contact that can be reached, or to nobody, and does not tell
	// which; instead names what was asked about when there is nobody.
	RequestBlind(ctx context.Context, who actor.Actor, purpose string, to []string, instead string) error
	// CheckBlind fails with Invalid unless the code is the one RequestBlind sent.
	CheckBlind(ctx context.Context, who actor.Actor, purpose string, to []string, instead, code string) error
}

// Staff answers which posts the owner of an account holds today.
type Staff interface {
	Posts(ctx context.Context, account id.ID) ([]Held, error)
}

// Held is a role an official holds at a unit.
type Held struct {
	Name   string // the official's
	Role   string
	Agency id.ID
	Unit   id.ID // the agency itself for posts that stand for the whole agency
}

// Sweeper removes what unfinished uploads left behind.
type Sweeper interface {
	Sweep(ctx context.Context, olderThan time.Duration) (int, error)
}

// Service holds the use cases of dossiers. All fields are set before the first call.
type Service struct {
	DB         *db.DB
	IDs        *id.Source
	Now        func() time.Time
	Log        *slog.Logger
	Ledger     Recorder
	Events     Events
	Procedures Procedures
	Agencies   Agencies
	Calendars  Calendars
	Codes      Codes
	Staff      Staff
	Blobs      blob.Store
	Parts      blob.Parts
	Key        []byte            // secret of this installation, for look-up secrets
	Template   string            // dossier code: {agency}-{yymmdd}-{seq4}
	Counters   map[string]string // kind of the deciding agency -> key of the agency that receives for it
	Sweeper    Sweeper
	Roster     Roster           // who is told of deadlines; nil tells nobody
	RuleSets   []worktime.Rules // the legal regimes; a dossier keeps the one it was received under
	DraftBytes int64            // for the files of all drafts of a citizen; 0 means MaxDraftBytes
	Endpoints  Endpoints        // the addresses that processes may call; nil: none
	Decisions  Decider          // nil: there are none
	Wake       chan struct{}    // wakes the clockwork of this process; nil: it looks every second
	Later      Queue            // nil: what waits in tables is found by the clock alone
	Notes      []Note           // what reports say about times when agencies were others; from the province's data
}

// RuleSet returns the rule set with the key, under which dossiers are counted.
func (s *Service) RuleSet(key string) (worktime.Rules, bool) {
	for _, r := range s.RuleSets {
		if r.Key == key {
			return r, true
		}
	}
	return worktime.Rules{}, false
}

// rules returns the rule set of the regime, or for none the one in force on the day.
func (s *Service) rules(regime string, on civil.Date) (worktime.Rules, error) {
	for _, r := range s.RuleSets {
		if r.Key == regime {
			return r, nil
		}
	}
	return worktime.RulesOn(s.RuleSets, on)
}
