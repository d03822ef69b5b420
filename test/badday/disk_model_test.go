package badday

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// disk is a file system of the strictest kind that is allowed to exist: what was written is there
// after a power cut only if its file was synced after it, and a name only if its folder was. It is
// fed with the system calls of a program and knows at each moment what a cut would leave.
type disk struct {
	root *inode // the folder above the one the program works on
	base string
	fds  map[int64]*open
}

// open is an open file or folder.
type open struct {
	node *inode
	pos  int64
	more bool // O_APPEND
}

// inode is a file or a folder.
type inode struct {
	mode    fs.FileMode
	safe    []byte  // a file's content as of its last sync
	size    int64   // with everything that was written since
	waiting []write // since then

	names, safeNames map[string]*inode // of a folder: now, and as of its last sync

	syncing []int               // of each sync that runs: how many writes it covers
	listing []map[string]*inode // of each sync of a folder that runs
}

// write is one change of a file's content; data nil cuts it at the offset.
type write struct {
	at   int64
	data []byte
}

func folder() *inode {
	return &inode{mode: fs.ModeDir | 0o700, names: map[string]*inode{}, safeNames: map[string]*inode{}}
}

// diskOf returns the disk as it is: everything in base is safe. base need not exist, its parent must.
func diskOf(base string) (*disk, error) {
	d := &disk{root: folder(), base: filepath.Dir(base), fds: map[int64]*open{}}
	err := filepath.WalkDir(base, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == base {
			return fs.SkipAll
		}
		if err != nil {
			return err
		}
		i, err := e.Info()
		if err != nil {
			return err
		}
		n := folder()
		if !e.IsDir() {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			n = &inode{mode: i.Mode(), safe: b, size: int64(len(b))}
		}
		dir, name := d.find(filepath.Dir(path)), filepath.Base(path)
		dir.names[name], dir.safeNames[name] = n, n
		return nil
	})
	return d, err
}

// find returns what a path leads to now, or nil.
func (d *disk) find(path string) *inode {
	if path == d.base {
		return d.root
	}
	rest, ok := strings.CutPrefix(path, d.base+"/")
	if !ok {
		return nil
	}
	n := d.root
	for part := range strings.SplitSeq(rest, "/") {
		if n = n.names[part]; n == nil {
			return nil
		}
	}
	return n
}

// at returns the folder and the name a path ends in; the folder is nil outside the disk.
func (d *disk) at(path string) (*inode, string) {
	return d.find(filepath.Dir(path)), filepath.Base(path)
}

// path returns the path that arguments i (a folder, as in openat) and i+1 name.
func (d *disk) path(c *call, i int) (string, error) {
	p, err := c.text(i + 1)
	if err != nil || filepath.IsAbs(p) || !strings.HasPrefix(p, "/") && strings.HasPrefix(c.args[i], "AT_FDCWD") {
		return filepath.Clean(p), err
	}
	o := d.fds[c.number(i)]
	if o == nil {
		return filepath.Join("/elsewhere", p), nil
	}
	where := ""
	var walk func(n *inode, at string)
	walk = func(n *inode, at string) {
		if n == o.node {
			where = at
			return
		}
		for name, x := range n.names {
			walk(x, filepath.Join(at, name))
		}
	}
	walk(d.root, d.base)
	return filepath.Join(where, p), nil
}

// apply carries one event out.
func (d *disk) apply(e event) error {
	c := e.call
	if strings.HasSuffix(c.name, "sync") {
		return d.sync(e)
	}
	if !e.ends || !c.ok() {
		return nil
	}
	switch c.name {
	case "open":
		return d.open(c, -1)
	case "openat":
		return d.open(c, 0)
	case "close":
		delete(d.fds, c.number(0))
	case "write", "pwrite64", "ftruncate", "lseek", "writev":
		return d.change(c)
	case "mkdir", "mkdirat", "unlink", "unlinkat", "rmdir":
		i := -1
		if strings.HasSuffix(c.name, "at") {
			i = 0
		}
		p, err := d.pathOf(c, i)
		dir, name := d.at(p)
		if err != nil || dir == nil {
			return err
		}
		delete(dir.names, name)
		if strings.HasPrefix(c.name, "mkdir") {
			dir.names[name] = folder()
		}
	case "rename", "renameat", "renameat2", "link", "linkat":
		return d.move(c)
	case "truncate":
		return errors.New("truncate by name is not followed")
	}
	return nil
}

// pathOf is path for calls with (i ≥ 0) and without a folder before the name.
func (d *disk) pathOf(c *call, i int) (string, error) {
	if i < 0 {
		p, err := c.text(0)
		return filepath.Clean(p), err
	}
	return d.path(c, i)
}

func (d *disk) open(c *call, i int) error {
	p, err := d.pathOf(c, i)
	if err != nil {
		return err
	}
	flags := ""
	if len(c.args) > i+2 {
		flags = c.args[i+2]
	}
	n := d.find(p)
	if dir, name := d.at(p); n == nil && dir != nil && strings.Contains(flags, "O_CREAT") {
		n = &inode{mode: 0o600}
		dir.names[name] = n
	}
	if n == nil {
		delete(d.fds, c.number(-1))
		return nil
	}
	if strings.Contains(flags, "O_TRUNC") {
		n.waiting, n.size = append(n.waiting, write{0, nil}), 0
	}
	d.fds[c.number(-1)] = &open{node: n, more: strings.Contains(flags, "O_APPEND")}
	return nil
}

