package db

import (
	"context"
	"strings"
	"time"
)

// Bulk is many rows for one table, written with few wide statements. It is for imports: acts of
// people write their few rows with Exec.
type Bulk struct {
	into, tail string
	width      int
	args       []any
}

// NewBulk returns an empty set of rows for a statement that begins with into ("INSERT INTO t (a, b)
// VALUES "), takes width values a row, and ends with tail (" ON CONFLICT …", or nothing).
func NewBulk(into string, width int, tail string) *Bulk {
	return &Bulk{into: into, tail: tail, width: width}
}

// Add appends the values of one row; a row of another width is a defect of the caller and is
// refused by the database.
func (b *Bulk) Add(row ...any) { b.args = append(b.args, row...) }

// Rows returns how many rows wait.
func (b *Bulk) Rows() int { return len(b.args) / b.width }

// Reset forgets the rows and keeps their memory.
func (b *Bulk) Reset() {
	clear(b.args)
	b.args = b.args[:0]
}

// The widest statement. Wider ones are no faster, and few widths keep the number of texts small:
// what does not fill the widest goes out in halves of it.
const bulkRows = 64

// Insert writes the rows and returns how many the database says it changed. The rows stay in b, so
// that a write which is run again finds them.
func (t *Tx) Insert(b *Bulk) (changed int64, err error) {
	rest := b.args
	for rows := bulkRows; rows > 0; rows /= 2 {
		text := ""
		for len(rest) >= rows*b.width {
			if text == "" {
				text = b.into + t.placeholders(rows, b.width) + b.tail
			}
			n, err := t.Exec(text, rest[:rows*b.width]...)
			if err != nil {
				return changed, err
			}
			changed += n
			rest = rest[rows*b.width:]
		}
	}
	return changed, nil
}

// placeholders is Rows, but on SQLite without numbers: SQLite takes $1 for a name and looks every
// one up in a list, which makes the time of a statement grow with the square of their number.
func (t *Tx) placeholders(n, width int) string {
	if t.d.engine != SQLite {
		return Rows(n, width)
	}
	row := "(?" + strings.Repeat(",?", width-1) + ")"
	return row + strings.Repeat(","+row, n-1)
}

// bulkTimeout bounds one WriteBulk.
const bulkTimeout = 10 * time.Minute

// WriteBulk is Write for imports of many thousand rows: fn has a transaction of its own, for as
// long as ten minutes. On SQLite everybody else's writes wait until it ends. It shares no commit,
// and so needs no savepoint: inside one SQLite keeps every page it touches in a journal, and walks
// through it after each statement, which took two thirds of an import's time.
func (d *DB) WriteBulk(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.wprep != nil {
		d.wprep.fill()
	}
	return d.alone(context.WithoutCancel(ctx), bulkTimeout, fn)
}
