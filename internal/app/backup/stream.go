package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
)

// Sizes of the pieces a stream is cut into, in bytes before compression: never below the least but
// for the last, about least + usual on the average, and never above most by more than one row.
const (
	leastPiece = 256 << 10
	usualPiece = 512 << 10
	mostPiece  = 4 << 20
)

// maxContent bounds what one object may unpack to, in bytes, so that a forged one cannot fill the
// memory.
const maxContent = 1 << 30

// pack compresses a content.
func pack(b []byte) ([]byte, error) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	return e.EncodeAll(b, nil), e.Close()
}

// unpack is the inverse of pack; errors name what.
func unpack(b []byte, what string) ([]byte, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxContent))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	out, err := d.DecodeAll(b, nil)
	if err != nil {
		return nil, damage{what, "is damaged"}
	}
	return out, nil
}

// cutter cuts a stream of rows into pieces and stores those that the folder does not have.
type cutter struct {
	store *store
	buf   []byte
	rows  int64 // in buf
	refs  []Ref
}

// add takes one row. A row that by its hash ends a piece does so wherever the piece began, if the
// piece has its least size: after a changed row the cuts soon fall where they fell before.
func (c *cutter) add(row []byte) error {
	c.buf = append(c.buf, row...)
	c.rows++
	switch {
	case len(c.buf) < leastPiece:
		return nil
	case len(c.buf) < mostPiece:
		// A row of n bytes ends a piece with probability n / usualPiece.
		if hash(c.store.keys.cuts, row)%usualPiece >= uint64(len(row)) {
			return nil
		}
	}
	return c.flush()
}

// flush ends the piece.
func (c *cutter) flush() error {
	if len(c.buf) == 0 {
		return nil
	}
	ref, err := c.store.piece(c.buf)
	if err != nil {
		return err
	}
	ref.Rows = c.rows
	c.refs = append(c.refs, ref)
	c.buf, c.rows = c.buf[:0], 0
	return nil
}

// hash is FNV-1a (64 bits, from a secret start, so that the cuts tell nothing about the content)
// with its bits mixed at the end.
func hash(h uint64, b []byte) uint64 {
	for _, c := range b {
		h = (h ^ uint64(c)) * 0x100000001b3
	}
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	return bits.RotateLeft64(h, 31) ^ h
}

// store is a folder to which a snapshot is being written.
type store struct {
	*repo
	keys secrets
	full bool // store what is there once more

	written map[name]bool // by this run
	refs    []name
	objects int64 // new ones
	bytes   int64 // they take in the folder
}

// want notes that the snapshot needs an object and tells whether it has to be written.
func (s *store) want(n name) bool {
	s.refs = append(s.refs, n)
	return !s.written[n] && (s.full || !s.has(n))
}

func (s *store) put(n name, fill func(io.Writer) error) error {
	size, err := s.write(objectPath(n), func(w io.Writer) error { return s.seal(w, fill) })
	if err != nil {
		return err
	}
	s.written[n] = true
	s.objects++
	s.bytes += size
	return nil
}

// piece stores a piece of a stream.
func (s *store) piece(b []byte) (Ref, error) {
	sum := sha256.Sum256(b)
	n := s.keys.name(sum)
	ref := Ref{Name: n.String(), Sum: sum[:], Size: int64(len(b))}
	if !s.want(n) {
		return ref, nil
	}
	packed, err := pack(b)
	if err != nil {
		return ref, err
	}
	return ref, s.put(n, func(w io.Writer) error { _, err := w.Write(packed); return err })
}

// errChanged says that a file on the disk is not what its name says.
var errChanged = errors.New("the stored file has been changed")

// file stores a file of the installation unless the folder has it.
func (s *store) file(sum string, open func() (io.ReadCloser, error)) error {
	raw, err := hex.DecodeString(sum)
	if err != nil || len(raw) != sha256.Size {
		return fmt.Errorf("%q is no name of a file", sum)
	}
	n := s.keys.name([32]byte(raw))
	if s.written[n] || !s.full && s.has(n) {
		s.refs = append(s.refs, n)
		return nil
	}
	r, err := open()
	if err != nil {
		return err
	}
	defer r.Close()
	h := sha256.New()
	err = s.put(n, func(w io.Writer) error {
		z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
		if err != nil {
			return err
		}
		if _, err := io.Copy(z, io.TeeReader(r, h)); err != nil {
			return err
		}
		if [32]byte(h.Sum(nil)) != [32]byte(raw) {
			return errChanged
		}
		return z.Close()
	})
	if err == nil {
		s.refs = append(s.refs, n)
	}
	return err
}

// sweepTmp takes away what runs that were killed have left.
func (r *repo) sweepTmp() error {
	dir := filepath.Join(r.dir, "tmp")
	es, err := os.ReadDir(dir)
	for _, e := range es {
		err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
	}
	return err
}
