package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lienthong/internal/app/backup"
	"lienthong/internal/kit/blob"
	"lienthong/internal/module/iam"
)

// BackupOptions say which back-up folder is meant and what to do with it.
type BackupOptions struct {
	Dir       string // the back-up folder
	Recipient string // age1…, whom a new folder is encrypted for
	KeyFile   string // holds a key or a passphrase
	Signer    string // who must have signed a snapshot; empty trusts the folder
	Snapshot  string // which one; empty is the newest
	Full      bool   // store everything once more
	Keep      int    // how many snapshots to keep; 0 is all
	Moved     bool   // for Restore: nothing happened since the snapshot, so nobody is signed out
}

// What is said when no folder is named.
var (
	errNoTo   = errors.New("--to names the back-up folder")
	errNoFrom = errors.New("--from names the back-up folder")
)

// key reads the key that the options name.
func (b BackupOptions) key() (backup.Key, error) {
	switch {
	case b.Recipient != "" && b.KeyFile != "":
		return backup.Key{}, errors.New("give --recipient or --key, not both")
	case b.KeyFile == "":
		return backup.Key{Recipient: b.Recipient}, nil
	}
	if inside(b.KeyFile, b.Dir) {
		return backup.Key{}, fmt.Errorf("the key %s lies in the back-up folder: whoever has the one would have the other; keep it elsewhere", b.KeyFile)
	}
	return backup.ReadKey(b.KeyFile)
}

// inside tells whether a path lies in a folder, as far as both can be followed.
func inside(path, dir string) bool {
	real := func(p string) string {
		if a, err := filepath.Abs(p); err == nil {
			p = a
		}
		// What is not there yet lies where the folder above it lies.
		for rest := ""; ; p, rest = filepath.Dir(p), filepath.Join(filepath.Base(p), rest) {
			if r, err := filepath.EvalSymlinks(p); err == nil {
				return filepath.Join(r, rest)
			}
			if filepath.Dir(p) == p {
				return filepath.Join(p, rest)
			}
		}
	}
	rel, err := filepath.Rel(real(dir), real(path))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, "../")
}

// The small files of an installation, by their names in snapshots.
const (
	keysFile   = "keys.json"
	configFile = "lienthong.toml"
)

// source describes the installation of the options without touching it.
func source(o Options) (backup.Source, error) {
	src := backup.Source{Database: o.Config.DatabaseURL(), Program: o.Build.String(), Parts: map[string][]byte{}}
	path := filepath.Join(o.Config.Data, keysFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return src, fmt.Errorf("there is no installation in %s; name its folder with --data or --config", o.Config.Data)
	}
	if err != nil {
		return src, err
	}
	keys, err := iam.LoadKeys(path, nil)
	if err != nil {
		return src, err
	}
	src.Secret, src.Parts[keysFile] = keys.Secret, raw
	if o.Config.File != "" {
		if src.Parts[configFile], err = os.ReadFile(o.Config.File); err != nil {
			return src, fmt.Errorf("the configuration: %w", err)
		}
	}
	src.Files, err = blob.OpenFolder(o.Config.BlobDir(), clock(o))
	return src, err
}

func clock(o Options) func() time.Time {
	if o.Now != nil {
		return o.Now
	}
	return time.Now
}

