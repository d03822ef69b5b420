package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
)

// Event is what handlers receive; its payload is read with Into.
type Event = outbox.Event

// Config says where the bus is.
type Config struct {
	// URL is a NATS cluster, "nats://host:4222,nats://host2:4222"; empty runs a server in process.
	URL string
	// Creds is the path of a NATS credentials file for URL, or empty.
	Creds string
	// CA is the path of a PEM file with the authorities that vouch for URL's servers, or empty
	// for the system's.
	CA string
	// Replicas is how many servers of the cluster keep the stream, 1 to 5; 0 means 3, or 1 if
	// there are no three.
	Replicas int
	// Dir is the folder of the embedded server's store.
	Dir string

	DB      *db.DB
	Outbox  *outbox.Outbox
	Log     *slog.Logger
	Metrics *Metrics // may be nil
}

const (
	stream   = "LIENTHONG"
	prefix   = "evt." // before every event's subject, apart from what else a cluster may carry
	maxAge   = 24 * time.Hour
	dupes    = 2 * time.Minute // within this a second copy of an event is dropped by the stream
	maxBytes = 1 << 30         // of the stream; the oldest go first and come back from the outbox

	headerID   = "Lienthong-Id"
	headerAt   = "Lienthong-At"
	headerOnly = "Lienthong-Only"
)

// Bus is a connection to the bus and the consumers of this process.
type Bus struct {
	c      Config
	server *server.Server // nil with an external cluster
	conn   *nats.Conn
	js     jetstream.JetStream

	ready sync.Mutex
	found bool // the stream is known to exist

	subs    []*subscription
	errs    []error
	stop    context.CancelFunc
	running sync.WaitGroup
}

// errRecords says that not the bus but the database failed.
var errRecords = errors.New("the outbox cannot be read")

// Open starts the embedded server or connects to the cluster; the outbox's tables exist by then. A cluster that does not answer is
// no error: events wait in the outbox until it does.
func Open(ctx context.Context, c Config) (*Bus, error) {
	b := &Bus{c: c}
	if c.URL != "" {
		return b, b.connect(c.URL, cluster(c)...)
	}
	if err := b.embed(ctx); err != nil {
		if ctx.Err() != nil || errors.Is(err, errRecords) {
			return nil, err
		}
		// Whatever is in the store can be published again, so a broken one is put aside.
		aside := fmt.Sprintf("%s.broken-%d", c.Dir, time.Now().UnixNano())
		c.Log.Error("the store of the embedded bus cannot be used and is put aside", "err", err, "aside", aside)
		if err := os.Rename(c.Dir, aside); err != nil {
			return nil, fmt.Errorf("the store of the embedded bus: %w", err)
		}
		if err := b.embed(ctx); err != nil {
			return nil, fmt.Errorf("the embedded bus: %w", err)
		}
	}
	return b, nil
}

func cluster(c Config) []nats.Option {
	opts := []nats.Option{nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(2 * time.Second)}
	if c.Creds != "" {
		opts = append(opts, nats.UserCredentials(c.Creds))
	}
	if c.CA != "" {
		opts = append(opts, nats.RootCAs(c.CA))
	}
	return opts
}

func (b *Bus) connect(url string, opts ...nats.Option) error {
	log := b.c.Log
	opts = append(opts, nats.Name("lienthong"),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("bus: connection lost", "err", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info("bus: connected again") }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { log.Warn("bus", "err", err) }))
	conn, err := nats.Connect(url, opts...)
	if err != nil {
		return fmt.Errorf("the bus cannot be reached: %w", err)
	}
	b.conn = conn
	b.js, err = jetstream.New(conn)
	return err
}

