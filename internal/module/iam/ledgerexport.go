package iam

import (
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"lienthong/internal/engine/logproof"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// The formats of exports.
const (
	ExportCSV    = "csv"
	ExportNDJSON = "ndjson"
)

// Export is a list of rows to be taken along, made under one signed head: the rows that have their
// place in it and fit the filter, in the order of their places. The file ends with the head and the
// number of rows, so that one that was cut short shows it.
type Export struct {
	Head   SignedHead
	Format string // ExportCSV or ExportNDJSON

	l      *Ledger
	filter LedgerFilter
}

// Export records that the actor takes the rows along, and returns what writes them. It needs the
// permission ledger.read everywhere, as List does. The newest head is kept, because it is handed out.
// Invalid for an unknown format or filter, NotFound while no row has a place.
func (l *Ledger) Export(ctx context.Context, who actor.Actor, f LedgerFilter, format string) (*Export, error) {
	if _, all := who.Agencies(LedgerRead); !all {
		return nil, fault.New(fault.Forbidden, "iam.may_not")
	}
	if format != ExportCSV && format != ExportNDJSON {
		return nil, fault.Input("iam.input", fault.Field{Path: "format", Key: "iam.ledger_format"})
	}
	f.After, f.Limit = "", 0
	if _, _, err := f.where(); err != nil {
		return nil, err
	}
	x := &Export{Format: format, l: l, filter: f}
	var head Head
	err := l.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if head, err = readHead(tx); err != nil {
			return err
		}
		if err := keep(tx, head); err != nil {
			return err
		}
		return l.Record(tx, who, "iam.ledger.export", "iam.ledger", id.ID{}, map[string]any{"filter": f.told(), "format": format, "size": head.Size})
	})
	if db.Missing(err) {
		return nil, fault.Wrap(err, fault.NotFound, "iam.ledger_head_unknown")
	}
	if err != nil {
		return nil, unreadable(err)
	}
	x.Head, err = l.handOut(head)
	return x, err
}

// told is the filter as the ledger remembers it.
func (f LedgerFilter) told() map[string]string {
	out := map[string]string{"action": f.Action, "object": f.Object}
	for k, v := range map[string]id.ID{"object_id": f.ID, "actor": f.Actor, "agency": f.Agency} {
		if !v.Zero() {
			out[k] = v.String()
		}
	}
	for k, v := range map[string]time.Time{"from": f.From, "to": f.To} {
		if !v.IsZero() {
			out[k] = v.UTC().Format(time.RFC3339)
		}
	}
	return out
}

// Name returns a name for the file: it says which head the rows were taken under.
func (x *Export) Name() string {
	return "nhat-ky-" + strconv.FormatInt(x.Head.Size, 10) + "." + x.Format
}

// Media returns the file's media type.
func (x *Export) Media() string {
	if x.Format == ExportCSV {
		return "text/csv; charset=utf-8"
	}
	return "application/x-ndjson"
}

// exportPage is how many rows an export holds in memory at a time.
const exportPage = 256

// Write writes the rows page by page. An error may come after a part was written; the closing record
// is then missing.
func (x *Export) Write(ctx context.Context, w io.Writer) error {
	out := newRowWriter(x.Format, w)
	if err := out.begin(); err != nil {
		return err
	}
	n := 0
	for from := int64(0); ; {
		f := x.filter
		where, a, err := f.where()
		if err != nil {
			return err
		}
		es, err := db.Collect[LedgerEntry](x.l.DB.Read(ctx).Query("SELECT "+entryCols+" FROM iam_ledger WHERE "+where+" AND seq >= "+a.Add(from)+
			" AND seq < "+a.Add(x.Head.Size)+" ORDER BY seq LIMIT "+a.Add(exportPage), a...))(func(r *sql.Rows) (LedgerEntry, error) { return scanEntry(r) })
		if err != nil {
			return unreadable(err)
		}
		at := make([]int64, len(es))
		for i, e := range es {
			at[i] = tlog.StoredHashIndex(0, *e.Seq)
		}
		stored, err := readAt(x.l.DB.Read(ctx), at)
		if err != nil {
			return unreadable(err)
		}
		for i, e := range es {
			if err := out.row(e, leafAsStored(e, stored[at[i]])); err != nil {
				return err
			}
			from = *e.Seq + 1
		}
		n += len(es)
		if len(es) < exportPage {
			return out.end(x.Head, n)
		}
	}
}

