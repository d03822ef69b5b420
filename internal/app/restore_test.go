package app_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lienthong/internal/app"
	"lienthong/internal/kit/config"
	"lienthong/internal/kit/testkit"
)

// saved makes an installation, backs it up and returns where.
func saved(t *testing.T) (source app.Options, b app.BackupOptions) {
	t.Helper()
	source = options(t, t.TempDir(), false)
	source.Config.File = filepath.Join(t.TempDir(), "lienthong.toml")
	if err := os.WriteFile(source.Config.File, []byte("listen = ':443'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	b = app.BackupOptions{Dir: filepath.Join(t.TempDir(), "repo"), KeyFile: filepath.Join(t.TempDir(), "key")}
	if err := app.BackupKey(b.KeyFile, &out); err != nil {
		t.Fatal(err)
	}
	if err := app.Backup(t.Context(), source, b, &out); err != nil {
		t.Fatal(err)
	}
	_, signer, ok := strings.Cut(out.String(), "signed by ")
	if !ok {
		t.Fatalf("no signer is named: %s", out.String())
	}
	b.Signer = signer[:16]
	return source, b
}

func restore(t *testing.T, dir string, database config.Address, b app.BackupOptions) (string, error) {
	t.Helper()
	o := options(t, dir, false)
	o.Config.Database = database
	var out bytes.Buffer
	err := app.Restore(t.Context(), o, b, &out)
	return out.String(), err
}

// A restore goes into an empty place, and one that was cut off is begun anew and opened by nothing
// else.
func TestRestoreIsWhole(t *testing.T) {
	source, b := saved(t)
	dir := t.TempDir()
	if out, err := restore(t, dir, "", b); err != nil || !strings.Contains(out, "restored") {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"keys.json", "restored.toml", "lienthong.db"} {
		i, err := os.Stat(filepath.Join(dir, name))
		if err != nil || i.Mode().Perm()&0o077 != 0 && name != "lienthong.db" {
			t.Errorf("%s: %v, %v", name, i, err)
		}
	}
	same := func(name string) bool {
		x, err := os.ReadFile(filepath.Join(source.Config.Data, name))
		y, err2 := os.ReadFile(filepath.Join(dir, name))
		return err == nil && err2 == nil && bytes.Equal(x, y)
	}
	if !same("keys.json") {
		t.Error("the keys are others")
	}
	if _, err := restore(t, dir, "", b); err == nil || !strings.Contains(err.Error(), "an empty place only") {
		t.Errorf("over an installation: %v", err)
	}
	if !same("keys.json") {
		t.Error("the refused restore changed the keys")
	}

	// As a program that was killed in the middle would leave it.
	half := t.TempDir()
	for _, name := range []string{"restore-unfinished", "lienthong.db", "files"} {
		if err := os.WriteFile(filepath.Join(half, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := app.New(t.Context(), options(t, half, false)); err == nil || !strings.Contains(err.Error(), "did not come to its end") {
		t.Errorf("a half restored folder is opened: %v", err)
	}
	var out bytes.Buffer
	if err := app.Backup(t.Context(), options(t, half, false), b, &out); err == nil || !strings.Contains(err.Error(), "did not come to its end") {
		t.Errorf("a half restored folder is backed up: %v", err)
	}
	if said, err := restore(t, half, "", b); err != nil {
		t.Errorf("the second try: %v\n%s", err, said)
	}
	a, err := app.New(t.Context(), options(t, half, false))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// A restore that ends early leaves a folder that says so and, on PostgreSQL, a database without a
// single record.
func TestRestoreCutOff(t *testing.T) {
	_, b := saved(t)
	url := config.Address(testkit.PostgresURL(t))
	// One object that holds records is damaged, so the load ends in the middle.
	objects, err := filepath.Glob(filepath.Join(b.Dir, "objects", "*", "*"))
	if err != nil || len(objects) == 0 {
		t.Fatal(err)
	}
	biggest := objects[0]
	size := func(p string) int64 {
		i, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		return i.Size()
	}
	for _, p := range objects {
		if size(p) > size(biggest) {
			biggest = p
		}
	}
	whole, err := os.ReadFile(biggest)
	if err != nil {
		t.Fatal(err)
	}
	bent := bytes.Clone(whole)
	bent[len(bent)/2] ^= 1
	if err := os.WriteFile(biggest, bent, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, database := range []config.Address{"", url} {
		dir := t.TempDir()
		_, err := restore(t, dir, database, b)
		if err == nil || !strings.Contains(err.Error(), "damaged") || !strings.Contains(err.Error(), "the records of") {
			t.Errorf("a damaged snapshot: %v", err)
		}
		if _, err := os.Stat(filepath.Join(dir, "restore-unfinished")); err != nil {
			t.Error("nothing in the folder says that it is half restored")
		}
		if _, err := os.Stat(filepath.Join(dir, "keys.json")); err == nil {
			t.Error("the keys of an installation that is not there")
		}
	}
	if err := os.WriteFile(biggest, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := restore(t, t.TempDir(), url, b); err == nil || !strings.Contains(err.Error(), "drop the database") {
		t.Errorf("a database with tables: %v", err)
	}
}

// What would lose key and back-up together, or the back-up with the data, is refused.
func TestBackupPlaces(t *testing.T) {
	source, b := saved(t)
	var out bytes.Buffer
	for want, bad := range map[string]app.BackupOptions{
		"lies in the data folder":     {Dir: filepath.Join(source.Config.Data, "backup"), KeyFile: b.KeyFile},
		"lies in the back-up folder":  {Dir: b.Dir, KeyFile: filepath.Join(b.Dir, "key")},
		"--to names":                  {KeyFile: b.KeyFile},
		"not both":                    {Dir: b.Dir, KeyFile: b.KeyFile, Recipient: "age1x"},
		"what is not encrypted":       {Dir: filepath.Join(t.TempDir(), "new")},
		"neither empty nor a back-up": {Dir: filepath.Dir(source.Config.File), KeyFile: b.KeyFile},
	} {
		if err := app.Backup(t.Context(), source, bad, &out); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", bad, err, want)
		}
	}
	b.Signer = "0000000000000000"
	if _, err := restore(t, t.TempDir(), "", b); err == nil || !strings.Contains(err.Error(), "somebody else") {
		t.Errorf("a back-up signed by somebody else: %v", err)
	}
	if err := app.Backup(t.Context(), options(t, t.TempDir(), false), b, &out); err == nil || !strings.Contains(err.Error(), "there is no installation") {
		t.Errorf("a back-up of nothing: %v", err)
	}
}
