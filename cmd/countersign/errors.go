package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/operator"
	"github.com/countersign/countersign/service/seal"
)

// usageError is wrong on the command line or in the configuration.
type usageError string

// Error returns the message.
func (e usageError) Error() string { return string(e) }

func usagef(format string, args ...any) error { return usageError(fmt.Sprintf(format, args...)) }

func exitCode(err error) int {
	var usage usageError
	if errors.As(err, &usage) || errors.Is(err, domain.ErrInvalidRequest) {
		return exitUsage
	}
	if errors.Is(err, errPending) {
		return exitPending
	}
	return exitFailure
}

// explain returns the message on one line, whatever a driver made of it, and without
// what a terminal obeys, whatever a file is called.
func explain(err error) string {
	return terminal.Plain(strings.Join(strings.Fields(message(err)), " "))
}

func message(err error) string {
	var refusal *domain.Error
	var quoting operator.Quoting
	switch {
	case errors.Is(err, repository.ErrDiskFull), errors.Is(err, keys.ErrKeysetIncomplete):
		return err.Error()
	case errors.As(err, &quoting):
		return quoting.Error()
	case errors.As(err, &refusal) && refusal.Unwrap() != nil:
		return refusal.Detail + " " + refusal.Unwrap().Error()
	case errors.As(err, &refusal):
		return refusal.Detail
	case errors.Is(err, repository.ErrDenied):
		return "the database role lacks a right for that; docs/deployment.md says which rights each role needs: " + err.Error()
	case errors.Is(err, seal.ErrNotAuthentic):
		return "the database was made with another keyset; name that one in COUNTERSIGN_KEYSET: " + err.Error()
	case errors.Is(err, seal.ErrMalformedKeyset):
		return "the keyset is damaged; restore it from its copy: " + err.Error()
	}
	return err.Error()
}

// parseMessage says where to read on. What was given in the wrong place is
// quoted, but no URL, which may hold a password; nor what follows it, since a
// password may hold anything.
func parseMessage(err error) string {
	path := "countersign"
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil {
		if node := parse.Context.Selected(); node != nil {
			path = node.FullPath()
		}
	}
	return fmt.Sprintf("%s; see: %s --help", withoutURL(err.Error()), path)
}

func withoutURL(text string) string {
	before, _, found := strings.Cut(text, "://")
	if !found {
		return text
	}
	return strings.TrimRight(before, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.\"") + "... (a URL, which is not shown)"
}

// replaceError says something more exact where the service's answer is target.
func replaceError(err, target error, format string, args ...any) error {
	if errors.Is(err, target) {
		return fmt.Errorf(format, args...)
	}
	return err
}

// explainTenantError explains the refusals that the name of a tenant can meet.
func explainTenantError(err error, tenant string) error {
	err = replaceError(err, domain.ErrNotFound, "there is no tenant %q in this database; see: countersign tenant list", tenant)
	return replaceError(err, domain.ErrAlreadyExists, "the tenant %q exists already; choose another name, or change it with: countersign tenant update %s", tenant, tenant)
}
