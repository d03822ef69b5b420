package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// disk is a reader of made-up files.
func disk(files map[string]string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		s, ok := files[name]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return []byte(s), nil
	}
}

func get(t *testing.T, c Config, name string) Setting {
	t.Helper()
	for _, s := range c.Settings() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no setting %s", name)
	return Setting{}
}

func TestPrecedence(t *testing.T) {
	files := map[string]string{
		"a.toml": "listen = 'file:1'\nlog_format = 'json'\n[smtp]\naddr = 'file:25'\npassword = 'from file'\n[nats]\nreplicas = 3\n",
		"b.toml": "listen = 'other:1'\ntrusted-proxies = ['10.0.0.0/8', '::1']\n",
		"pw":     "a secret\r\n",
	}
	for _, c := range []struct {
		what      string
		args, env []string
		name      string
		value     string
		source    string
	}{
		{"nothing", nil, nil, "listen", "127.0.0.1:8080", "default"},
		{"file", []string{"--config", "a.toml"}, nil, "listen", "file:1", "file"},
		{"variable over file", []string{"--config=a.toml"}, []string{"LIENTHONG_LISTEN=env:1"}, "listen", "env:1", "environment"},
		{"flag over variable", []string{"--config=a.toml", "--listen", "flag:1"}, []string{"LIENTHONG_LISTEN=env:1"}, "listen", "flag:1", "flag"},
		{"empty variable counts", nil, []string{"LIENTHONG_OPS_LISTEN="}, "ops-listen", "", "environment"},
		{"file named by variable", nil, []string{"LIENTHONG_CONFIG=a.toml"}, "smtp-addr", "file:25", "file"},
		{"flag's file over variable's", []string{"--config", "b.toml"}, []string{"LIENTHONG_CONFIG=a.toml"}, "listen", "other:1", "file"},
		{"number in file", []string{"--config", "a.toml"}, nil, "nats-replicas", "3", "file"},
		{"underscore in file", []string{"--config", "a.toml"}, nil, "log-format", "json", "file"},
		{"list in file", []string{"--config", "b.toml"}, nil, "trusted-proxies", "10.0.0.0/8,::1/128", "file"},
		{"list in variable", nil, []string{"LIENTHONG_TRUSTED_PROXIES=127.0.0.1, 10.1.2.3/8"}, "trusted-proxies", "127.0.0.1/32,10.0.0.0/8", "environment"},
		{"secret is hidden", []string{"--config", "a.toml"}, nil, "smtp-password", "***", "file"},
		{"secret's file", []string{"--smtp-password-file", "pw"}, nil, "smtp-password", "***", "flag"},
		{"secret's file by variable", nil, []string{"LIENTHONG_SMS_KEY_FILE=pw"}, "sms-key", "***", "environment"},
		{"bool flag", []string{"--demo"}, nil, "demo", "true", "flag"},
		{"bool flag with value", []string{"--demo=false"}, []string{"LIENTHONG_DEMO=1"}, "demo", "false", "flag"},
		{"level", []string{"-log-level=debug"}, nil, "log-level", "debug", "flag"},
		{"password in an address", []string{"--database", "postgres://u:geheim@h/d"}, nil, "database", "postgres://u:xxxxx@h/d", "flag"},
		{"the tests' own variable", nil, []string{"LIENTHONG_TEST_POSTGRES=x", "PATH=/bin"}, "demo", "false", "default"},
	} {
		t.Run(c.what, func(t *testing.T) {
			got, _, err := Load(c.args, c.env, disk(files))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(Setting{c.name, c.value, c.source}, get(t, got, c.name)); diff != "" {
				t.Error(diff)
			}
		})
	}
	c, rest, err := Load([]string{"one", "--smtp-password-file", "pw", "two", "--", "--three"}, nil, disk(files))
	if err != nil || c.SMTP.Password.Reveal() != "a secret" {
		t.Errorf("the secret is %q, %v", c.SMTP.Password.Reveal(), err)
	}
	if diff := cmp.Diff([]string{"one", "two", "--three"}, rest); diff != "" {
		t.Error(diff)
	}
}

