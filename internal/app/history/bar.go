package history

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Bar shows how far a run has come: a bar, the count and the time that is left. On a terminal it
// rewrites its line; elsewhere it writes a line now and then.
type Bar struct {
	out      io.Writer
	now      func() time.Time
	terminal bool
	begin    time.Time
	first    int64 // written by earlier runs
	shown    time.Time
	open     bool // the terminal's line is not ended
}

// NewBar returns a bar that writes to out.
func NewBar(out io.Writer, now func() time.Time) *Bar {
	b := &Bar{out: out, now: now, begin: now(), first: -1}
	if f, ok := out.(*os.File); ok {
		if i, err := f.Stat(); err == nil {
			b.terminal = i.Mode()&os.ModeCharDevice != 0
		}
	}
	return b
}

// barWidth is the bar's length in characters; with the counts it fits 80 columns.
const barWidth = 24

// The least time between two lines.
const (
	barOften = 200 * time.Millisecond // on a terminal
	barCalm  = 10 * time.Second       // elsewhere
)

// Show says that done of total dossiers are written. Its error is the writer's.
func (b *Bar) Show(done, total int64) error {
	now := b.now()
	if b.first < 0 { // the first batch says where an earlier run had stopped only roughly: the rate begins here
		b.first, b.begin = done, now
	}
	wait := barCalm
	if b.terminal {
		wait = barOften
	}
	if now.Sub(b.shown) < wait && done < total {
		return nil
	}
	b.shown = now
	n := int(done * barWidth / max(total, 1))
	line := fmt.Sprintf("[%s%s] %d/%d %3d%%%s", strings.Repeat("#", n), strings.Repeat(".", barWidth-n), done, total,
		done*100/max(total, 1), b.left(now, done, total))
	end := "\n"
	if b.terminal {
		line, end, b.open = "\r"+line+"\x1b[K", "", true
	}
	_, err := io.WriteString(b.out, line+end)
	return err
}

// left is the rate and how long the rest takes at it.
func (b *Bar) left(now time.Time, done, total int64) string {
	took := now.Sub(b.begin)
	if done <= b.first || took <= 0 {
		return ""
	}
	rate := float64(done-b.first) / took.Seconds()
	rest := time.Duration(float64(total-done) / rate * float64(time.Second)).Round(time.Second)
	return fmt.Sprintf(" %.0f/s, còn · left %s", rate, rest)
}

// End ends the line.
func (b *Bar) End() {
	if b.open {
		fmt.Fprintln(b.out)
		b.open = false
	}
}
