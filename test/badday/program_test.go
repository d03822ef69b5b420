package badday

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	binaryVar = "LIENTHONG_BADDAY_BINARY"
	patience  = time.Minute // for anything that has to happen sooner or later
)

// TestMain builds the program that people run, once for all tests.
func TestMain(m *testing.M) { os.Exit(withBinary(m)) }

func withBinary(m *testing.M) int {
	if os.Getenv(binaryVar) == "" {
		dir, err := os.MkdirTemp("", "lienthong-badday-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "lienthong")
		build := exec.Command("go", "build", "-o", path, "lienthong/cmd/lienthong")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "the program cannot be built: %v\n%s", err, out)
			return 1
		}
		os.Setenv(binaryVar, path)
	}
	return m.Run()
}

// program is one installation: a data folder and settings, on which processes are started and ended
// again and again.
type program struct {
	data     string
	addr     string
	ops      string
	settings []string // further flags
	wrap     []string // a command that starts the program, such as strace
	limit    func(*exec.Cmd)

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{}
	said  *tail
}

// install returns an installation on an empty folder. database is a PostgreSQL address or empty.
func install(t testing.TB, database string, settings ...string) *program {
	t.Helper()
	p := &program{data: filepath.Join(t.TempDir(), "data"), addr: freeAddr(t), ops: freeAddr(t), settings: settings, said: &tail{}}
	if database != "" {
		p.settings = append(p.settings, "--database", database)
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("the program said last:\n%s", p.said.text())
		}
	})
	return p
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// environment is this process's without the settings of whoever runs the tests.
func environment() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "LIENTHONG_") {
			env = append(env, v)
		}
	}
	return env
}

func (p *program) command(name string, args ...string) *exec.Cmd {
	line := append([]string{}, p.wrap...)
	line = append(line, os.Getenv(binaryVar), name, "--data", p.data)
	line = append(line, args...)
	line = append(line, p.settings...)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Env = environment()
	return cmd
}

// launch starts a process and returns at once.
func (p *program) launch(name string) error {
	cmd := p.command(name, "--listen", p.addr, "--ops-listen", p.ops, "--log-level", "error")
	cmd.Stdout, cmd.Stderr = p.said, p.said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if p.limit != nil {
		p.limit(cmd)
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	p.mu.Lock()
	p.cmd, p.ended = cmd, ended
	p.mu.Unlock()
	return nil
}

// start starts a process and waits until it is ready.
func (p *program) start(name string) error {
	if err := p.launch(name); err != nil {
		return err
	}
	return p.ready()
}

// ready waits until the running process says so.
func (p *program) ready() error {
	var last string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if !p.alive() {
			return fmt.Errorf("the program has ended: %s", p.said.text())
		}
		status, body := p.readiness()
		if status == http.StatusOK {
			return nil
		}
		last = fmt.Sprint(status, " ", body)
	}
	return fmt.Errorf("the program is not ready after %s: %s", patience, last)
}

// readiness asks /readyz of the public address; status is 0 if nobody answers.
func (p *program) readiness() (status int, body string) {
	return get("http://" + p.addr + "/readyz")
}

func get(url string) (status int, body string) {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err.Error()
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer w.Body.Close()
	b, err := io.ReadAll(w.Body)
	if err != nil {
		return 0, err.Error()
	}
	return w.StatusCode, string(b)
}

func (p *program) alive() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return false
	}
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// kill ends the process, and what started it, as a power cut ends processes: with nothing said.
func (p *program) kill() { _ = p.end(syscall.SIGKILL) }

// stop asks the process to end and waits until it has.
func (p *program) stop() error { return p.end(syscall.SIGINT) }

func (p *program) end(sig syscall.Signal) error {
	p.mu.Lock()
	cmd, ended := p.cmd, p.ended
	p.cmd = nil
	p.mu.Unlock()
	if cmd == nil {
		return nil
	}
	syscall.Kill(-cmd.Process.Pid, sig)
	select {
	case <-ended:
		http.DefaultClient.CloseIdleConnections()
		return nil
	case <-time.After(patience):
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
		return errors.New("the program did not end when asked")
	}
}

// doctor examines the folder, which no process uses, and returns what was found.
func (p *program) doctor() (string, error) {
	cmd := p.command("doctor", "--log-level", "error")
	cmd.Args = cmd.Args[:len(cmd.Args):len(cmd.Args)]
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// healthy fails the test unless doctor finds nothing wrong. On a server for tests with fsync off
// that is all doctor may complain of.
func (p *program) healthy(t testing.TB) {
	t.Helper()
	out, err := p.doctor()
	var bad []string
	for _, line := range strings.Split(out, "\n") {
		if strings.HasPrefix(line, "BAD") && !strings.Contains(line, "postgres fsync") {
			bad = append(bad, line)
		}
	}
	weak := strings.Contains(out, "BAD  postgres fsync")
	if len(bad) > 0 || err != nil && !weak {
		t.Errorf("doctor: %v\n%s", err, out)
	}
}

// tail keeps the last of what a process says.
type tail struct {
	mu sync.Mutex
	b  []byte
}

// Write implements io.Writer.
func (w *tail) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.b = append(w.b, p...)
	if over := len(w.b) - 4<<10; over > 0 {
		w.b = append(w.b[:0], w.b[over:]...)
	}
	return len(p), nil
}

func (w *tail) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.b)
}
