package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Listed is a snapshot as the folder shows it without a key.
type Listed struct {
	ID      string
	Objects int
	Err     error // why it cannot be used, as far as that shows without a key
}

// List returns the snapshots of the folder, the oldest first, and the name of their signer.
func List(dir string) (list []Listed, signer string, err error) {
	r, err := openRepo(dir, false)
	if err != nil {
		return nil, "", err
	}
	defer r.close()
	ids, err := r.ids()
	if err != nil {
		return nil, "", err
	}
	for _, id := range ids {
		l := Listed{ID: id}
		e, err := r.envelope(id)
		if err == nil {
			var refs []name
			refs, err = r.refs(e)
			l.Objects = len(refs)
			for _, n := range refs {
				if !r.has(n) {
					err = damage{"object " + n.String(), "is missing"}
					break
				}
			}
		}
		l.Err = err
		list = append(list, l)
	}
	return list, SignerName(r.head.Signer), nil
}

// Checked is what Verify found in a snapshot.
type Checked struct {
	ID       string
	Rows     int64
	Files    int64
	Problems []error
}

// maxProblems bounds how many problems of one snapshot are told.
const maxProblems = 100

// Verify reads a snapshot to its last byte and compares everything with its sums, as a restore
// would. It returns an error only if it cannot go on; what is wrong with the snapshot stands in
// Problems.
func Verify(ctx context.Context, dir string, k Key, id, signer string) (c Checked, err error) {
	s, err := Open(dir, k, id, signer)
	if err != nil {
		return c, err
	}
	defer s.Close()
	c.ID = s.ID
	note := func(err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if c.Problems = append(c.Problems, err); len(c.Problems) == maxProblems {
			return fmt.Errorf("more than %d things are wrong", maxProblems)
		}
		return nil
	}
	for _, t := range s.Manifest.Tables {
		// A damaged piece does not hide what is wrong with those after it.
		for i, p := range t.Pieces {
			part := TablePart{Table: t.Table, Rows: p.Rows, Pieces: t.Pieces[i : i+1]}
			if err := s.Rows(ctx, part, func([]any) error { c.Rows++; return nil }); err != nil {
				if err := note(err); err != nil {
					return c, err
				}
			}
			if err := s.listed(p); err != nil {
				if err := note(err); err != nil {
					return c, err
				}
			}
		}
	}
	if _, err := s.Jobs(ctx); err != nil {
		if err := note(err); err != nil {
			return c, err
		}
	}
	stop := errors.New("stop")
	var stopped error
	err = s.Files(ctx, func(sum string, size int64) error {
		if err := s.File(sum, size, func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err }); err != nil {
			if stopped = note(err); stopped != nil {
				return stop
			}
			return nil
		}
		c.Files++
		return nil
	})
	if stopped != nil {
		return c, stopped
	}
	if err != nil {
		err = note(err)
	}
	return c, err
}

// listed tells whether the object is in the list by which a prune goes.
func (s *Snapshot) listed(p Ref) error {
	n, err := parseName(p.Name)
	if err == nil && !s.refs[n] {
		err = damage{"object " + p.Name, "is not in the list of objects, so a prune could take it away"}
	}
	return err
}