// Backup takes a snapshot of the installation, which may be at work meanwhile.
func Backup(ctx context.Context, o Options, b BackupOptions, out io.Writer) error {
	if b.Dir == "" {
		return errNoTo
	}
	if unfinished(o.Config.Data) {
		return fmt.Errorf("a restore into %s did not come to its end: there is nothing to back up", o.Config.Data)
	}
	if inside(b.Dir, o.Config.Data) {
		return fmt.Errorf("the back-up folder %s lies in the data folder: both would be lost together; choose another disk", b.Dir)
	}
	key, err := b.key()
	if err != nil {
		return err
	}
	src, err := source(o)
	if err != nil {
		return err
	}
	if b.KeyFile != "" && inside(b.KeyFile, o.Config.Data) {
		fmt.Fprintf(out, "warning: the key %s lies in the data folder; if this machine is lost, no back-up of it can be opened\n", b.KeyFile)
	}
	if key.Identity != "" {
		fmt.Fprintln(out, "warning: this key opens the back-ups; on this machine --recipient is enough, keep the key elsewhere")
	}
	begun := clock(o)()
	t, err := backup.Take(ctx, src, backup.Options{Dir: b.Dir, Key: key, Full: b.Full, Keep: b.Keep, Now: clock(o)})
	if t.ID != "" {
		fmt.Fprintf(out, "snapshot %s: %d rows, %d jobs, %d files; %d objects, %s new; %s\n", t.ID, t.Rows, t.Jobs, t.Files, t.Objects,
			size(t.Bytes), clock(o)().Sub(begun).Round(10*time.Millisecond))
		fmt.Fprintf(out, "signed by %s: note this name apart from the back-up, restore --signer compares it\n", t.Signer)
	}
	if err != nil {
		return err
	}
	if b.Keep > 0 {
		printPruned(out, t.Pruned)
	}
	for _, s := range t.Damaged {
		fmt.Fprintf(out, "BAD  file %s has been changed on the disk and is not in the snapshot\n", s)
	}
	if len(t.Damaged) > 0 {
		return errors.New("the snapshot lacks files; take them from an earlier one")
	}
	return nil
}

func printPruned(out io.Writer, p backup.Pruned) {
	fmt.Fprintf(out, "pruned: %d snapshots, %d objects\n", p.Snapshots, p.Objects)
}

// size writes a number of bytes for people.
func size(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}

// BackupKey makes a key file and prints whom to encrypt for.
func BackupKey(file string, out io.Writer) error {
	if file == "" {
		return errors.New("--key names the file to be made")
	}
	recipient, err := backup.NewKey(file)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s opens every back-up made for\n  %s\nKeep it, and a copy of it, away from this machine and from the back-ups. Without it they are lost.\n", file, recipient)
	return nil
}

// BackupList prints the snapshots of a folder. It needs no key.
func BackupList(b BackupOptions, out io.Writer) error {
	if b.Dir == "" {
		return errNoFrom
	}
	list, signer, err := backup.List(b.Dir)
	if err != nil {
		return err
	}
	sick := false
	for _, l := range list {
		mark, detail := "ok  ", fmt.Sprintf("%d objects", l.Objects)
		if l.Err != nil {
			mark, detail, sick = "BAD ", l.Err.Error(), true
		}
		fmt.Fprintf(out, "%s %s  %s\n", mark, l.ID, detail)
	}
	fmt.Fprintf(out, "%d snapshots, signed by %s\n", len(list), signer)
	if sick {
		return errors.New("not every snapshot can be used")
	}
	return nil
}

// BackupVerify reads a snapshot to its last byte and prints what is wrong with it.
func BackupVerify(ctx context.Context, b BackupOptions, out io.Writer) error {
	if b.Dir == "" {
		return errNoFrom
	}
	key, err := b.key()
	if err != nil {
		return err
	}
	c, err := backup.Verify(ctx, b.Dir, key, b.Snapshot, b.Signer)
	for _, p := range c.Problems {
		fmt.Fprintf(out, "BAD  %v\n", p)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "snapshot %s: %d rows and %d files read and compared with their sums\n", c.ID, c.Rows, c.Files)
	if len(c.Problems) > 0 {
		return errors.New("the snapshot is damaged; backup --full stores everything once more")
	}
	return nil
}

// BackupPrune takes old snapshots away.
func BackupPrune(o Options, b BackupOptions, out io.Writer) error {
	if b.Dir == "" {
		return errNoTo
	}
	src, err := source(o)
	if err != nil {
		return err
	}
	p, err := backup.Prune(b.Dir, src.Secret, b.Keep)
	if err == nil {
		printPruned(out, p)
	}
	return err
}
