package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"lienthong/internal/app"
	"lienthong/internal/kit/config"
)

// childVar holds what a child process is to restore; the test program then does nothing else.
const childVar = "LIENTHONG_TEST_RESTORE"

type order struct {
	Data   string
	Backup app.BackupOptions
}

func TestMain(m *testing.M) {
	text := os.Getenv(childVar)
	if text == "" {
		os.Exit(m.Run())
	}
	var o order
	err := json.Unmarshal([]byte(text), &o)
	if err == nil {
		c := config.Defaults()
		c.Data = o.Data
		err = app.Restore(context.Background(), app.Options{Config: c, Pack: "bac-kan", Log: slog.New(slog.DiscardHandler)}, o.Backup, io.Discard)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	os.Exit(0)
}

// A restore that is killed at any moment is either not there, which the program says when it is
// started on the folder, or it is whole. The next one into the folder needs no help.
func TestRestoreKilled(t *testing.T) {
	_, b := saved(t)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	start := func(dir string) *exec.Cmd {
		raw, err := json.Marshal(order{dir, b})
		if err != nil {
			t.Fatal(err)
		}
		c := exec.Command(program)
		c.Env, c.Stderr = append(os.Environ(), childVar+"="+string(raw)), os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	begun := time.Now()
	if err := start(t.TempDir()).Wait(); err != nil {
		t.Fatalf("a child that nobody kills: %v", err)
	}
	whole := time.Since(begun)
	dir := t.TempDir()
	half := 0
	for range 8 {
		c := start(dir)
		time.Sleep(time.Duration(rand.Int64N(int64(whole))))
		c.Process.Kill()
		c.Wait()
		if _, err := os.Stat(filepath.Join(dir, "restore-unfinished")); err == nil {
			half++
			if _, err := app.New(t.Context(), options(t, dir, false)); err == nil {
				t.Fatal("a half restored folder is opened")
			}
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, "keys.json")); err != nil {
			continue // it had not begun
		}
		var out bytes.Buffer
		if err := app.Doctor(t.Context(), options(t, dir, false), &out); err != nil {
			t.Fatalf("a restore without its mark: %v\n%s", err, &out)
		}
		dir = t.TempDir()
	}
	t.Logf("%d of 8 were cut off; one runs for %s", half, whole)
	if err := start(dir).Wait(); err != nil {
		t.Errorf("the restore after all those: %v", err)
	}
	var out bytes.Buffer
	if err := app.Doctor(t.Context(), options(t, dir, false), &out); err != nil {
		t.Errorf("%v\n%s", err, &out)
	}
}
