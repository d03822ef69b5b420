package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/config"
	"lienthong/internal/kit/text"
)

// smtpTime bounds every wait of the dialogue with the mail server.
const smtpTime = 20 * time.Second

// SMTP hands e-mail to a mail server: plain text in UTF-8 and nothing else, one connection each.
type SMTP struct {
	TLS  *tls.Config // nil means the system's authorities; its ServerName is set from the address
	from mail.Address
	host string
	port int
	c    config.SMTP
}

// NewSMTP returns a sender for the configured mail server.
func NewSMTP(c config.SMTP) (*SMTP, error) {
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return nil, fmt.Errorf("the address of the mail server: %w", err)
	}
	n, err := strconv.Atoi(port)
	if err != nil || host == "" || n < 1 || n > 65535 {
		return nil, fmt.Errorf("the address of the mail server must be host:port")
	}
	from, err := mail.ParseAddress(c.From)
	if err != nil || mailOf(from.Address) == "" && !strings.HasSuffix(from.Address, "@localhost") {
		return nil, errors.New("the sender of mail must be an address, or a name and an address in angle brackets")
	}
	from.Name = text.Line(from.Name)
	switch c.TLS {
	case "", "starttls", "tls", "none":
	default:
		return nil, fmt.Errorf("the mail server is spoken to by starttls, tls or none, not by %q", c.TLS)
	}
	return &SMTP{from: *from, host: host, port: n, c: c}, nil
}

// messageID returns the Message-ID of a letter, without its angle brackets (RFC 5322, 3.6.4).
func (s *SMTP) messageID(l Letter) string {
	return l.ID.String() + s.from.Address[strings.LastIndexByte(s.from.Address, '@'):]
}

// message builds the e-mail. Only its text comes from people; the subject is one line, which
// go-mail encodes (RFC 2047), and the address is one mailOf accepts.
func (s *SMTP) message(l Letter) (*gomail.Msg, error) {
	to := mailOf(l.To)
	if to == "" {
		return nil, errors.New("the recipient's address cannot be used")
	}
	m := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingQP), gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(&s.from)
	m.AddToMailAddress(&mail.Address{Address: to})
	m.Subject(text.Line(l.Subject))
	m.SetMessageIDWithValue(s.messageID(l))
	m.SetDateWithValue(l.Created.In(civil.Zone()))
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no machine is to answer it
	if l.Lang != "" {
		m.SetGenHeader("Content-Language", langOf(l.Lang))
	}
	m.SetBodyString(gomail.TypeTextPlain, strings.ReplaceAll(text.Clean(l.Body), "\n", "\r\n")+"\r\n")
	return m, nil
}

func (s *SMTP) client() (*gomail.Client, error) {
	opts := []gomail.Option{gomail.WithPort(s.port), gomail.WithTimeout(smtpTime)}
	switch s.c.TLS {
	case "tls":
		opts = append(opts, gomail.WithSSL())
	case "none":
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.c.User != "" {
		// Discovery picks the strongest way the server offers; a password never goes over a
		// connection that is not encrypted.
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.c.User),
			gomail.WithPassword(s.c.Password.Reveal()))
	}
	if s.TLS != nil {
		t := s.TLS.Clone()
		if t.ServerName == "" {
			t.ServerName = s.host
		}
		opts = append(opts, gomail.WithTLSConfig(t))
	}
	return gomail.NewClient(s.host, opts...)
}

// Send hands the letter to the mail server.
func (s *SMTP) Send(ctx context.Context, l Letter) error {
	m, err := s.message(l)
	if err != nil {
		return &SendError{Outcome: Never, Err: err}
	}
	c, err := s.client()
	if err != nil {
		return &SendError{Outcome: Later, Err: err}
	}
	// Until the server is reached and has let us in nothing was handed over, whatever goes wrong.
	if err := c.DialWithContext(ctx); err != nil {
		return &SendError{Outcome: Later, Err: err}
	}
	defer c.Close() // the answer to QUIT changes nothing
	// From here the library goes by its own time limit, not by the context.
	err = c.Send(m)
	if err == nil || m.IsDelivered() {
		return nil
	}
	return &SendError{Outcome: mailOutcome(err), Err: plainMailError(err)}
}

// mailOutcome says what an error of the dialogue means. The server has the message if and only if
// it answered the final dot with 250 (RFC 5321, 4.2.5), so only an answer to the dot that got
// lost leaves a doubt.
func mailOutcome(err error) Outcome {
	var e *gomail.SendError
	if !errors.As(err, &e) {
		return Doubt
	}
	code := e.ErrorCode()
	switch e.Reason {
	case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData:
		if code >= 500 {
			return Never
		}
		return Later
	case gomail.ErrSMTPDataClose:
		switch {
		case code >= 500:
			return Never
		case code >= 400:
			return Later
		}
		return Doubt
	case gomail.ErrGetRcpts, gomail.ErrGetSender, gomail.ErrNoUnencoded:
		return Never
	case gomail.ErrSMTPMailFrom, gomail.ErrConnCheck, gomail.ErrWriteContent:
		// The sender's address or the connection; the administrator or time will mend it.
		return Later
	}
	return Doubt
}

// plainMailError drops what the library adds for programmers.
func plainMailError(err error) error {
	msg, _, _ := strings.Cut(err.Error(), ", affected recipient(s):")
	msg, _, _ = strings.Cut(msg, ", affected message ID:")
	return errors.New(msg)
}