func TestMistakes(t *testing.T) {
	files := map[string]string{
		"unknown.toml": "lisen = ':1'\n[smtp]\nadr = 'x'\n",
		"demo.toml":    "demo = true\n",
		"broken.toml":  "listen = \n",
		"twice.toml":   "smtp-addr = 'a:1'\n[smtp]\naddr = 'b:1'\n",
		"kind.toml":    "listen = 1.5\n",
		"pw":           "x",
	}
	for _, c := range []struct {
		what      string
		args, env []string
		want      []string
	}{
		{"misspelt flag", []string{"--lisen", ":1"}, nil, []string{"--lisen is unknown", "did you mean --listen?"}},
		{"far-off flag", []string{"--frobnicate=1"}, nil, []string{"--frobnicate is unknown"}},
		{"misspelt variable", nil, []string{"LIENTHONG_PUBLICURL=x"}, []string{"did you mean LIENTHONG_PUBLIC_URL?"}},
		{"lower-case variable", nil, []string{"LIENTHONG_listen=x"}, []string{"LIENTHONG_listen is unknown", "LIENTHONG_LISTEN?"}},
		{"misspelt keys", []string{"--config=unknown.toml"}, nil, []string{"key lisen is unknown; did you mean listen?", "key smtp.adr is unknown; did you mean smtp-addr?"}},
		{"demo from a file", []string{"--config=demo.toml"}, nil, []string{"demo cannot be set in a file"}},
		{"broken file", []string{"--config=broken.toml"}, nil, []string{"broken.toml"}},
		{"missing file", []string{"--config=none.toml"}, nil, []string{"none.toml"}},
		{"key twice", []string{"--config=twice.toml"}, nil, []string{"smtp-addr stands twice"}},
		{"wrong type", []string{"--config=kind.toml"}, nil, []string{"listen: want a text"}},
		{"secret as a flag", []string{"--smtp-password=x"}, nil, []string{"--smtp-password-file"}},
		{"secret and its file", nil, []string{"LIENTHONG_SMTP_PASSWORD=x", "LIENTHONG_SMTP_PASSWORD_FILE=pw"}, []string{"both"}},
		{"no value", []string{"--listen"}, nil, []string{"--listen has no value"}},
		{"twice", []string{"--listen=a", "--listen=b"}, nil, []string{"stands twice"}},
		{"bad level", []string{"--log-level=loud"}, nil, []string{"log-level"}},
		{"bad choice", []string{"--smtp-tls=maybe"}, nil, []string{"starttls, tls, none"}},
		{"bad proxy", []string{"--trusted-proxies=me"}, nil, []string{"no address"}},
		{"bad number", []string{"--nats-replicas=9"}, nil, []string{"0 to 5"}},
		{"several at once", []string{"--nats-replicas=9", "--log-level=loud"}, []string{"LIENTHONG_X=1"}, []string{"nats-replicas", "log-level", "LIENTHONG_X"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, _, err := Load(c.args, c.env, disk(files))
			if err == nil {
				t.Fatal("accepted")
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not say %q", err, w)
				}
			}
		})
	}
	for _, a := range []string{"-h", "--help"} {
		if _, _, err := Load([]string{a}, nil, disk(nil)); !errors.Is(err, ErrHelp) {
			t.Error(err)
		}
	}
	u := Usage()
	for _, w := range []string{"--public-url", "LIENTHONG_SMS_KEY", "--smtp-password-file FILE", "default 127.0.0.1:8081"} {
		if !strings.Contains(u, w) {
			t.Errorf("the help does not tell about %s", w)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		args string
		want string // part of the error, or empty for none
	}{
		{"", ""},
		{"--listen=:8080", "public-url: needed"},
		{"--listen=0.0.0.0:8080", "public-url: needed"},
		{"--listen=[::1]:8080", ""},
		{"--listen=localhost:8080", ""},
		{"--listen=8080", "want host:port"},
		{"--listen=:443 --public-url=https://a.example --tls-cert=c --tls-key=k", ""},
		{"--listen=:443 --public-url=https://a.example", "nobody here speaks https"},
		{"--public-url=https://a.example --trusted-proxies=127.0.0.1", ""},
		{"--public-url=http://a.example", "plain http"},
		{"--listen=:80 --public-url=http://a.example", "plain http"},
		{"--listen=:80 --public-url=http://a.example --trusted-proxies=10.0.0.1", ""},
		{"--public-url=http://localhost:8080", ""},
		{"--public-url=https://a.example/app --trusted-proxies=127.0.0.1", "without path"},
		{"--public-url=ftp://a.example", "want https://"},
		{"--public-url=http://127.0.0.1 --tls-cert=c --tls-key=k", "begins with https"},
		{"--tls-cert=c", "both or none"},
		{"--tls-key=c", "both or none"},
		{"--trusted-proxies=0.0.0.0/0", "believe everybody"},
		{"--ops-listen=127.0.0.1:8080", "ops-listen"},
		{"--ops-listen=", ""},
		{"--ops-listen=nonsense", "ops-listen"},
		{"--database=mysql://x", "database"},
		{"--database=postgresql://u@h/d", ""},
		{"--nats=nats://a:4222,tls://b:4222", ""},
		{"--nats=a:4222", "nats"},
		{"--nats-replicas=3", "nothing without nats"},
		{"--smtp-addr=m.example:587 --smtp-from=a@b.example", ""},
		{"--smtp-addr=m.example:587", "smtp-from"},
		{"--smtp-addr=m.example:25 --smtp-from=a@b.example --smtp-tls=none", "this machine only"},
		{"--smtp-addr=127.0.0.1:25 --smtp-from=a@b.example --smtp-tls=none", ""},
		{"--smtp-addr=m.example:587 --smtp-from=a@b.example --smtp-user=u", "smtp-password"},
		{"--smtp-from=a@b.example", "nothing without smtp-addr"},
		{"--sms-url=https://s.example", "sms-key"},
		{"--sms-url=http://s.example --sms-key-file=pw", "plain http"},
		{"--sms-url=https://s.example --sms-key-file=pw", ""},
		{"--sms-sender=UBND", "nothing without sms-url"},
		{"--data=", "data"},
	} {
		got, _, err := Load(strings.Fields(c.args), nil, disk(map[string]string{"pw": "x"}))
		if err != nil {
			t.Errorf("%q: %v", c.args, err)
			continue
		}
		err = got.Validate()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q: error %v, want %q", c.args, err, c.want)
		}
	}
}

