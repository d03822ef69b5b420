package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"lienthong/internal/kit/testkit"
)

// stubs stand for what belongs to the machine and not to the program: they lie before everything
// else in the path while the commands of a page are run. sudo and install leave users alone,
// systemctl starts the demonstration, and lienthong forgives the server for tests, and nothing else,
// that it does not wait for its disk.
func stubs() map[string]string {
	return map[string]string{
		"sudo": `#!/usr/bin/env bash
[[ $1 != -u ]] || shift 2
exec "$@"
`,
		"install": `#!/usr/bin/env bash
args=()
while (($#)); do
  case $1 in -o | -g) shift 2 ;; *) args+=("$1"); shift ;; esac
done
exec /usr/bin/install "${args[@]}"
`,
		"systemctl": `#!/usr/bin/env bash
case $1 in
start)
  "$ROOT/usr/local/bin/lienthong" demo --config "$ROOT/etc/lienthong/lienthong.toml" </dev/null >"$ROOT/log" 2>&1 &
  echo $! >"$ROOT/pid"
  for _ in {1..600}; do
    (: <>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null && exit 0
    kill -0 "$(<"$ROOT/pid")" || break
    sleep 0.1
  done
  cat "$ROOT/log" >&2
  exit 1
  ;;
stop)
  pid=$(<"$ROOT/pid")
  kill "$pid"
  for _ in {1..600}; do
    kill -0 "$pid" 2>/dev/null || exit 0
    sleep 0.1
  done
  exit 1
  ;;
esac
`,
		"curl": `#!/usr/bin/env bash
exec 3<>"/dev/tcp/127.0.0.1/$PORT"
printf 'GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&3
head -n 1 <&3 | grep ' 200 '
`,
		"lienthong": `#!/usr/bin/env bash
out=$("$ROOT/usr/local/bin/lienthong" "$@" 2>&1)
code=$?
printf '%s\n' "$out"
bad=$(grep '^BAD' <<<"$out")
if ((code)) && [[ $bad == 'BAD  postgres fsync '* && $bad != *$'\n'* ]]; then code=0; fi
exit $code
`,
	}
}

// machine is a folder that stands for a server: a page's paths are paths in it.
type machine struct {
	t        *testing.T
	root     string
	port     int
	database string
	env      []string
}

// newMachine makes a machine with the program in place and an installation of an older version that
// has dossiers.
func newMachine(t *testing.T, binary string) *machine {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, root: t.TempDir(), port: l.Addr().(*net.TCPAddr).Port, database: testkit.PostgresURL(t)}
	l.Close()
	for _, d := range []string{"etc/lienthong", "var/lib/lienthong", "srv", "media/safe", "usr/local/bin", "bin", "stubs"} {
		if err := os.MkdirAll(filepath.Join(m.root, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name, text string, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(m.root, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range stubs() {
		write("stubs/"+name, text, 0o700)
	}
	for _, to := range []string{"usr/local/bin/lienthong", "bin/lienthong"} {
		if err := os.Link(binary, filepath.Join(m.root, to)); err != nil {
			t.Fatal(err)
		}
	}
	unpack(t, "../upgrade/testdata/477ca80-sqlite.tar.zst", filepath.Join(m.root, "var/lib/lienthong"))
	write("etc/lienthong/lienthong.toml", fmt.Sprintf("data = %q\nlisten = \"127.0.0.1:%d\"\nops-listen = \"\"\n", filepath.Join(m.root, "var/lib/lienthong"), m.port), 0o600)
	m.env = []string{"ROOT=" + m.root, "PORT=" + strconv.Itoa(m.port), "HOME=" + m.root,
		"PATH=" + filepath.Join(m.root, "stubs") + ":" + os.Getenv("PATH")}
	t.Cleanup(func() { // what a page leaves running
		b, err := os.ReadFile(filepath.Join(m.root, "pid"))
		if err != nil {
			return
		}
		if pid, err := strconv.Atoi(strings.TrimSpace(string(b))); err == nil {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	return m
}

// run runs commands as they stand on a page and returns what they printed.
func (m *machine) run(commands string) string {
	m.t.Helper()
	for _, dir := range []string{"/etc/lienthong", "/var/lib/lienthong", "/srv/", "/media/safe", "/usr/local/bin"} {
		commands = strings.ReplaceAll(commands, dir, m.root+dir)
	}
	commands = strings.ReplaceAll(commands, "postgres://lienthong@/lienthong?host=/var/run/postgresql", m.database)
	ctx, cancel := context.WithTimeout(m.t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", commands)
	c.Dir, c.Env = m.root, m.env
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); err != nil {
		m.t.Fatalf("%v\n%s\n%s", err, commands, out.String())
	}
	return out.String()
}

// fence is a block of a page.
type fence struct{ kind, text string }

// fences returns the blocks of a page.
func fences(t *testing.T, page string) []fence {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("../../docs/ops", page))
	if err != nil {
		t.Fatal(err)
	}
	var out []fence
	open := false
	for line := range strings.Lines(string(raw)) {
		switch kind, isFence := strings.CutPrefix(line, "```"); {
		case isFence && !open:
			out, open = append(out, fence{kind: strings.TrimSpace(kind)}), true
		case isFence:
			open = false
		case open:
			out[len(out)-1].text += line
		case strings.HasPrefix(line, "    "):
			t.Errorf("%s: %q looks like a command that nobody runs", page, strings.TrimSpace(line))
		}
	}
	return out
}

// promised tells whether a line of the output has the parts of want, which "…" separates, in their order.
func promised(output, want string) bool {
	for line := range strings.Lines(output) {
		rest, all := line, true
		for part := range strings.SplitSeq(want, "…") {
			i := strings.Index(rest, strings.TrimSpace(part))
			if all = i >= 0; !all {
				break
			}
			rest = rest[i+len(strings.TrimSpace(part)):]
		}
		if all {
			return true
		}
	}
	return false
}

// TestOperationsPages runs every command of the pages about backing up, recovery and updates, in the
// order in which they stand, each page on a machine of its own.
func TestOperationsPages(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "lienthong")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../../cmd/lienthong").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const before = `lienthong backup key --key /media/safe/lienthong.key
systemctl start lienthong
lienthong backup --config /etc/lienthong/lienthong.toml --to /srv/backup/lienthong --key /media/safe/lienthong.key
lienthong backup list --from /srv/backup/lienthong | sed -n 's/.*signed by //p' > /media/safe/lienthong.signer
`
	for page, first := range map[string]string{"backup.md": "systemctl start lienthong", "recovery.md": "mkdir -p /srv/backup\n" + before, "upgrade.md": "mkdir -p /srv/backup\n" + before} {
		t.Run(page, func(t *testing.T) {
			m := newMachine(t, binary)
			m.run(first)
			blocks, ran, output := fences(t, page), 0, ""
			for _, f := range blocks {
				switch f.kind {
				case "sh run":
					output = m.run(f.text)
					ran++
				case "text said":
					for line := range strings.Lines(f.text) {
						if !promised(output, strings.TrimSpace(line)) {
							t.Errorf("the page promises %q, printed was\n%s", strings.TrimSpace(line), output)
						}
					}
				default:
					t.Errorf("a block of kind %q: nobody would notice if it were wrong", f.kind)
				}
			}
			if ran < 3 {
				t.Errorf("%d blocks were run", ran)
			}
		})
	}
}
