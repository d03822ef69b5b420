package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
)

// Secret is a text that is never printed: whoever needs it asks Reveal.
type Secret string

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return `"` + s.String() + `"` }

// MarshalText hides the secret from JSON and other encodings.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue hides the secret from logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// Address is a URL or path that may hold a password, which is not printed.
type Address string

// String returns the address with its password hidden.
func (a Address) String() string {
	if !strings.Contains(string(a), "://") {
		return string(a)
	}
	parts := strings.Split(string(a), ",") // NATS takes several
	for i, p := range parts {
		u, err := url.Parse(p)
		if err != nil {
			return "***" // what cannot be read may hold anything
		}
		if q := u.Query(); q.Has("password") || q.Has("sslpassword") {
			for _, k := range []string{"password", "sslpassword"} {
				if q.Has(k) {
					q.Set(k, "***")
				}
			}
			u.RawQuery = q.Encode()
		}
		if strings.HasPrefix(u.Scheme, "nats") && u.User != nil {
			if _, has := u.User.Password(); !has {
				u.User = url.User("xxxxx") // a NATS token stands where a user's name would
			}
		}
		parts[i] = u.Redacted()
	}
	return strings.Join(parts, ",")
}

// GoString hides the password from %#v.
func (a Address) GoString() string { return `"` + a.String() + `"` }

// MarshalText hides the password from JSON and other encodings.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// LogValue hides the password from logs.
func (a Address) LogValue() slog.Value { return slog.StringValue(a.String()) }

// Reveal returns the address itself.
func (a Address) Reveal() string { return string(a) }

// SMTP is the mail server that mail is handed to; an empty Addr sends none.
type SMTP struct {
	Addr     string // host:port
	User     string
	Password Secret
	From     string // the sender, "Name <address>" or an address
	TLS      string // "starttls" (default), "tls", or "none" on this machine only
}

// SMS is the gateway text messages are handed to; an empty URL sends none.
type SMS struct {
	URL    string
	Key    Secret
	Sender string // the name messages come from, as agreed with the operator
}

// Config is how an installation is set up.
type Config struct {
	Data           string  // folder of everything the program keeps on this machine
	Database       Address // postgres://…, or empty for an SQLite file in Data
	Listen         string  // host:port for people and programs
	OpsListen      string  // host:port for /metrics and pprof; empty for none
	PublicURL      string  // how people reach this installation: https://dichvucong.example.gov.vn
	TLSCert        string  // PEM file; with TLSKey the program serves https itself
	TLSKey         string
	TrustedProxies []netip.Prefix // whose X-Forwarded-* are believed

	Services string // JSON file of the addresses that processes may call, with the secrets that sign the calls

	Pack string // province pack: the name of one the program carries, or a folder; empty for its own

	NATS         Address // nats://host:4222,…, or empty for the server in process
	NATSCreds    string  // credentials file
	NATSCA       string  // PEM file of authorities
	NATSReplicas int     // 1 to 5 servers that keep the stream; 0 chooses

	SMTP SMTP
	SMS  SMS

	LogLevel  slog.Level
	LogFormat string // "text" or "json"
	Demo      bool   // demo data and known passwords; never from a file
	File      string // the configuration file that was read; empty for none

	sources map[string]string
}

// Defaults returns the configuration of an installation that sets nothing: one machine, reachable
// from itself only.
func Defaults() Config {
	return Config{Data: "data", Listen: "127.0.0.1:8080", OpsListen: "127.0.0.1:8081",
		SMTP: SMTP{TLS: "starttls"}, LogLevel: slog.LevelInfo, LogFormat: "text", sources: map[string]string{}}
}

// DatabaseURL returns what db.Open takes: the PostgreSQL address or the SQLite file's path.
func (c Config) DatabaseURL() string {
	if c.Database != "" {
		return c.Database.Reveal()
	}
	return filepath.Join(c.Data, "lienthong.db")
}

// BlobDir returns the folder of the stored files.
func (c Config) BlobDir() string { return filepath.Join(c.Data, "files") }

// BusDir returns the folder of the embedded bus.
func (c Config) BusDir() string { return filepath.Join(c.Data, "nats") }

// BaseURL returns PublicURL, or the address of Listen if there is none, without a slash at the end.
func (c Config) BaseURL() string {
	if c.PublicURL != "" {
		return strings.TrimSuffix(c.PublicURL, "/")
	}
	if c.TLSCert != "" {
		return "https://" + c.Listen
	}
	return "http://" + c.Listen
}

// Hosts returns the host names requests may ask for.
func (c Config) Hosts() []string {
	u, err := url.Parse(c.BaseURL())
	if err != nil {
		return nil
	}
	hosts := []string{u.Hostname()}
	if isLoopback(c.Listen) {
		hosts = append(hosts, "localhost", "127.0.0.1", "::1")
	}
	return hosts
}

// Secure tells whether people reach this installation by https.
func (c Config) Secure() bool { return strings.HasPrefix(c.BaseURL(), "https://") }

// Setting is one setting as it is in force.
type Setting struct {
	Name   string // as a flag, without "--"
	Value  string // secrets hidden
	Source string // "default", "file", "environment" or "flag"
}

// Settings returns every setting in force and where it came from, for doctor and the log.
func (c Config) Settings() []Setting {
	var out []Setting
	for _, s := range settings() {
		src := c.sources[s.name]
		if src == "" {
			src = "default"
		}
		out = append(out, Setting{s.name, s.show(&c), src})
	}
	return out
}

// setting describes one setting: its name, how it is read and shown.
type setting struct {
	name   string
	help   string
	secret bool // not a flag; also from a file of its own
	noFile bool // not from the TOML file
	isBool bool // a flag without a value means true
	set    func(*Config, string) error
	show   func(*Config) string
}