// However a configuration is printed, its secrets are not in it.
func TestSecretsStaySecret(t *testing.T) {
	c := Defaults()
	c.SMTP.Password, c.SMS.Key = "geheim-1", "geheim-2"
	c.Database = "postgres://u:geheim-3@h/d?sslpassword=geheim-4"
	c.NATS = "nats://geheim-5@h:1,nats://u:geheim-6@h:2"
	j, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "c", c, "p", c.SMTP.Password, "d", c.Database)
	for _, s := range []string{string(j), fmt.Sprint(c), fmt.Sprintf("%v %+v %#v", c, c, c), fmt.Sprintf("%s %q", c.SMTP.Password, c.SMS.Key),
		fmt.Sprint(c.Settings()), log.String(), Address("postgres://u:geheim@h:x/%zz").String()} {
		if strings.Contains(s, "geheim") {
			t.Errorf("a secret shows in %s", s)
		}
	}
	if c.DatabaseURL() != c.Database.Reveal() || Defaults().DatabaseURL() != "data/lienthong.db" {
		t.Error("the database's address is wrong")
	}
}

func TestDerived(t *testing.T) {
	c := Defaults()
	if c.BaseURL() != "http://127.0.0.1:8080" || c.Secure() || c.Hosts()[0] != "127.0.0.1" {
		t.Errorf("%s %v %v", c.BaseURL(), c.Secure(), c.Hosts())
	}
	c.PublicURL, c.Listen = "https://dvc.example/", ":443"
	if c.BaseURL() != "https://dvc.example" || !c.Secure() {
		t.Errorf("%s %v", c.BaseURL(), c.Secure())
	}
	if diff := cmp.Diff([]string{"dvc.example"}, c.Hosts()); diff != "" {
		t.Error(diff)
	}
}

func TestDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-c]{0,6}`)
		a, b, c := word.Draw(t, "a"), word.Draw(t, "b"), word.Draw(t, "c")
		if distance(a, a) != 0 || distance(a, b) != distance(b, a) || distance(a, c) > distance(a, b)+distance(b, c) {
			t.Fatalf("not a distance: %q %q %q", a, b, c)
		}
		if (distance(a, b) == 0) != (a == b) {
			t.Fatalf("%q %q", a, b)
		}
	})
}

// FuzzLoad feeds broken files and flags: errors are fine, panics and printed secrets are not.
func FuzzLoad(f *testing.F) {
	f.Add("--config=f", "listen = ':1'\n[smtp]\npassword = 'geheim'\n")
	f.Add("--config f --", "[[x]]\n")
	f.Add("--=", "a.b.c = 1979-05-27")
	f.Fuzz(func(t *testing.T, args, file string) {
		c, _, _ := Load(strings.Fields(args), nil, disk(map[string]string{"f": file}))
		_ = c.Validate()
		if s := fmt.Sprint(c.Settings()); c.SMTP.Password == "geheim" && strings.Contains(s, "geheim") {
			t.Errorf("printed: %s", s)
		}
	})
}
