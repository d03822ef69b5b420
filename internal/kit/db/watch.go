package db

// Statement is one statement as it was sent. Tx is the transaction it was part of, nil for a read
// outside one.
type Statement struct {
	Tx    *Tx
	Query string
	Args  []any
}

// Watch has f told of every statement before it is sent, from any goroutine; nil ends it. It is for
// measurements that compare the program with its statements alone.
func (d *DB) Watch(f func(Statement)) {
	if f == nil {
		d.watch.Store(nil)
		return
	}
	d.watch.Store(&f)
}

// saw tells whoever watches.
func (d *DB) saw(tx *Tx, query string, args []any) {
	if f := d.watch.Load(); f != nil {
		(*f)(Statement{tx, query, args})
	}
}
