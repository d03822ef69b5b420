package backup

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"lienthong/internal/kit/blob"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/jobs"
)

// Source is the installation a snapshot is taken of.
type Source struct {
	Database string            // address, as of db.Config.URL
	Files    *blob.Folder      // the stored files
	Parts    map[string][]byte // small files that belong to it: keys.json, the configuration
	Secret   []byte            // the installation's own, at least 32 bytes
	Program  string            // which program this is
}

// Options say how a snapshot is taken.
type Options struct {
	Dir  string // the back-up folder, made if it is not there
	Key  Key    // for a new folder; for an old one it may be empty, or is compared
	Full bool   // store everything once more, also what the folder has
	Keep int    // afterwards keep this many snapshots, the newest; 0 keeps all
	Now  func() time.Time
}

// Taken is what taking a snapshot did.
type Taken struct {
	ID      string
	Signer  string // short name of the key that signed it, see SignerName
	Rows    int64
	Jobs    int64
	Files   int64
	Objects int64    // written anew
	Bytes   int64    // they take in the folder
	Damaged []string // files whose content is not what their name says; they are not in the snapshot
	Pruned  Pruned
}

// Take takes a snapshot. The installation may be at work meanwhile.
func Take(ctx context.Context, src Source, o Options) (t Taken, err error) {
	keys, err := derive(src.Secret)
	if err != nil {
		return t, err
	}
	r, err := openRepo(o.Dir, true)
	if errors.Is(err, errNoFolder) {
		r, err = makeRepo(o.Dir, keys, o.Key, o.Now())
		o.Key = Key{} // which cannot be another
	}
	if err != nil {
		return t, err
	}
	defer r.close()
	if !bytes.Equal(r.head.Signer, keys.sign.Public().(ed25519.PublicKey)) {
		return t, fmt.Errorf("%s holds the back-ups of another installation (%s); take another folder", o.Dir, SignerName(r.head.Signer))
	}
	if err := o.Key.fits(r.head); err != nil {
		return t, err
	}
	if err := r.sweepTmp(); err != nil {
		return t, err
	}
	k := &taking{src: src, store: &store{repo: r, keys: keys, full: o.Full, written: map[name]bool{}}, done: map[string]bool{}}
	m := Manifest{Format: format, Program: src.Program, Parts: src.Parts, Names: keys.names}
	// A file is stored before the record that names it, and taken away days after the last one did.
	// So what the records of the instant name is there before it, or comes between the two looks.
	if err := k.files(ctx); err != nil {
		return t, err
	}
	if err := k.records(ctx, &m, o.Now); err != nil {
		return t, err
	}
	if err := k.files(ctx); err != nil {
		return t, err
	}
	if m.Files, err = k.fileList(&m); err != nil {
		return t, err
	}
	t = Taken{Signer: SignerName(r.head.Signer), Jobs: m.JobCount, Files: m.FileCount, Damaged: k.damaged}
	for _, x := range m.Tables {
		t.Rows += x.Rows
	}
	if t.ID, err = r.keep(keys, m, k.store.refs); err != nil {
		return t, err
	}
	t.Objects, t.Bytes = k.store.objects, k.store.bytes
	if o.Keep > 0 {
		t.Pruned, err = r.prune(o.Keep)
	}
	return t, err
}

// taking is a snapshot in the making.
type taking struct {
	src     Source
	store   *store
	done    map[string]bool // files that are in the folder
	list    []blob.Stored
	damaged []string
}

// files stores the files of the installation that this run has not seen yet.
func (k *taking) files(ctx context.Context) error {
	all, err := k.src.Files.List(ctx)
	if err != nil {
		return err
	}
	for _, f := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if k.done[f.Sum] {
			continue
		}
		err := k.store.file(f.Sum, func() (io.ReadCloser, error) { return k.src.Files.Open(ctx, f.Sum) })
		switch {
		case fault.KindOf(err) == fault.NotFound:
			continue // taken away meanwhile, so nothing refers to it
		case errors.Is(err, errChanged), damaged(err):
			k.damaged = append(k.damaged, f.Sum)
		case err != nil:
			return err
		default:
			k.list = append(k.list, f)
		}
		k.done[f.Sum] = true
	}
	return nil
}

// damaged tells whether the store itself found, on opening, that a file is not what its name says.
func damaged(err error) bool {
	f := fault.As(err)
	return f != nil && f.Key == "blob.damaged"
}

// records stores all tables and jobs as of one instant.
func (k *taking) records(ctx context.Context, m *Manifest, now func() time.Time) (err error) {
	d, err := db.OpenDump(ctx, k.src.Database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	m.At, m.Engine = now(), d.Engine()
	if m.Versions, err = d.Versions(); err != nil {
		return err
	}
	tables, err := d.Tables()
	if err != nil {
		return err
	}
	var line bytes.Buffer
	for _, t := range tables {
		p := TablePart{Table: t}
		c := &cutter{store: k.store}
		err := d.Rows(t, func(row []any) error {
			line.Reset()
			if err := encodeRow(&line, t.Columns, row); err != nil {
				return err
			}
			p.Rows++
			return c.add(line.Bytes())
		})
		if err := errors.Join(err, c.flush()); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
		p.Pieces = c.refs
		m.Tables = append(m.Tables, p)
	}
	return k.jobs(d, m)
}

func (k *taking) jobs(d *db.Dump, m *Manifest) error {
	list, err := jobs.Unfinished(d)
	if err != nil {
		return err
	}
	c := &cutter{store: k.store}
	for _, w := range list {
		b, err := json.Marshal(w)
		if err != nil {
			return err
		}
		if err := c.add(append(b, '\n')); err != nil {
			return err
		}
		m.JobCount++
	}
	err = c.flush()
	m.Jobs = c.refs
	return err
}

// fileList stores which files belong to the snapshot.
func (k *taking) fileList(m *Manifest) ([]Ref, error) {
	c := &cutter{store: k.store}
	for _, f := range k.list {
		m.FileCount++
		m.FileBytes += f.Size
		if err := c.add(fmt.Appendf(nil, "%s %d\n", f.Sum, f.Size)); err != nil {
			return nil, err
		}
	}
	err := c.flush()
	return c.refs, err
}
