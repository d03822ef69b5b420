package backup_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"lienthong/internal/app/backup"
	"lienthong/internal/kit/blob"
)

// childVar holds what a child process is to back up; the test program then does nothing else.
const childVar = "LIENTHONG_TEST_BACKUP"

type order struct {
	Database, Files, Dir string
	Secret               []byte
	Full                 bool
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childVar); text != "" {
		if err := child(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(text string) error {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	files, err := blob.OpenFolder(o.Files, time.Now)
	if err != nil {
		return err
	}
	_, err = backup.Take(context.Background(), backup.Source{Database: o.Database, Files: files, Secret: o.Secret, Parts: map[string][]byte{}},
		backup.Options{Dir: o.Dir, Now: time.Now, Full: o.Full, Keep: 3})
	return err
}

// A back-up that is killed at any moment, also while it prunes, leaves every snapshot that is there
// whole, and the next one runs as if nothing had been.
func TestKilled(t *testing.T) {
	h := newHouse(t)
	h.insert(0, 15_000)
	for i := range 20 {
		h.put(fmt.Sprint("tệp ", i))
	}
	h.take(backup.Options{})
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(order{h.src.Database, h.filesDir, h.dir, h.src.Secret, true})
	if err != nil {
		t.Fatal(err)
	}
	start := func() *exec.Cmd {
		c := exec.Command(program)
		c.Env, c.Stderr = append(os.Environ(), childVar+"="+string(raw)), os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	begun := time.Now()
	if err := start().Wait(); err != nil {
		t.Fatalf("a child that nobody kills: %v", err)
	}
	whole := time.Since(begun)
	killed := 0
	for i := range 12 {
		h.exec("UPDATE probe_t SET s = $1 WHERE id = $2", text(i), 1000*i)
		c := start()
		time.Sleep(time.Duration(rand.Int64N(int64(whole))))
		c.Process.Kill()
		if c.Wait() != nil {
			killed++
		}
		list, _, err := backup.List(h.dir)
		if err != nil || len(list) == 0 {
			t.Fatalf("%d snapshots, %v", len(list), err)
		}
		for _, l := range list {
			if l.Err != nil {
				t.Errorf("after %d kills: snapshot %s: %v", i+1, l.ID, l.Err)
			}
		}
		h.verified(backup.Newest)
	}
	t.Logf("%d of 12 were killed; one runs for %s", killed, whole)
	if killed == 0 {
		t.Error("nobody was killed in time")
	}
	list, _, err := backup.List(h.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range list {
		h.verified(l.ID)
	}
}
