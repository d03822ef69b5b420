package blob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"syscall"

	"github.com/gabriel-vasile/mimetype"

	"lienthong/internal/kit/fault"
)

// Ref names a stored file.
type Ref struct {
	Sum  string // SHA-256 of the content, 64 lower-case hexadecimal digits
	Size int64  // bytes
	Type string // media type by the content, without parameters, see Sniff
}

// Store keeps files by their content.
type Store interface {
	// Put reads r to its end and returns once the content is safe. It returns TooLarge, and keeps
	// nothing, if r holds more than limit bytes (limit is above 0); Unavailable if the store has
	// no room or cannot be written.
	Put(ctx context.Context, r io.Reader, limit int64) (Ref, error)
	// Open returns the content; NotFound if it is not there, Unavailable if it is not what was
	// stored. The caller closes it.
	Open(ctx context.Context, sum string) (io.ReadSeekCloser, error)
	// Has returns the size of the content in bytes; NotFound if it is not there.
	Has(ctx context.Context, sum string) (int64, error)
	// Delete removes the content; one that is not there is no error. The caller knows that nobody
	// refers to it any more.
	Delete(ctx context.Context, sum string) error
}

// Parts gathers uploads that come in pieces. An upload's identifier is made by the caller, has
// 16 to 64 letters, digits, "-" or "_", and is hard to guess.
type Parts interface {
	// Append writes r at offset, which must be the upload's present size (0 begins it), and
	// returns the new size once the bytes are safe. Conflict, with the present size as "size" in
	// Args, if the offset is another; TooLarge if the upload would exceed limit bytes. If r fails
	// midway, what arrived is kept and the new size is returned beside the error.
	Append(ctx context.Context, upload string, offset int64, r io.Reader, limit int64) (size int64, err error)
	// Size returns how many bytes have arrived; NotFound if the upload was never begun.
	Size(ctx context.Context, upload string) (int64, error)
	// Finish moves the upload into the store and ends it. It may be repeated only if it failed.
	Finish(ctx context.Context, upload string, limit int64) (Ref, error)
	// Discard ends the upload without keeping it; one that is not there is no error.
	Discard(ctx context.Context, upload string) error
}

// ValidSum tells whether sum has the form of Ref.Sum.
func ValidSum(sum string) bool {
	return len(sum) == 64 && strings.Trim(sum, "0123456789abcdef") == ""
}

// ValidUpload tells whether upload may be an upload's identifier.
func ValidUpload(upload string) bool {
	if len(upload) < 16 || len(upload) > 64 {
		return false
	}
	for _, c := range []byte(upload) {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// sniffBytes is how much of a file decides about its type; mimetype looks at no more.
const sniffBytes = 3072

// Sniff returns the media type of a content by its first bytes, such as "application/pdf", without
// parameters. What nobody recognises is "application/octet-stream"; nothing at all too.
func Sniff(head []byte) string {
	if len(head) == 0 {
		return "application/octet-stream"
	}
	m := mimetype.Detect(head)
	t, _, _ := strings.Cut(m.String(), ";")
	return t
}

// SniffReader is Sniff for a reader, of which it reads at most 3 KiB.
func SniffReader(r io.Reader) (string, error) {
	var b bytes.Buffer
	if _, err := io.CopyN(&b, r, sniffBytes); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return Sniff(b.Bytes()), nil
}

// wrap turns trouble of the disk into a fault that people understand.
func wrap(err error) error {
	switch {
	case err == nil:
		return nil
	case fault.As(err) != nil:
		return err
	case errors.Is(err, fs.ErrNotExist):
		return notFound(err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return fault.Wrap(err, fault.Unavailable, "blob.no_room")
	case errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EIO), errors.Is(err, fs.ErrPermission):
		return fault.Wrap(err, fault.Unavailable, "blob.out_of_reach")
	}
	return err
}

func notFound(err error) error { return fault.Wrap(err, fault.NotFound, "blob.not_found") }

func tooLarge(limit int64) error {
	return fault.New(fault.TooLarge, "blob.too_large", "limit", limit)
}

// reading marks errors of the source, so that they are not taken for errors of the disk.
type reading struct {
	r   io.Reader
	ctx context.Context
	err error
}

func (r *reading) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		r.err = err
		return 0, err
	}
	n, err := r.r.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}