func (d *disk) change(c *call) error {
	o := d.fds[c.number(0)]
	if o == nil || o.node.names != nil {
		return nil // a socket, a pipe, a folder
	}
	n := o.node
	switch c.name {
	case "writev":
		return errors.New("writev to a file is not followed")
	case "lseek":
		o.pos = c.number(-1)
		return nil
	case "ftruncate":
		n.size = c.number(1)
		n.waiting = append(n.waiting, write{n.size, nil})
		return nil
	}
	data, err := c.bytes(1)
	if err != nil {
		return err
	}
	data = data[:c.number(-1)]
	at := o.pos
	switch {
	case c.name == "pwrite64":
		at = c.number(3)
	case o.more:
		at = n.size
	}
	if c.name == "write" {
		o.pos = at + int64(len(data))
	}
	n.waiting = append(n.waiting, write{at, data})
	n.size = max(n.size, at+int64(len(data)))
	return nil
}

func (d *disk) move(c *call) error {
	from, to := -1, -1
	var a, b string
	var err, err2 error
	if strings.Contains(c.name, "at") {
		from, to = 0, 2
		a, err = d.path(c, from)
		b, err2 = d.path(c, to)
	} else {
		a, err = c.text(0)
		b, err2 = c.text(1)
	}
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	fromDir, fromName := d.at(filepath.Clean(a))
	toDir, toName := d.at(filepath.Clean(b))
	if fromDir == nil || toDir == nil {
		return nil
	}
	toDir.names[toName] = fromDir.names[fromName]
	if strings.HasPrefix(c.name, "rename") {
		delete(fromDir.names, fromName)
	}
	return nil
}

// sync makes safe what was there when it began, once it has ended well.
func (d *disk) sync(e event) error {
	o := d.fds[e.number(0)]
	if o == nil {
		return nil
	}
	n := o.node
	if !e.ends {
		n.syncing = append(n.syncing, len(n.waiting))
		n.listing = append(n.listing, maps.Clone(n.names))
		return nil
	}
	// Syncs of one file end in the order they began as far as anybody can tell.
	covers, names := n.syncing[0], n.listing[0]
	n.syncing, n.listing = n.syncing[1:], n.listing[1:]
	if !e.ok() {
		return nil
	}
	if n.names != nil {
		n.safeNames = names
		return nil
	}
	for _, w := range n.waiting[:covers] {
		n.safe = w.on(n.safe)
	}
	n.waiting = slices.Clone(n.waiting[covers:])
	for i := range n.syncing {
		n.syncing[i] = max(0, n.syncing[i]-covers)
	}
	return nil
}

func (w write) on(b []byte) []byte {
	if w.data == nil {
		if int64(len(b)) > w.at {
			return b[:w.at:w.at]
		}
		return append(b, make([]byte, w.at-int64(len(b)))...)
	}
	if short := w.at + int64(len(w.data)) - int64(len(b)); short > 0 {
		b = append(b, make([]byte, short)...)
	}
	copy(b[w.at:], w.data)
	return b
}

// unsafe returns every path below dir that a cut would take, with what is wrong.
func (d *disk) unsafe(dir string) (bad []string) {
	var walk func(n *inode, at string)
	walk = func(n *inode, at string) {
		if n.names == nil {
			if len(n.waiting) > 0 {
				bad = append(bad, fmt.Sprintf("%s: %d writes are not synced", at, len(n.waiting)))
			}
			return
		}
		for name, x := range n.names {
			p := filepath.Join(at, name)
			if n.safeNames[name] != x {
				bad = append(bad, p+": its name is not synced")
			}
			walk(x, p)
		}
	}
	if n := d.find(dir); n != nil {
		walk(n, dir)
	} else {
		bad = append(bad, dir+" is not there")
	}
	for p := dir; p != d.base; p = filepath.Dir(p) { // and how one gets there
		up, name := d.at(p)
		if up == nil || up.names[name] == nil || up.safeNames[name] != up.names[name] {
			bad = append(bad, p+": its name is not synced")
		}
	}
	slices.Sort(bad)
	return bad
}

// cut writes what a power cut would leave to the folder to. SQLite's shared memory is left out: it
// is no file on the disk but rebuilt at each start.
func (d *disk) cut(to string) error {
	var walk func(n *inode, at string) error
	walk = func(n *inode, at string) error {
		if n.names == nil {
			if strings.HasSuffix(at, "-shm") {
				return nil
			}
			return os.WriteFile(at, n.safe, 0o600)
		}
		if err := os.MkdirAll(at, 0o700); err != nil {
			return err
		}
		for name, x := range n.safeNames {
			if err := walk(x, filepath.Join(at, name)); err != nil {
				return err
			}
		}
		return nil
	}
	return walk(d.root, to)
}
