package app_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lienthong/internal/app"
	"lienthong/internal/kit/db"
	"lienthong/internal/module/iam"
)

// Doctor names damage to rows, leaves, tree, heads and signatures, a key that others can read, and a
// head from elsewhere that the ledger does not begin with.
func TestDoctorNamesDamageToTheLedger(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	a, err := app.New(ctx, options(t, dir, false))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close(ctx)
	if err := (&iam.Sequencer{Ledger: a.IAM.Ledger, Name: "test"}).Settle(ctx, time.Second); err != nil {
		t.Fatal(err)
	}
	head, err := a.IAM.Ledger.NewestHead(ctx)
	if err != nil {
		t.Fatal(err)
	}
	examine := func(notes ...string) string {
		t.Helper()
		var out bytes.Buffer
		err := a.Examine(ctx, &out, notes...)
		if bad := strings.Contains(out.String(), "\nBAD "); bad != (err != nil) {
			t.Fatalf("%v\n%s", err, &out)
		}
		return out.String()
	}
	if said := examine(head.Note); !strings.Contains(said, "the ledger begins with its") || !strings.Contains(said, a.IAM.Ledger.Keys()[0].String()) || strings.Contains(said, "BAD") {
		t.Errorf("a whole ledger:\n%s", said)
	}
	exec := func(q string, args ...any) {
		t.Helper()
		if err := a.DB.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(q, args...); return err }); err != nil {
			t.Fatal(err)
		}
	}
	bad := bytes.Repeat([]byte{7}, 32)
	for _, tt := range []struct {
		table, set, where string
		v                 any
		want              string
	}{
		{"iam_ledger", "object", "seq = 2", "lie", "row 2 is not as it was written"},
		{"iam_ledger", "seq", "seq = 1", int64(1 << 40), "row 1 is missing"},
		{"iam_ledger_node", "hash", "i = 1", bad, "the stored hash of row 1 was altered; the row is whole"},
		{"iam_ledger_node", "hash", "i = 2", bad, "a hash of the tree over row 1 was altered"},
		{"iam_ledger_state", "root", "one = 1", bad, "has another root than the rows"},
		{"iam_ledger_state", "chain", "one = 1", bad, "has another chain than the rows"},
		{"iam_ledger_state", "sig", "one = 1", append(bad, bad...), "the signature of the head"},
		{"iam_ledger_state", "key", "one = 1", bad[:8], "nobody knows the key"},
		{"iam_ledger_head", "sig", "1 = 1", append(bad, bad...), "the signature of the head"},
	} {
		var old any
		if err := a.DB.Read(ctx).QueryRow("SELECT " + tt.set + " FROM " + tt.table + " WHERE " + tt.where).Scan(&old); err != nil {
			t.Fatal(err)
		}
		where := tt.where
		if tt.set == "seq" {
			where = "seq = 1099511627776"
		}
		exec("UPDATE "+tt.table+" SET "+tt.set+" = $1 WHERE "+tt.where, tt.v)
		if said := examine(); !strings.Contains(said, tt.want) {
			t.Errorf("%s.%s: doctor does not say %q:\n%s", tt.table, tt.set, tt.want, said)
		}
		exec("UPDATE "+tt.table+" SET "+tt.set+" = $1 WHERE "+where, old)
	}
	if said := examine(); strings.Contains(said, "BAD") {
		t.Fatalf("the test did not undo its work:\n%s", said)
	}
	keys := filepath.Join(dir, "keys.json")
	if err := os.Chmod(keys, 0o644); err != nil {
		t.Fatal(err)
	}
	if said := examine(); !strings.Contains(said, "mode 0644") {
		t.Errorf("keys that everybody can read:\n%s", said)
	}
	if err := os.Chmod(keys, 0o600); err != nil {
		t.Fatal(err)
	}
	if said := examine("no note"); !strings.Contains(said, "head kept elsewhere") {
		t.Errorf("no head at all:\n%s", said)
	}
	// A ledger that was begun anew with the same key is whole in itself; who kept a head sees it.
	for _, q := range []string{"DELETE FROM iam_ledger_head", "DELETE FROM iam_ledger_node", "DELETE FROM iam_ledger_state", "DELETE FROM iam_ledger WHERE seq = 0", "UPDATE iam_ledger SET seq = NULL"} {
		exec(q)
	}
	if said := examine(); strings.Contains(said, "BAD") {
		t.Fatalf("the forged ledger is not whole, which the test needs:\n%s", said)
	}
	if said := examine(head.Note); !strings.Contains(said, "BAD  head kept elsewhere") {
		t.Errorf("a ledger without its first row:\n%s", said)
	}
}
