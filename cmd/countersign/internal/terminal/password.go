package terminal

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"
)

// ErrNobody says that nobody is there to be asked.
var ErrNobody = errors.New("standard input is no terminal")

// Password asks for a password that is not shown; twice of one that is to be. It is
// ErrNobody where nobody is there.
func Password(prompt string, again bool) ([]byte, error) {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil, ErrNobody
	}
	first, err := ask(prompt)
	if err != nil || !again {
		return first, err
	}
	second, err := ask(prompt + ", once more")
	if err == nil && string(first) != string(second) {
		err = errors.New("the two are not the same")
	}
	return second, err
}

func ask(prompt string) ([]byte, error) {
	fmt.Fprintf(os.Stderr, "%s: ", prompt)
	defer fmt.Fprintln(os.Stderr)
	return term.ReadPassword(int(os.Stdin.Fd()))
}
