package notifytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Mail is one message the mail server took, as it came over the wire.
type Mail struct {
	From string
	To   []string
	Data string
	TLS  bool
	User string // who was signed in
}

// MailServer is a real SMTP server for tests.
type MailServer struct {
	Addr  string
	Roots *x509.CertPool // trusts the server's certificate
	mu    sync.Mutex
	got   []Mail
	fail  error
	drop  bool
}

// Failure has the server answer every recipient with err (an *smtp.SMTPError), until it is nil.
func (m *MailServer) Failure(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

// DropAfterData has the server take messages and cut the connection instead of saying so.
func (m *MailServer) DropAfterData(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop = on
}

// Got returns the messages taken so far.
func (m *MailServer) Got() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Mail(nil), m.got...)
}

// NewMailServer starts a server on a free port. mode is "none", "starttls" or "tls"; with a user
// the server wants a sign-in with the password "secret".
func NewMailServer(t testing.TB, mode, user string) *MailServer {
	t.Helper()
	m := &MailServer{}
	cert, roots := certificate(t)
	m.Roots = roots
	conf := &tls.Config{Certificates: []tls.Certificate{cert}}
	b := &backend{m: m, user: user}
	srv := smtp.NewServer(b)
	srv.Domain, srv.ErrorLog = "localhost", log.New(io.Discard, "", 0)
	srv.ReadTimeout, srv.WriteTimeout = 10*time.Second, 10*time.Second
	if mode == "starttls" {
		srv.TLSConfig = conf
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.Addr = l.Addr().String()
	if mode == "tls" {
		l = tls.NewListener(l, conf)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := srv.Serve(l); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
	}()
	t.Cleanup(func() { srv.Close(); <-done })
	return m
}

type backend struct {
	m    *MailServer
	user string
}

func (b *backend) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &session{b: b, c: c}, nil
}

type session struct {
	b      *backend
	c      *smtp.Conn
	signed string
	mail   Mail
}

func (s *session) AuthMechanisms() []string {
	if s.b.user == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.b.user || password != "secret" {
			return errors.New("wrong user or password")
		}
		s.signed = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.b.user != "" && s.signed == "" {
		return smtp.ErrAuthRequired
	}
	_, encrypted := s.c.TLSConnectionState()
	s.mail = Mail{From: from, TLS: encrypted, User: s.signed}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.b.m.mu.Lock()
	defer s.b.m.mu.Unlock()
	if s.b.m.fail != nil {
		return s.b.m.fail
	}
	s.mail.To = append(s.mail.To, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mail.Data = string(b)
	s.b.m.mu.Lock()
	s.b.m.got = append(s.b.m.got, s.mail)
	drop := s.b.m.drop
	s.b.m.mu.Unlock()
	if drop {
		return s.c.Conn().Close()
	}
	return nil
}

func (s *session) Reset()        { s.mail = Mail{} }
func (s *session) Logout() error { return nil }

func certificate(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}
