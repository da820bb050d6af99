package site

import (
	"os"
	"os/exec"
)

// process is one life of a replica.
type process struct {
	cmd   *exec.Cmd
	log   *journal
	ended chan struct{} // closed when it has ended and its log is read
	err   error         // why, once ended
}

// alive reports whether it has not ended by itself.
func (p *process) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

func (p *process) start() error {
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	p.cmd.Stderr = writer
	err = p.cmd.Start()
	_ = writer.Close() // the process has its own
	if err != nil {
		_ = reader.Close()
		return err
	}
	go func() {
		defer close(p.ended)
		p.log.read(reader)
		_ = reader.Close()
		p.err = p.cmd.Wait()
	}()
	return nil
}
