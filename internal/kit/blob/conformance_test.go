package blob_test

import (
	"testing"
	"time"

	"lienthong/internal/kit/blob"
	"lienthong/internal/kit/blob/blobtest"
)

func open(t *testing.T) *blob.Folder {
	t.Helper()
	f, err := blob.OpenFolder(t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFolder(t *testing.T) {
	blobtest.Store(t, func(t *testing.T) blob.Store { return open(t) })
	blobtest.Parts(t, func(t *testing.T) (blob.Parts, blob.Store) { f := open(t); return f, f })
}
