package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"lienthong/internal/app/backup"
	"lienthong/internal/kit/blob"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/jobs"
	"lienthong/internal/module/iam"
)

// restoreMark is a file that stands in the data folder from the beginning of a restore to its end.
const restoreMark = "restore-unfinished"

func unfinished(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, restoreMark))
	return err == nil
}

// errOccupied is returned for a target that is not empty.
var errOccupied = errors.New("a restore goes into an empty place only")

// Restore brings a snapshot into the empty data folder and the empty database of the options and
// has doctor look at it. A restore that was cut off is recognised: the next one into the same
// folder begins anew, and nothing else opens it.
func Restore(ctx context.Context, o Options, b BackupOptions, out io.Writer) error {
	if b.Dir == "" {
		return errNoFrom
	}
	key, err := b.key()
	if err != nil {
		return err
	}
	snap, err := backup.Open(b.Dir, key, b.Snapshot, b.Signer)
	if err != nil {
		return err
	}
	defer snap.Close()
	fmt.Fprintf(out, "snapshot %s of %s, signed by %s\n", snap.ID, snap.Manifest.Program, snap.Signer)
	if b.Signer == "" {
		fmt.Fprintln(out, "note: --signer was not given, so nothing but the folder itself says who made this back-up")
	}
	if err := bring(ctx, o, snap, out); err != nil {
		return err
	}
	if err := settleRestored(ctx, o, snap.ID, b.Moved, out); err != nil {
		return err
	}
	if snap.Manifest.Parts[configFile] != nil {
		fmt.Fprintf(out, "the configuration of then is in %s; nothing reads it from there\n", filepath.Join(o.Config.Data, restoredConfig))
	}
	fmt.Fprintln(out, "restored")
	return nil
}

// restoredConfig is the name under which the configuration of the snapshot is put.
const restoredConfig = "restored.toml"

// bring fills folder and database; the mark stays.
func bring(ctx context.Context, o Options, snap *backup.Snapshot, out io.Writer) error {
	dir := o.Config.Data
	unlock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	defer unlock()
	if err := vacate(dir); err != nil {
		return err
	}
	vacant, err := db.Vacant(ctx, o.Config.DatabaseURL())
	if err != nil {
		return err
	}
	if !vacant {
		return fmt.Errorf("%w: the database %s has tables; if a restore was cut off, drop the database and create it again", errOccupied, o.Config.Database)
	}
	if err := writeFile(filepath.Join(dir, restoreMark), []byte("A restore of snapshot "+snap.ID+" began here and has not ended.\n")); err != nil {
		return err
	}
	if err := bringFiles(ctx, o, snap); err != nil {
		return err
	}
	if err := bringRecords(ctx, o, snap); err != nil {
		return err
	}
	m := snap.Manifest
	fmt.Fprintf(out, "brought back: %d tables, %d files, %d jobs; records as of %s\n", len(m.Tables), m.FileCount, m.JobCount, m.At.Local().Format(time.RFC3339))
	for name, as := range map[string]string{keysFile: keysFile, configFile: restoredConfig} {
		if b := m.Parts[name]; b != nil {
			if err := writeFile(filepath.Join(dir, as), b); err != nil {
				return err
			}
		}
	}
	keys, err := iam.LoadKeys(filepath.Join(dir, keysFile), nil)
	if err != nil {
		return err
	}
	if signer, err := backup.Signer(keys.Secret); err != nil || signer != snap.Signer {
		return errors.Join(err, errors.New("the snapshot holds the keys of another installation than the one that signed it"))
	}
	return nil
}

// vacate errs unless the folder is empty; what a restore that was cut off has left is taken away.
func vacate(dir string) error {
	es, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	again := unfinished(dir)
	for _, e := range es {
		switch n := e.Name(); {
		case n == "lock" || n == "lost+found" || n == restoreMark: // the mark goes last
		case !again:
			return fmt.Errorf("%w: %s holds %s", errOccupied, dir, n)
		default:
			if err := os.RemoveAll(filepath.Join(dir, n)); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeFile puts a small file onto the disk, readable by its owner alone.
func writeFile(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func bringFiles(ctx context.Context, o Options, snap *backup.Snapshot) error {
	store, err := blob.OpenFolder(o.Config.BlobDir(), clock(o))
	if err != nil {
		return err
	}
	return snap.Files(ctx, func(sum string, size int64) error {
		return snap.File(sum, size, func(r io.Reader) error {
			// Put needs a limit above 0, and an empty file is a file too.
			ref, err := store.Put(ctx, r, max(size, 1))
			if err == nil && ref.Sum != sum {
				err = fmt.Errorf("file %s is damaged in the back-up", sum)
			}
			return err
		})
	})
}

// bringRecords makes the tables as they were when the snapshot was taken and fills them in one
// transaction. Opening the App brings them to the newest version.
func bringRecords(ctx context.Context, o Options, snap *backup.Snapshot) (err error) {
	d, err := db.Open(ctx, db.Config{URL: o.Config.DatabaseURL(), Log: o.Log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	known := map[string]bool{}
	for _, m := range Migrations() {
		known[m.Module] = true
		if err := d.MigrateTo(ctx, m.Module, m.Files, snap.Manifest.Versions[m.Module]); err != nil {
			return err
		}
	}
	for m := range snap.Manifest.Versions {
		if !known[m] {
			return fmt.Errorf("the snapshot holds records of %s, which this program does not know: take a newer one", m)
		}
	}
	queue, err := jobs.New(jobs.Config{DB: d, Log: o.Log, Now: clock(o), Queues: map[string]int{}})
	if err != nil {
		return err
	}
	if err := queue.Migrate(ctx); err != nil {
		return err
	}
	waiting, err := snap.Jobs(ctx)
	if err != nil {
		return err
	}
	return d.Load(ctx, func(l *db.Loader) error {
		for _, t := range snap.Manifest.Tables {
			f, err := l.Fill(t.Table)
			if err != nil {
				return err
			}
			if err := snap.Rows(ctx, t, f.Add); err != nil {
				return err
			}
			if _, err := f.Done(); err != nil {
				return err
			}
		}
		return queue.Carry(ctx, l.Tx(), waiting)
	})
}

// settleRestored opens what was brought back with this version of the program, ends what must not
// go on, gives the ledger's last rows their place, has doctor look and takes the mark away.
func settleRestored(ctx context.Context, o Options, snapshot string, moved bool, out io.Writer) error {
	o.restoring = true
	a, err := New(ctx, o)
	if err != nil {
		return err
	}
	defer a.Close(context.WithoutCancel(ctx))
	if err := a.IAM.Restored(ctx, snapshot, moved); err != nil {
		return err
	}
	if err := (&iam.Sequencer{Ledger: a.IAM.Ledger, Name: a.ids.New().String()}).Catch(ctx); err != nil {
		return err
	}
	sick := a.Examine(ctx, out)
	if sick != nil && !errors.Is(sick, errSick) {
		return sick
	}
	if err := os.Remove(filepath.Join(o.Config.Data, restoreMark)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return errors.Join(sick, syncFolder(o.Config.Data))
}
