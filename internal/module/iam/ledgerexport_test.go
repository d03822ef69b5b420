package iam_test

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"lienthong/internal/engine/logproof"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/iam/iamtest"
)

// An export holds the rows of its filter under one signed head, ends with the head, is a row of the
// ledger itself, and nothing in it is a formula.
func TestExport(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		clock := testkit.At("2021-06-15 08:00")
		l := newLedger(t, d, clock)
		_, err := l.Export(t.Context(), auditor, iam.LedgerFilter{}, iam.ExportCSV)
		refused(t, err, fault.NotFound, "iam.ledger_head_unknown")
		s := iam.Sequencer{Ledger: l, Name: "a"}
		record(t, l, 1203) // more than one page
		must(t, d.Write(t.Context(), func(tx *db.Tx) error {
			return l.Record(tx, actor.Actor{Kind: actor.Staff, Account: id.ID{1}, Agency: id.ID{77}}, "test.other", "=1+1", id.ID{5}, nil)
		}))
		must(t, s.Catch(t.Context()))
		_, err = l.Export(t.Context(), actor.Actor{Kind: actor.Staff, Grants: []actor.Grant{{Perm: iam.LedgerRead, Agency: id.ID{2}}}}, iam.LedgerFilter{}, iam.ExportCSV)
		refused(t, err, fault.Forbidden, "iam.may_not")
		_, err = l.Export(t.Context(), auditor, iam.LedgerFilter{}, "xml")
		refused(t, err, fault.Invalid, "iam.input")

		write := func(f iam.LedgerFilter, format string) (*iam.Export, string) {
			t.Helper()
			x, err := l.Export(t.Context(), auditor, f, format)
			must(t, err)
			var b bytes.Buffer
			must(t, x.Write(t.Context(), &b))
			return x, b.String()
		}
		x, text := write(iam.LedgerFilter{Action: "test.act", Limit: 3, After: "ignored"}, iam.ExportNDJSON)
		n := 0
		var last struct {
			Rows      int
			Head, Key string
			Leaf      logproof.Hash `json:"leaf_hash"`
			Place     int64
		}
		for sc := bufio.NewScanner(strings.NewReader(text)); sc.Scan(); n++ {
			last.Head = ""
			must(t, json.Unmarshal(sc.Bytes(), &last))
		}
		key, err := logproof.ReadKey(last.Key)
		must(t, err)
		h, _, err := logproof.ReadNote(last.Head, []logproof.Key{key})
		if err != nil || n != 1204 || last.Rows != 1203 || h.Size != 1204 || x.Head.Size != 1204 || last.Place != 1202 {
			t.Errorf("%d lines, %+v, %+v %v", n, last, h, err)
		}
		if _, err := l.HeadAt(t.Context(), 1204); err != nil {
			t.Errorf("the head of the export was not kept: %v", err)
		}
		_, text = write(iam.LedgerFilter{Agency: id.ID{77}, From: clock.Now().Add(-time.Hour), To: clock.Now().Add(time.Hour)}, iam.ExportCSV)
		recs, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\uFEFF"))).ReadAll()
		must(t, err)
		if len(recs) != 3 || recs[0][0] != "place" || recs[1][7] != "'=1+1" || recs[2][0] != "rows" || recs[2][1] != "1" || !strings.HasPrefix(recs[2][3], l.Origin()) {
			t.Errorf("%q", recs)
		}
		must(t, s.Catch(t.Context()))
		es, _, err := l.List(t.Context(), auditor, iam.LedgerFilter{Action: "iam.ledger.export"})
		must(t, err)
		if len(es) != 2 || !l.Matches(es[1], map[string]any{"filter": map[string]string{"action": "test.act", "object": ""}, "format": "ndjson", "size": 1204}) {
			t.Errorf("%+v", es)
		}
		if r := verify(t, l); !r.Whole() {
			t.Errorf("%+v", r.Problems)
		}
	})
}

// The code of a paper finds its row and tells nothing of it; wrong codes are limited, right ones not.
func TestLedgerCode(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		l := h.Ledger
		record(t, l, 5)
		seq := iam.Sequencer{Ledger: l, Name: "a"}
		must(t, seq.Catch(t.Context()))
		es, _, err := l.List(t.Context(), auditor, iam.LedgerFilter{Action: "test.", Limit: 5})
		must(t, err)
		row := es[2]
		code, err := l.CodeOf(t.Context(), row)
		must(t, err)
		ctx := actor.With(t.Context(), iamtest.Visitor())
		ask := func(code string) (iam.Line, error) { return h.Service.LedgerCode(ctx, code) }
		for range 70 {
			line, err := ask(strings.ToLower(code))
			if err != nil || line.State != iam.LineWhole || *line.Entry.Seq != *row.Seq || line.Code != code {
				t.Fatalf("%+v %v", line, err)
			}
			if line.Entry.Action != "" || !line.Entry.ID.Zero() || line.Proof.Leaf != nil {
				t.Fatal("the answer tells what the row is about")
			}
			if _, err := line.Proof.Check(l.Keys()); err != nil {
				t.Fatal(err)
			}
		}
		_, err = ask(code[:len(code)-1])
		refused(t, err, fault.Invalid, "iam.input")
		wrong := logproof.CodeOf(*row.Seq, logproof.Hash{1}).String()
		// An altered row, and one that is gone, are told from a code that never was.
		exec := func(q string) {
			t.Helper()
			must(t, d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(q, row.ID); return err }))
		}
		exec("UPDATE iam_ledger SET action = 'test.lie' WHERE id = $1")
		if line, err := ask(code); err != nil || line.State != iam.LineAltered {
			t.Errorf("altered: %+v %v", line, err)
		}
		exec("DELETE FROM iam_ledger WHERE id = $1")
		if line, err := ask(code); err != nil || line.State != iam.LineAltered {
			t.Errorf("gone: %+v %v", line, err)
		}
		for range 60 {
			_, err = ask(wrong)
			refused(t, err, fault.NotFound, "iam.ledger_code_unknown")
		}
		_, err = ask(wrong)
		refused(t, err, fault.TooMany, "iam.too_many")
		_, err = ask(logproof.CodeOf(1<<40, logproof.Hash{1}).String())
		refused(t, err, fault.TooMany, "iam.too_many")
	})
}
