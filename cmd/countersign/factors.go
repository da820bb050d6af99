package main

import (
	"errors"
	"iter"

	"github.com/countersign/countersign/cmd/countersign/internal/secretfile"
	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
	"github.com/countersign/countersign/service/factorfile"
)

type factorsCommand struct {
	Import factorsImportCommand `cmd:"" help:"Take over the factors of another product, from a file."`
	Export factorsExportCommand `cmd:"" help:"Write the factors of a tenant to a file, with their secrets."`
}

func readPassword(path string) (factorfile.Secret, error) {
	password, err := secretfile.Password("--password-file", path)
	if err != nil {
		err = usageError(err.Error())
	}
	return password, err
}

func readKey(path string) (factorfile.Secret, error) {
	key, err := secretfile.Key("--key-file", path)
	if err != nil {
		err = usageError(err.Error())
	}
	return key, err
}

// askPassword asks whoever is at the terminal.
func askPassword(prompt string, again bool) (factorfile.Secret, error) {
	password, err := terminal.Password(prompt, again)
	switch {
	case errors.Is(err, terminal.ErrNobody):
		return factorfile.Secret{}, usagef("nobody is there to type the password; write it into a file, and name that with --password-file")
	case err != nil:
		return factorfile.Secret{}, usagef("the password was not read: %v", err)
	}
	return factorfile.NewSecret(password), nil
}

// noting tells of each record before it is handed on.
func noting(records iter.Seq2[factorfile.Record, error], note func(factorfile.Record)) iter.Seq2[factorfile.Record, error] {
	return func(yield func(factorfile.Record, error) bool) {
		for record, err := range records {
			note(record)
			if !yield(record, err) {
				return
			}
		}
	}
}
