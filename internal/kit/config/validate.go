package config

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"
)

// Validate tells everything that keeps this configuration from being served safely.
func (c Config) Validate() error {
	var errs []error
	no := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	if c.Data == "" {
		no("data: the folder is not named")
	}
	if err := hostPort(c.Listen); err != nil {
		no("listen: %w", err)
	}
	if c.OpsListen != "" {
		if err := hostPort(c.OpsListen); err != nil {
			no("ops-listen: %w", err)
		} else if c.OpsListen == c.Listen && !strings.HasSuffix(c.Listen, ":0") {
			no("ops-listen: the same address as listen would show figures and profiles to everybody")
		}
	}
	if d := c.Database.Reveal(); strings.Contains(d, "://") && !strings.HasPrefix(d, "postgres://") && !strings.HasPrefix(d, "postgresql://") {
		no("database: want postgres://… or the path of an SQLite file")
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		no("tls-cert and tls-key: both or none")
	}
	for _, p := range c.TrustedProxies {
		if p.Bits() == 0 {
			no("trusted-proxies: %s would believe everybody about who they are", p)
		}
	}
	c.validatePublicURL(no)

	if n := c.NATS.Reveal(); n != "" {
		for _, s := range strings.Split(n, ",") {
			if u, err := url.Parse(s); err != nil || u.Host == "" || u.Scheme != "nats" && u.Scheme != "tls" && u.Scheme != "ws" && u.Scheme != "wss" {
				no("nats: want nats://host:port or tls://host:port")
			}
		}
	} else if c.NATSCreds != "" || c.NATSCA != "" || c.NATSReplicas != 0 {
		no("nats-creds, nats-ca and nats-replicas mean nothing without nats")
	}

	if c.SMTP.Addr != "" {
		if err := hostPort(c.SMTP.Addr); err != nil {
			no("smtp-addr: %w", err)
		} else if c.SMTP.TLS == "none" && !isLoopback(c.SMTP.Addr) {
			no("smtp-tls: none is for a mail server on this machine only")
		}
		if _, err := mail.ParseAddress(c.SMTP.From); err != nil {
			no("smtp-from: want an address that mail comes from")
		}
		if (c.SMTP.User == "") != (c.SMTP.Password == "") {
			no("smtp-user and smtp-password: both or none")
		}
	} else if c.SMTP.User != "" || c.SMTP.Password != "" || c.SMTP.From != "" {
		no("smtp-user, smtp-password and smtp-from mean nothing without smtp-addr")
	}

	if c.SMS.URL != "" {
		u, err := url.Parse(c.SMS.URL)
		switch {
		case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
			no("sms-url: want https://…")
		case u.Scheme == "http" && !loopbackHost(u.Hostname()):
			no("sms-url: keys and telephone numbers do not go over plain http")
		}
		if c.SMS.Key == "" {
			no("sms-key: the gateway's key is missing")
		}
	} else if c.SMS.Key != "" || c.SMS.Sender != "" {
		no("sms-key and sms-sender mean nothing without sms-url")
	}
	return errors.Join(errs...)
}

// validatePublicURL makes sure that links, cookies and host checks can be right, and that what
// citizens type does not travel in the clear.
func (c Config) validatePublicURL(no func(string, ...any)) {
	if c.PublicURL == "" {
		if !isLoopback(c.Listen) {
			no("public-url: needed when others than this machine can connect (listen is %s)", c.Listen)
		}
		return
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != "" && u.Path != "/" {
		no("public-url: want https://host, without path")
		return
	}
	behind := len(c.TrustedProxies) > 0
	switch {
	case u.Scheme == "https" && c.TLSCert == "" && !behind:
		no("public-url: nobody here speaks https; give tls-cert and tls-key, or name the proxy that does in trusted-proxies")
	case u.Scheme == "http" && c.TLSCert != "":
		no("public-url: with tls-cert it begins with https://")
	case u.Scheme == "http" && !loopbackHost(u.Hostname()) && !behind:
		no("public-url: plain http is for this machine only; citizens' data would travel in the clear")
	}
}

func hostPort(s string) error {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Errorf("want host:port, not %q", s)
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return fmt.Errorf("%q is no port", port)
	}
	return nil
}

// isLoopback tells whether only this machine can reach host:port. An empty host is every address.
func isLoopback(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	return err == nil && loopbackHost(host)
}

func loopbackHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