// exportedRow is a row of the ledger as exports write it.
type exportedRow struct {
	Place     int64  `json:"place"`
	ID        string `json:"id"`
	At        string `json:"at"`
	ActorKind string `json:"actor_kind"`
	Actor     string `json:"actor,omitempty"`
	Agency    string `json:"agency,omitempty"`
	Action    string `json:"action"`
	Object    string `json:"object"`
	ObjectID  string `json:"object_id,omitempty"`
	Content   string `json:"content_hash"` // hexadecimal
	Leaf      string `json:"leaf_hash"`    // base64, as in proofs
}

// closing is the last record of an export.
type closing struct {
	Rows int    `json:"rows"`
	Head string `json:"head"` // signed note
	Key  string `json:"key"`
}

type rowWriter interface {
	begin() error
	row(LedgerEntry, tlog.Hash) error
	end(SignedHead, int) error
}

func newRowWriter(format string, w io.Writer) rowWriter {
	if format == ExportCSV {
		return &csvRows{raw: w, c: csv.NewWriter(w)}
	}
	return ndjsonRows{json.NewEncoder(w)}
}

func exported(e LedgerEntry, leaf tlog.Hash) exportedRow {
	word := func(i id.ID) string {
		if i.Zero() {
			return ""
		}
		return i.String()
	}
	return exportedRow{Place: *e.Seq, ID: e.ID.String(), At: e.At.UTC().Format("2006-01-02T15:04:05.000000Z"), ActorKind: e.ActorKind, Actor: word(e.ActorID),
		Agency: word(e.Agency), Action: e.Action, Object: e.Object, ObjectID: word(e.ObjectID), Content: hex.EncodeToString(e.Hash), Leaf: logproof.Hash(leaf).String()}
}

type ndjsonRows struct{ enc *json.Encoder }

func (n ndjsonRows) begin() error                            { return nil }
func (n ndjsonRows) row(e LedgerEntry, leaf tlog.Hash) error { return n.enc.Encode(exported(e, leaf)) }
func (n ndjsonRows) end(h SignedHead, rows int) error {
	return n.enc.Encode(closing{rows, h.Note, h.Key.String()})
}

type csvRows struct {
	raw io.Writer
	c   *csv.Writer
}

func (c *csvRows) begin() error {
	if _, err := io.WriteString(c.raw, "\uFEFF"); err != nil { // without it Excel reads UTF-8 as Latin-1
		return err
	}
	return c.c.Write([]string{"place", "id", "at", "actor_kind", "actor", "agency", "action", "object", "object_id", "content_hash", "leaf_hash"})
}

func (c *csvRows) row(e LedgerEntry, leaf tlog.Hash) error {
	x := exported(e, leaf)
	return c.put(fmt.Sprint(x.Place), x.ID, x.At, x.ActorKind, x.Actor, x.Agency, x.Action, x.Object, x.ObjectID, x.Content, x.Leaf)
}

func (c *csvRows) end(h SignedHead, rows int) error {
	if err := c.put("rows", fmt.Sprint(rows), "head", h.Note, "key", h.Key.String(), "", "", "", "", ""); err != nil {
		return err
	}
	c.c.Flush()
	return c.c.Error()
}

// put writes a record no cell of which a spreadsheet takes for a formula.
func (c *csvRows) put(cells ...string) error {
	for i, s := range cells {
		if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
			cells[i] = "'" + s
		}
	}
	return c.c.Write(cells)
}
