package notify

import (
	"context"
	"embed"
	"log/slog"
	"sync"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
)

// Migrations holds the module's tables, in the folder "migrations".
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Texts holds what the pages say, in both languages. The messages themselves are in defaults.
//
//go:embed texts.vi.json texts.en.json
var Texts embed.FS

// Channel is a way a message takes.
type Channel string

// The channels.
const (
	Account Channel = "account" // the inbox of a citizen's account
	Email   Channel = "email"
	SMS     Channel = "sms"
)

// Channels returns the channels in the order in which pages show them.
func Channels() []Channel { return []Channel{Account, Email, SMS} }

// State is where a message is on its way.
type State string

// The states; the package's description shows how they follow each other.
const (
	Queued        State = "queued"
	Sending       State = "sending"
	Sent          State = "sent"
	Failed        State = "failed"
	MaybeRepeated State = "maybe_repeated"
)

// States returns the states in the order in which pages show them.
func States() []State { return []State{Queued, Sending, Sent, MaybeRepeated, Failed} }

// Message is one message to one person by one channel.
type Message struct {
	ID          id.ID
	Account     id.ID
	Channel     Channel
	Target      string // number or address; empty for accounts and after 90 days
	Template    string
	Version     int64 // of the template; 0 for the text that comes with the program
	Lang        string
	Subject     string
	Body        string // names a one-time code only as {code}
	State       State
	Repeated    bool // was in doubt once and sent again
	Attempts    int
	Error       string // a catalogue key "notify.err.…", or the provider's words without the target
	Created     time.Time
	Next        time.Time // when it is tried next, while queued
	GiveUp      time.Time
	Sent        time.Time
	Read        time.Time
	Dossier     id.ID
	DossierCode string
	Event       id.ID
}

// Contact is what a message about a dossier may say, and whom to tell. It is the answer of
// whoever keeps the dossiers; fields that do not apply stay empty.
type Contact struct {
	Account   id.ID  // the citizen's account; none if the dossier belongs to none
	Code      string // the dossier's code
	Procedure string // name of the procedure
	Agency    string // name of the agency that holds the dossier now
	Name      string // of the applicant
	Phone     string
	Email     string
	Lang      string // "vi" or "en"
	Due       time.Time
	Amount    int64  // đồng still to be paid
	Held      bool   // stopped for a while, not for good
	Link      string // absolute address of the dossier's page
	// Officials are the accounts of those to whom open steps of the dossier are given.
	Officials []id.ID
	// Notes holds what the applicant may read of the history entries, by their number: the reason
	// of a refusal or extension, the defects of a supplement request, the notice of a duty.
	Notes map[int]string
}

// Dossiers answers whom to tell about a dossier.
type Dossiers interface {
	// Contact returns whom to tell about the dossier. It acts for the platform itself. The fault
	// NotFound means that nobody is to be told any more.
	Contact(ctx context.Context, dossier id.ID) (Contact, error)
}

// Recorder writes the ledger.
type Recorder interface {
	Record(tx *db.Tx, who actor.Actor, action, object string, objectID id.ID, content any) error
}

// Service sends messages and keeps them. All fields are set before the first call; it is safe for
// use by many goroutines.
type Service struct {
	DB       *db.DB
	IDs      *id.Source
	Now      func() time.Time
	Log      *slog.Logger
	Ledger   Recorder
	Queue    Queue          // *jobs.Client
	Events   *outbox.Outbox // for receipts of events
	Dossiers Dossiers
	Reports  Reports
	Desks    Desks
	Email    Sender    // nil: the channel is off
	SMS      Sender    // nil: the channel is off
	Demo     bool      // nothing leaves the house; messages and their codes are shown at /demo/outbox
	Portal   i18n.Text // what citizens call the site, "Dịch vụ công Bắc Kạn"
	Hotline  string    // may be empty

	once  sync.Once
	texts defaults
	bad   error // why the texts that come with the program cannot be read
}

// sender returns what carries the channel, or nil if it is off.
func (s *Service) sender(c Channel) Sender {
	switch {
	case c == Account:
		return nil
	case s.Demo:
		return demoSender{}
	case c == Email:
		return s.Email
	}
	return s.SMS
}

// ChannelStatus says how a channel does.
type ChannelStatus struct {
	Channel Channel
	Off     bool   // no provider is configured; messages stay as failed
	Demo    bool   // messages are shown instead of sent
	Key     string // catalogue key of a sentence that says so
	Waiting int    // queued or being sent
	Late    int    // of these, tried before without success
	Failed  int    // given up within the last 24 hours
}

// Status says of e-mail and SMS whether they are on and how much waits, for the start of the
// program and for doctor.
func (s *Service) Status(ctx context.Context) ([]ChannelStatus, error) {
	waiting, late, failed, err := s.figures(s.DB.Read(ctx), s.Now().Add(-24*time.Hour))
	if err != nil {
		return nil, err
	}
	var out []ChannelStatus
	for _, c := range []Channel{Email, SMS} {
		st := ChannelStatus{Channel: c, Demo: s.Demo, Waiting: waiting[c], Late: late[c], Failed: failed[c]}
		st.Off = s.sender(c) == nil
		switch {
		case s.Demo:
			st.Key = "notify.status.demo_" + string(c)
		case st.Off:
			st.Key = "notify.status.off_" + string(c)
		default:
			st.Key = "notify.status.on_" + string(c)
		}
		out = append(out, st)
	}
	return out, nil
}

// lang returns a language the module has texts in.
func langOf(s string) string {
	if s == i18n.EN {
		return i18n.EN
	}
	return i18n.VI
}
