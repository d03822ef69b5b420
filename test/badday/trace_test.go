package badday

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// traced are the calls a trace has to hold for the disk to be rebuilt from it.
const traced = "open,openat,write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,rmdir,mkdir,mkdirat,ftruncate,truncate,lseek,close"

// call is one system call. A call that takes a while begins and ends on different lines, between
// which other threads go on.
type call struct {
	name string
	args []string
	ret  string // empty until it has ended
}

// event is the beginning or the end of a call, in the order in which they happened.
type event struct {
	*call
	ends bool
}

var (
	callBegins = regexp.MustCompile(`^(\d+)\s+([a-z0-9_]+)\((.*)$`)
	callGoesOn = regexp.MustCompile(`^(\d+)\s+<\.\.\. ([a-z0-9_]+) resumed>(.*)$`)
	result     = regexp.MustCompile(`^(.*)\)\s+= (-?\d+|\?)(.*)$`)
)

const unfinished = " <unfinished ...>"

// readTrace reads what `strace -f -xx` has written.
func readTrace(r io.Reader) ([]event, error) {
	var out []event
	waiting := map[string]*call{} // by thread
	texts := map[string]string{}
	in := bufio.NewReaderSize(r, 1<<20)
	for n := 1; ; n++ {
		line, err := in.ReadString('\n')
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		line = strings.TrimRight(line, "\n")
		if m := callGoesOn.FindStringSubmatch(line); m != nil {
			c := waiting[m[1]]
			if c == nil || c.name != m[2] {
				return nil, fmt.Errorf("line %d goes on with a call that was not begun", n)
			}
			delete(waiting, m[1])
			if err := c.end(texts[m[1]] + m[3]); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			out = append(out, event{c, true})
			continue
		}
		m := callBegins.FindStringSubmatch(line)
		if m == nil {
			continue // signals and ends of threads
		}
		c := &call{name: m[2]}
		if text, ok := strings.CutSuffix(m[3], unfinished); ok {
			waiting[m[1]], texts[m[1]] = c, text
			c.args = split(text) // what is known already
			out = append(out, event{c, false})
			continue
		}
		if err := c.end(m[3]); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		out = append(out, event{c, false}, event{c, true})
	}
}

func (c *call) end(text string) error {
	m := result.FindStringSubmatch(text)
	if m == nil {
		return fmt.Errorf("a call without an end: %.200s", text)
	}
	c.args, c.ret = split(m[1]), m[2]
	return nil
}

// split takes the arguments apart. Texts hold no comma: every byte of them is written as \xNN.
func split(text string) []string {
	if text == "" {
		return nil
	}
	args := strings.Split(text, ", ")
	for i := range args {
		args[i] = strings.TrimSpace(args[i])
	}
	return args
}

// ok tells whether the call has ended well.
func (c *call) ok() bool { return c.ret != "" && c.ret[0] != '-' && c.ret != "?" }

// number returns an argument, or the result for -1, as a number.
func (c *call) number(i int) int64 {
	s := c.ret
	if i >= 0 {
		if i >= len(c.args) {
			return -1
		}
		s = c.args[i]
	}
	n, err := strconv.ParseInt(s, 0, 64)
	if err != nil {
		return -1
	}
	return n
}

// bytes returns the text of an argument.
func (c *call) bytes(i int) ([]byte, error) {
	if i >= len(c.args) {
		return nil, fmt.Errorf("%s has no argument %d: %v", c.name, i, c.args)
	}
	s, ok := strings.CutPrefix(c.args[i], `"`)
	if s, ok = strings.CutSuffix(s, `"`); !ok {
		return nil, fmt.Errorf("%s: %.80s is cut off", c.name, c.args[i])
	}
	return unescape(s)
}

func unescape(s string) ([]byte, error) {
	out := make([]byte, 0, len(s)/4)
	for ; len(s) >= 4; s = s[4:] {
		n, err := strconv.ParseUint(s[2:4], 16, 8)
		if err != nil || s[:2] != `\x` {
			return nil, fmt.Errorf("%.4q is no escaped byte", s)
		}
		out = append(out, byte(n))
	}
	if s != "" {
		return nil, fmt.Errorf("%q is no escaped byte", s)
	}
	return out, nil
}

// text returns an argument that names a path.
func (c *call) text(i int) (string, error) {
	b, err := c.bytes(i)
	return string(b), err
}
