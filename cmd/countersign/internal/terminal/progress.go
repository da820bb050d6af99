package terminal

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Progress shows how much has been done, to somebody at a terminal. It is for one
// goroutine at a time, but that what is read may be by another.
type Progress struct {
	to  *os.File
	bar *progressbar.ProgressBar // nil: nobody is there
}

// NewProgress shows how much of a file has been read.
func NewProgress(to, file *os.File) *Progress {
	size := int64(-1) // of a pipe nobody knows
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	return newProgress(to, size, progressbar.OptionShowBytes(true))
}

// NewCount shows how many of so many things have been done, and nothing of none. Of how
// many nobody knows: -1.
func NewCount(to *os.File, total int) *Progress {
	if total == 0 {
		return &Progress{to: to}
	}
	return newProgress(to, int64(total), progressbar.OptionShowCount())
}

func newProgress(to *os.File, size int64, what progressbar.Option) *Progress {
	p := &Progress{to: to}
	if term.IsTerminal(int(to.Fd())) {
		p.bar = progressbar.NewOptions64(size,
			progressbar.OptionSetWriter(to), what, progressbar.OptionFullWidth(),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetSpinnerChangeInterval(0), // which would draw on after the end
		)
	}
	return p
}

// Reader counts what is read of r.
func (p *Progress) Reader(r io.Reader) io.Reader {
	if p.bar == nil {
		return r
	}
	return io.TeeReader(r, p.bar)
}

// Set counts so many in all.
func (p *Progress) Set(n int) {
	if p.bar != nil {
		_ = p.bar.Set(n)
	}
}

// Add counts one.
func (p *Progress) Add() {
	if p.bar != nil {
		_ = p.bar.Add(1)
	}
}

// clearLine goes to the beginning of the line and erases it (ECMA-48, EL), of which
// blanks would leave some where the terminal was made narrower.
const clearLine = "\r\x1b[2K"

// Say writes a line above the bar.
func (p *Progress) Say(format string, args ...any) {
	if p.bar != nil {
		format = clearLine + format // in one piece: the bar may be drawn at any time
	}
	fmt.Fprintf(p.to, format, args...)
}

// End takes the bar away; nothing is drawn afterwards.
func (p *Progress) End() {
	if p.bar != nil {
		_ = p.bar.Exit()
		fmt.Fprint(p.to, clearLine)
	}
}
