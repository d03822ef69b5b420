package backup

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"lienthong/internal/kit/jobs"
)

// Snapshot is a snapshot opened for reading.
type Snapshot struct {
	ID       string
	Signer   string // short name of the key that signed it, see SignerName
	Manifest Manifest

	repo *repo
	ids  []age.Identity
	refs map[name]bool
}

// Newest asks Open for the newest snapshot.
const Newest = ""

// Open opens a snapshot. signer is the name of the key that must have signed it; "" trusts the
// folder about it.
func Open(dir string, k Key, id, signer string) (*Snapshot, error) {
	r, err := openRepo(dir, false)
	if err != nil {
		return nil, err
	}
	s, err := r.open(k, id, signer)
	if err != nil {
		r.close()
		return nil, err
	}
	return s, nil
}

func (r *repo) open(k Key, id, signer string) (*Snapshot, error) {
	s := &Snapshot{repo: r, Signer: SignerName(r.head.Signer), refs: map[name]bool{}}
	if signer != "" && signer != s.Signer {
		return nil, fmt.Errorf("the snapshots are signed by %s, not by %s: somebody else has put them here", s.Signer, signer)
	}
	ids, err := r.ids()
	if err != nil {
		return nil, err
	}
	if id == Newest {
		if len(ids) == 0 {
			return nil, errors.New("the folder holds no snapshot yet")
		}
		id = ids[len(ids)-1]
	}
	s.ID = id
	e, err := r.envelope(id)
	if err != nil {
		return nil, err
	}
	refs, err := r.refs(e)
	if err != nil {
		return nil, err
	}
	for _, n := range refs {
		s.refs[n] = true
	}
	if s.ids, err = k.open(r.head); err != nil {
		return nil, err
	}
	what := "the manifest of snapshot " + id
	packed, err := unsealBytes(e.Sealed, s.ids, what)
	if err != nil {
		return nil, err
	}
	body, err := unpack(packed, what)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, &s.Manifest); err != nil {
		return nil, damage{what, "is damaged"}
	}
	return s, nil
}

// Close ends the reading.
func (s *Snapshot) Close() { s.repo.close() }

// content reads a piece of a stream and checks it.
func (s *Snapshot) content(ref Ref) ([]byte, error) {
	what := "object " + ref.Name
	n, err := parseName(ref.Name)
	if err != nil {
		return nil, err
	}
	r, end, err := s.repo.object(n, s.ids)
	if err != nil {
		return nil, err
	}
	packed, err := io.ReadAll(r)
	if err := errors.Join(err, end()); err != nil {
		return nil, damage{what, "is damaged"}
	}
	b, err := unpack(packed, what)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(b); !bytes.Equal(sum[:], ref.Sum) || int64(len(b)) != ref.Size {
		return nil, damage{what, "is damaged: its content is another"}
	}
	return b, nil
}

func parseName(text string) (n name, err error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(n) {
		return n, fmt.Errorf("%q is no name of an object", text)
	}
	return name(b), nil
}

// lines calls visit with each line of the stream; errors name what.
func (s *Snapshot) lines(ctx context.Context, what string, refs []Ref, visit func(line []byte) error) error {
	for i, ref := range refs {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := s.content(ref)
		if err != nil {
			return fmt.Errorf("%s, part %d of %d: %w", what, i+1, len(refs), err)
		}
		for len(b) > 0 {
			line, rest, _ := bytes.Cut(b, []byte("\n"))
			if err := visit(line); err != nil {
				return fmt.Errorf("%s, part %d of %d: %w", what, i+1, len(refs), err)
			}
			b = rest
		}
	}
	return nil
}

// Rows calls visit with each row of the table, in the order of its key.
func (s *Snapshot) Rows(ctx context.Context, t TablePart, visit func(row []any) error) error {
	var n int64
	err := s.lines(ctx, "the records of "+t.Name, t.Pieces, func(line []byte) error {
		row, err := decodeRow(line, t.Columns)
		if err != nil {
			return err
		}
		n++
		return visit(row)
	})
	if err == nil && n != t.Rows {
		err = fmt.Errorf("%s has %d rows, want %d", t.Name, n, t.Rows)
	}
	return err
}

// Jobs returns the jobs that had not ended.
func (s *Snapshot) Jobs(ctx context.Context) ([]jobs.Waiting, error) {
	var out []jobs.Waiting
	err := s.lines(ctx, "the jobs", s.Manifest.Jobs, func(line []byte) error {
		var w jobs.Waiting
		err := json.Unmarshal(line, &w)
		out = append(out, w)
		return err
	})
	return out, err
}

// Files calls visit with the name and size of each file.
func (s *Snapshot) Files(ctx context.Context, visit func(sum string, size int64) error) error {
	return s.lines(ctx, "the list of files", s.Manifest.Files, func(line []byte) error {
		sum, size, _ := bytes.Cut(line, []byte(" "))
		n, err := strconv.ParseInt(string(size), 10, 64)
		if err != nil || len(sum) != 2*sha256.Size {
			return errors.New("a line that names no file")
		}
		return visit(string(sum), n)
	})
}

// File gives the content of a file to fill. It errs if the content is not what its name says.
func (s *Snapshot) File(sum string, size int64, fill func(io.Reader) error) error {
	want, err := hex.DecodeString(sum)
	if err != nil || len(want) != sha256.Size {
		return fmt.Errorf("%q is no name of a file", sum)
	}
	what := "file " + sum
	bad := damage{what, "is damaged in the back-up"}
	r, end, err := s.repo.object(secrets{names: s.Manifest.Names}.name([32]byte(want)), s.ids)
	var d damage
	if errors.As(err, &d) {
		return damage{what, d.how + " in the back-up (" + d.what + ")"}
	}
	if err != nil {
		return err
	}
	defer end()
	src := &watched{r: bufio.NewReader(r)}
	z, err := zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxContent))
	if err != nil {
		return bad
	}
	defer z.Close()
	h := sha256.New()
	through := &watched{r: io.TeeReader(io.LimitReader(z, size+1), h)}
	if err := fill(through); err != nil {
		if src.err != nil || through.err != nil {
			return bad
		}
		return err
	}
	if !bytes.Equal(h.Sum(nil), want) {
		return bad
	}
	return nil
}

// watched remembers an error of what it reads from, so that it is not taken for one of the reader.
type watched struct {
	r   io.Reader
	err error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}
