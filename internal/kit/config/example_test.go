package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// deployFile returns a file of the folder deploy/.
func deployFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The file that operators copy has to load and be fit to serve, with its commented-out settings too.
func TestExampleFile(t *testing.T) {
	example := deployFile(t, "lienthong.toml.example")
	files := map[string]string{
		"/etc/lienthong/lienthong.toml": example,
		"/etc/lienthong/smtp-password":  "geheim\n",
		"/etc/lienthong/sms-key":        "geheim\n",
	}
	args := []string{"--config", "/etc/lienthong/lienthong.toml"}
	c, _, err := Load(args, nil, disk(files))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	got := map[string]string{}
	for _, s := range c.Settings() {
		if s.Source == "file" {
			got[s.Name] = s.Value
		}
	}
	want := map[string]string{
		"data": "/var/lib/lienthong", "listen": "127.0.0.1:8080", "ops-listen": "127.0.0.1:8081",
		"public-url": "https://dichvucong.example.gov.vn", "trusted-proxies": "127.0.0.1/32,::1/128",
		"log-level": "info", "log-format": "json",
		"smtp-addr": "mail.example.gov.vn:587", "smtp-user": "dichvucong", "smtp-password": "***",
		"smtp-from": "Cổng Dịch vụ công <khong-tra-loi@example.gov.vn>", "smtp-tls": "starttls",
		"sms-url": "https://sms.example.gov.vn/send", "sms-key": "***", "sms-sender": "DVC BAC KAN",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	// The other way round: what is commented out instead of what stands for it.
	var other []string
	for line := range strings.Lines(example) {
		switch {
		case strings.HasPrefix(line, "trusted-proxies"):
			continue
		case strings.HasPrefix(line, "# tls-"), strings.HasPrefix(line, "# database "):
			line = strings.TrimPrefix(line, "# ")
		}
		other = append(other, line)
	}
	files["/etc/lienthong/lienthong.toml"] = strings.Join(other, "")
	if c, _, err = Load(append(args, "--listen=:443"), nil, disk(files)); err != nil {
		t.Fatal(err)
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	if c.TLSCert == "" || c.TLSKey == "" || c.Database == "" || len(c.TrustedProxies) > 0 {
		t.Errorf("the commented-out settings are not in force: %v", c.Settings())
	}
}

// The service starts the program with settings it knows.
func TestServiceUnit(t *testing.T) {
	for line := range strings.Lines(deployFile(t, "lienthong.service")) {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "ExecStart=")
		if !ok {
			continue
		}
		words := strings.Fields(command)
		if len(words) < 2 || words[1] != "serve" {
			t.Fatalf("the service runs %q", command)
		}
		files := map[string]string{"/etc/lienthong/lienthong.toml": "listen = '127.0.0.1:8080'\n"}
		if _, rest, err := Load(words[2:], nil, disk(files)); err != nil || len(rest) > 0 {
			t.Errorf("%q: %v %v", command, rest, err)
		}
		return
	}
	t.Error("the service has no ExecStart")
}