func text(p func(*Config) *string) (func(*Config, string) error, func(*Config) string) {
	return func(c *Config, v string) error { *p(c) = v; return nil }, func(c *Config) string { return *p(c) }
}

func str(name, help string, p func(*Config) *string) setting {
	set, show := text(p)
	return setting{name: name, help: help, set: set, show: show}
}

func address(name, help string, p func(*Config) *Address) setting {
	return setting{name: name, help: help,
		set:  func(c *Config, v string) error { *p(c) = Address(v); return nil },
		show: func(c *Config) string { return p(c).String() }}
}

func secret(name, help string, p func(*Config) *Secret) setting {
	return setting{name: name, help: help, secret: true,
		set:  func(c *Config, v string) error { *p(c) = Secret(v); return nil },
		show: func(c *Config) string { return p(c).String() }}
}

func oneOf(name, help string, p func(*Config) *string, values ...string) setting {
	s := str(name, help+": "+strings.Join(values, ", "), p)
	s.set = func(c *Config, v string) error {
		for _, w := range values {
			if v == w {
				*p(c) = v
				return nil
			}
		}
		return fmt.Errorf("want one of %s", strings.Join(values, ", "))
	}
	return s
}

// settings returns the table of all settings in the order of the help.
func settings() []setting {
	return []setting{
		str("data", "folder of everything kept on this machine", func(c *Config) *string { return &c.Data }),
		address("database", "postgres://user:password@host/name; empty uses an SQLite file in the data folder", func(c *Config) *Address { return &c.Database }),
		str("listen", "host:port for people and programs", func(c *Config) *string { return &c.Listen }),
		str("ops-listen", "host:port for /metrics and pprof; empty for none", func(c *Config) *string { return &c.OpsListen }),
		str("public-url", "how people reach this installation, such as https://dichvucong.example.gov.vn", func(c *Config) *string { return &c.PublicURL }),
		str("tls-cert", "PEM file of the certificate", func(c *Config) *string { return &c.TLSCert }),
		str("tls-key", "PEM file of its key", func(c *Config) *string { return &c.TLSKey }),
		{name: "trusted-proxies", help: "addresses of proxies whose X-Forwarded headers are believed, such as 10.0.0.0/24,127.0.0.1",
			set: setProxies, show: func(c *Config) string {
				var s []string
				for _, p := range c.TrustedProxies {
					s = append(s, p.String())
				}
				return strings.Join(s, ",")
			}},
		str("services", "JSON file of the addresses that processes may call; empty for none", func(c *Config) *string { return &c.Services }),
		str("pack", "province pack: the name of one the program carries, or a folder in the same layout", func(c *Config) *string { return &c.Pack }),
		address("nats", "nats://host:4222, several with commas; empty runs the bus in process", func(c *Config) *Address { return &c.NATS }),
		str("nats-creds", "credentials file for the NATS cluster", func(c *Config) *string { return &c.NATSCreds }),
		str("nats-ca", "PEM file of the authorities that vouch for the NATS cluster", func(c *Config) *string { return &c.NATSCA }),
		{name: "nats-replicas", help: "how many servers keep the stream, 1 to 5; 0 chooses",
			set: func(c *Config, v string) error {
				if len(v) != 1 || v[0] < '0' || v[0] > '5' {
					return errors.New("want a number from 0 to 5")
				}
				c.NATSReplicas = int(v[0] - '0')
				return nil
			}, show: func(c *Config) string { return fmt.Sprint(c.NATSReplicas) }},
		str("smtp-addr", "host:port of the mail server; empty sends no mail", func(c *Config) *string { return &c.SMTP.Addr }),
		str("smtp-user", "account at the mail server", func(c *Config) *string { return &c.SMTP.User }),
		secret("smtp-password", "its password", func(c *Config) *Secret { return &c.SMTP.Password }),
		str("smtp-from", "sender of mail", func(c *Config) *string { return &c.SMTP.From }),
		oneOf("smtp-tls", "how the mail server is spoken to", func(c *Config) *string { return &c.SMTP.TLS }, "starttls", "tls", "none"),
		str("sms-url", "address of the SMS gateway; empty sends none", func(c *Config) *string { return &c.SMS.URL }),
		secret("sms-key", "key of the SMS gateway", func(c *Config) *Secret { return &c.SMS.Key }),
		str("sms-sender", "sender name of text messages", func(c *Config) *string { return &c.SMS.Sender }),
		{name: "log-level", help: "debug, info, warn or error",
			set:  func(c *Config, v string) error { return c.LogLevel.UnmarshalText([]byte(v)) },
			show: func(c *Config) string { return strings.ToLower(c.LogLevel.String()) }},
		oneOf("log-format", "how the log is written", func(c *Config) *string { return &c.LogFormat }, "text", "json"),
		{name: "demo", help: "demo data with known passwords", noFile: true, isBool: true,
			set: func(c *Config, v string) error {
				switch v {
				case "true", "1":
					c.Demo = true
				case "false", "0":
					c.Demo = false
				default:
					return errors.New("want true or false")
				}
				return nil
			}, show: func(c *Config) string { return fmt.Sprint(c.Demo) }},
	}
}

func setProxies(c *Config, v string) error {
	c.TrustedProxies = nil
	for _, s := range strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, err := netip.ParseAddr(s)
			if err != nil {
				return fmt.Errorf("%q is no address and no network such as 10.0.0.0/24", s)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		c.TrustedProxies = append(c.TrustedProxies, p.Masked())
	}
	return nil
}
