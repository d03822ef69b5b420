package iam_test

import (
	"os"
	"testing"

	"lienthong/internal/kit/fault"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func packOrg(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("../../../packs/bac-kan/org.json")
	must(t, err)
	return b
}

func people(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("../../../packs/bac-kan/demo/people.json")
	must(t, err)
	return b
}

// refused fails unless err is a fault of the kind with the key, in itself or at a field.
func refused(t *testing.T, err error, kind fault.Kind, key string) {
	t.Helper()
	f := fault.As(err)
	if f == nil {
		t.Errorf("got %v, want a fault %s", err, key)
		return
	}
	found := f.Key == key
	for _, x := range f.Fields {
		found = found || x.Key == key
	}
	if f.Kind != kind || !found {
		t.Errorf("got kind %d, %v; want kind %d, %s", f.Kind, err, kind, key)
	}
}