// embed starts the server in process and makes sure its store works.
func (b *Bus) embed(ctx context.Context) (err error) {
	if err := os.MkdirAll(b.c.Dir, 0o700); err != nil {
		return err
	}
	b.server, err = server.NewServer(&server.Options{
		ServerName:             "lienthong",
		DontListen:             true,
		NoSigs:                 true,
		JetStream:              true,
		StoreDir:               b.c.Dir,
		JetStreamMaxMemory:     64 << 20,
		JetStreamMaxStore:      2 * maxBytes,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return err
	}
	fatal := make(chan struct{}, 1)
	b.server.SetLoggerV2(serverLog{b.c.Log, fatal}, false, false, false)
	b.server.Start()
	fail := func(err error) error {
		if b.conn != nil {
			b.conn.Close()
		}
		b.server.Shutdown()
		b.server.WaitForShutdown()
		return err
	}
	for end := time.Now().Add(10 * time.Second); !b.server.ReadyForConnections(50*time.Millisecond) || !b.server.JetStreamEnabled(); {
		if len(fatal) > 0 || time.Now().After(end) {
			return fail(errors.New("the server does not come up with its store"))
		}
	}
	if err := b.connect("", nats.InProcessServer(b.server)); err != nil {
		return fail(err)
	}
	if err := b.ensure(ctx); err != nil {
		return fail(err)
	}
	return nil
}

// serverLog passes on what the server warns about; NATS calls a failed start fatal, here it is
// an error that Open handles.
type serverLog struct {
	log   *slog.Logger
	fatal chan<- struct{}
}

func (l serverLog) Noticef(string, ...any)         {}
func (l serverLog) Debugf(string, ...any)          {}
func (l serverLog) Tracef(string, ...any)          {}
func (l serverLog) Warnf(format string, v ...any)  { l.log.Warn("nats: " + fmt.Sprintf(format, v...)) }
func (l serverLog) Errorf(format string, v ...any) { l.log.Error("nats: " + fmt.Sprintf(format, v...)) }

func (l serverLog) Fatalf(format string, v ...any) {
	l.Errorf(format, v...)
	select {
	case l.fatal <- struct{}{}:
	default:
	}
}

var errNotConnected = errors.New("the bus is not connected")

// ensure finds or makes the stream. One that had to be made has lost what was in it, if there was
// one before, so everything that still waits is published again.
func (b *Bus) ensure(ctx context.Context) error {
	b.ready.Lock()
	defer b.ready.Unlock()
	if !b.conn.IsConnected() {
		return errNotConnected
	}
	if b.found {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	_, err := b.js.Stream(ctx, stream)
	missing := errors.Is(err, jetstream.ErrStreamNotFound)
	if err != nil && !missing {
		return err
	}
	cfg := jetstream.StreamConfig{
		Name: stream, Subjects: []string{prefix + ">"}, Description: "events between modules",
		Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardOld, Storage: jetstream.FileStorage,
		MaxAge: maxAge, MaxBytes: maxBytes, Duplicates: dupes, Replicas: max(1, b.c.Replicas),
	}
	if b.c.Replicas == 0 && b.c.URL != "" {
		cfg.Replicas = 3
	}
	_, err = b.js.CreateOrUpdateStream(ctx, cfg)
	if err != nil && b.c.Replicas == 0 && cfg.Replicas > 1 {
		b.c.Log.Warn("bus: three servers cannot keep the stream, one will", "err", err)
		cfg.Replicas = 1
		_, err = b.js.CreateOrUpdateStream(ctx, cfg)
	}
	if err != nil {
		return err
	}
	if missing {
		if err := b.c.Outbox.Rewind(ctx, b.c.DB); err != nil {
			return fmt.Errorf("%w: %w", errRecords, err)
		}
	}
	b.found = true
	return nil
}

// lost has the stream looked for again, after an error that may mean it is gone.
func (b *Bus) lost() {
	b.ready.Lock()
	b.found = false
	b.ready.Unlock()
}

// publishWait bounds how long a batch's acknowledgements are waited for.
const publishWait = 15 * time.Second

// Publish implements outbox.Publisher.
func (b *Bus) Publish(ctx context.Context, batch []outbox.Message) []error {
	errs := make([]error, len(batch))
	all := func(err error) []error {
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	if err := b.ensure(ctx); err != nil {
		return all(err)
	}
	acks := make([]jetstream.PubAckFuture, len(batch))
	for i, m := range batch {
		data, err := json.Marshal(m.Payload)
		if err != nil {
			errs[i] = err
			continue
		}
		msg := nats.NewMsg(prefix + m.Subject)
		msg.Data = data
		msg.Header.Set(jetstream.MsgIDHeader, m.DedupID)
		msg.Header.Set(headerID, m.ID.String())
		msg.Header.Set(headerAt, strconv.FormatInt(db.Micros(m.At), 10))
		if m.OnlyFor != "" {
			msg.Header.Set(headerOnly, m.OnlyFor)
		}
		acks[i], errs[i] = b.js.PublishMsgAsync(msg, jetstream.WithExpectStream(stream))
	}
	end := time.NewTimer(publishWait)
	defer end.Stop()
	ended := false
	for i, ack := range acks {
		if errs[i] != nil {
			continue
		}
		if ended {
			end.Reset(0)
		}
		select {
		case <-ack.Ok():
		case errs[i] = <-ack.Err():
		case <-ctx.Done():
			errs[i] = ctx.Err()
		case <-end.C:
			ended, errs[i] = true, errors.New("no acknowledgement in time")
		}
		if errors.Is(errs[i], jetstream.ErrStreamNotFound) || errors.Is(errs[i], jetstream.ErrNoStreamResponse) {
			b.lost()
		}
	}
	return errs
}

// event reads a message back.
func event(m jetstream.Msg) (e Event, only string, err error) {
	h := m.Headers()
	if e.ID, err = id.Parse(h.Get(headerID)); err != nil {
		return e, "", err
	}
	at, err := strconv.ParseInt(h.Get(headerAt), 10, 64)
	if err != nil {
		return e, "", err
	}
	e.At, e.Subject, e.Payload = db.Time(at), m.Subject()[len(prefix):], json.RawMessage(m.Data())
	return e, h.Get(headerOnly), nil
}

// Healthy returns an error if the bus cannot take events now.
func (b *Bus) Healthy(ctx context.Context) error {
	return b.ensure(ctx)
}

// Close ends the consumers of this process, waiting for running handlers until ctx ends, and the
// embedded server.
func (b *Bus) Close(ctx context.Context) error {
	if b.stop != nil {
		b.stop()
	}
	done := make(chan struct{})
	go func() { b.running.Wait(); close(done) }()
	var err error
	select {
	case <-done:
	case <-ctx.Done():
		err = errors.New("bus: handlers were still running at the end")
	}
	if b.conn != nil {
		b.conn.Close()
	}
	if b.server != nil {
		b.server.Shutdown()
		b.server.WaitForShutdown()
	}
	return err
}
