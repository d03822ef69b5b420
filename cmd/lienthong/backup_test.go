package main

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lienthong/internal/app"
)

func TestBackupFlags(t *testing.T) {
	for _, tt := range []struct {
		args string
		want app.BackupOptions
		rest string // what is left for the settings of all commands
		err  string
	}{
		{"--to /b --recipient age1x --data d --full", app.BackupOptions{Dir: "/b", Recipient: "age1x", Full: true}, "--data d", ""},
		{"--data=d --from=/b --key k --signer s --snapshot i --moved --config c", app.BackupOptions{Dir: "/b", KeyFile: "k", Signer: "s", Snapshot: "i", Moved: true}, "--data=d --config c", ""},
		{"--to /b --keep 3 --log-level --full", app.BackupOptions{Dir: "/b", Keep: 3}, "--log-level --full", ""},
		{"--demo --to /b stray", app.BackupOptions{Dir: "/b"}, "--demo stray", ""},
		{"--help --to /b", app.BackupOptions{Dir: "/b"}, "--help", ""},
		{"--keep 0 --to /b", app.BackupOptions{}, "", "1 or more"},
		{"--keep many --to /b", app.BackupOptions{}, "", "1 or more"},
		{"--to", app.BackupOptions{}, "", "has no value"},
		{"--to /a --from /b", app.BackupOptions{}, "", "stands twice"},
	} {
		got, key, rest, err := backupFlags(strings.Fields(tt.args))
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: %v, want %q", tt.args, err, tt.err)
			}
			continue
		}
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" || key != got.KeyFile || strings.Join(rest, " ") != tt.rest {
			t.Errorf("%s: %v, rest %q %s", tt.args, err, rest, diff)
		}
	}
}

func TestBackupCommands(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	for _, tt := range []struct{ args, out, err string }{
		{"backup --help", "lienthong backup verify", ""},
		{"restore --help", "--moved", ""},
		{"backup key --key " + key, "age1", ""},
		{"backup key --key " + key, "", "exists"},
		{"backup key", "", "--key names"},
		{"backup paint --to " + dir, "", "cannot"},
		{"backup list", "", "--from names"},
		{"backup verify", "", "--from names"},
		{"backup prune --keep 1", "", "--to names"},
		{"backup", "", "--to names"},
		{"restore", "", "--from names"},
		{"restore now --from " + dir, "", "is not understood"},
		{"backup --to " + dir + " --colour red", "", "colour is unknown"},
		{"backup list --from " + dir, "", "there is no back-up here"},
		{"backup --to " + filepath.Join(dir, "new") + " --key " + key + " --data " + filepath.Join(dir, "none"), "", "there is no installation"},
	} {
		var out bytes.Buffer
		err := run(t.Context(), strings.Fields(tt.args), nil, &out, io.Discard)
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) || !strings.Contains(out.String(), tt.out) {
			t.Errorf("%s: %v, %q", tt.args, err, out.String())
		}
	}
}
