package badday

import (
	"net/url"
	"strings"
	"testing"

	"lienthong/internal/kit/testkit"
)

// weak returns the address with a setting that may lose acknowledged transactions in a power cut.
func weak(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("synchronous_commit", "off")
	u.RawQuery = q.Encode()
	return u.String()
}

// TestSettings has the program say which settings its durability rests on, as the database has them,
// and refuse weaker ones for real people.
func TestSettings(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		p := install(t, "")
		if err := p.start("serve"); err != nil {
			t.Fatal(err)
		}
		for _, address := range []string{p.addr, p.ops} {
			if _, body := get("http://" + address + "/readyz"); !strings.Contains(body, "journal_mode=wal synchronous=2") {
				t.Errorf("readyz at %s says %q", address, body)
			}
		}
		if err := p.stop(); err != nil {
			t.Fatal(err)
		}
		if out, err := p.doctor(); err != nil || !strings.Contains(out, "synchronous     2") {
			t.Errorf("doctor: %v %s", err, out)
		}
	})
	t.Run("postgres", func(t *testing.T) {
		p := install(t, weak(t, testkit.PostgresURL(t)))
		out, err := p.command("serve", "--listen", p.addr, "--ops-listen", "").CombinedOutput()
		if err == nil || !strings.Contains(string(out), "synchronous_commit = off") || !strings.Contains(string(out), "power cut") {
			t.Errorf("serve on a weak database: %v %s", err, out)
		}
		if out, err := p.doctor(); err == nil || !strings.Contains(out, "BAD  postgres synchronous_commit off") {
			t.Errorf("doctor: %v %s", err, out)
		}
		if err := p.start("demo"); err != nil {
			t.Fatal(err)
		}
		if _, body := p.readiness(); !strings.Contains(body, "synchronous_commit=off(weak)") {
			t.Errorf("readyz of the demonstration says %q", body)
		}
	})
}
