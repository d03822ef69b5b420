package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Process is what the program takes of the machine when it is started on an existing data folder.
type Process struct {
	Command string
	Ready   time.Duration // from the start of the process until /readyz says yes
	Memory  int64         // resident bytes after resting; 0 where the system does not tell
	Heap    int64         // of these, bytes that are not pages of the program's or database's file
	CPU     time.Duration // processor time used in each second of rest
}

// patience is how long the program may take to become ready before the measurement gives up.
const patience = 30 * time.Second

// measureProcess starts the program on the data folder, waits until it is ready and rested, and
// stops it.
func measureProcess(ctx context.Context, binary, command, data string, idle time.Duration) (p Process, err error) {
	p.Command = command
	addr, err := freeAddr()
	if err != nil {
		return p, err
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, binary, command, "--data", data, "--listen", addr, "--ops-listen", "")
	cmd.Stdout, cmd.Stderr = &said, &said
	for _, v := range os.Environ() { // the settings of the person who measures are not meant for this process
		if !strings.HasPrefix(v, "LIENTHONG_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return p, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stop := func() error {
		cmd.Process.Signal(os.Interrupt)
		select {
		case err := <-ended:
			return err
		case <-time.After(patience):
			return cmd.Process.Kill()
		}
	}
	for {
		resp, err := http.Get("http://" + addr + "/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				break
			}
		}
		select {
		case err := <-ended:
			return p, fmt.Errorf("it ended: %v\n%s", err, said.Bytes())
		case <-ctx.Done():
			return p, ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
		if time.Since(start) > patience {
			stop()
			return p, fmt.Errorf("it is not ready after %s\n%s", patience, said.Bytes())
		}
	}
	p.Ready = time.Since(start)
	time.Sleep(idle)
	before := cpuTime(cmd.Process.Pid)
	time.Sleep(idle)
	p.CPU = time.Duration(float64(cpuTime(cmd.Process.Pid)-before) / idle.Seconds())
	p.Memory, p.Heap = resident(cmd.Process.Pid)
	if err := stop(); err != nil {
		return p, fmt.Errorf("it did not stop well: %w\n%s", err, said.Bytes())
	}
	return p, nil
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// resident reads the process's memory as Linux tells it (proc(5), status); zero elsewhere.
func resident(pid int) (all, anonymous int64) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		n, _ := strconv.ParseInt(f[1], 10, 64)
		switch f[0] {
		case "VmRSS:":
			all = n << 10
		case "RssAnon:":
			anonymous = n << 10
		}
	}
	return all, anonymous
}

// clockTick is the unit of processor time in /proc; the kernel's ABI fixes it at 100 to the second.
const clockTick = 10 * time.Millisecond

// cpuTime reads how long the process has used processors (proc(5), stat, fields 14 and 15).
func cpuTime(pid int) time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), ") ") // the name before may hold spaces
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(f[11], 10, 64)
	system, _ := strconv.ParseInt(f[12], 10, 64)
	return time.Duration(user+system) * clockTick
}

func (p Process) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s on this data folder: ready after %s", p.Command, ms(p.Ready))
	if p.Memory > 0 {
		fmt.Fprintf(out, ", at rest %.0f MB resident (%.0f MB of it not file pages), %.1f%% of one processor",
			float64(p.Memory)/1e6, float64(p.Heap)/1e6, p.CPU.Seconds()*100)
	}
	fmt.Fprintln(out)
}
