package api

import (
	"context"
	"encoding/base32"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factorfile"
	"github.com/countersign/countersign/service/migration"
)

// ImportFactors gives the users of a stream their factors.
func (h *handlers) ImportFactors(ctx context.Context, r openapi.ImportFactorsRequestObject) (openapi.ImportFactorsResponseObject, error) {
	failed := []openapi.LineError{}
	sum, err := h.imports.ImportFactors(edge.ConnectionOf(ctx), edge.CallerOf(ctx), migration.FactorImportInput{
		Lines: factorLines(r.Body), Stop: edge.StopReadingOf(ctx),
		Refused: func(line migration.FactorLine) {
			if len(failed) < mostLineErrors {
				failed = append(failed, lineErrorBody(line.Number, line.UserID, line.Refusal))
			}
		},
	})
	if err != nil {
		return nil, endedAs(err)
	}
	return openapi.ImportFactors200JSONResponse{
		Created: sum.Created, Replaced: sum.Replaced, Unchanged: sum.Unchanged, Failed: sum.Failed, Weak: sum.Weak, Errors: failed,
	}, nil
}

// factorLines reads the factors of an import, a JSON object on each line.
func factorLines(r io.Reader) iter.Seq2[migration.FactorLine, error] {
	return factorFormat.lines(r, 1)
}

var factorFormat = lineFormat[migration.FactorLine]{
	of:    "factor",
	parse: factorLine,
	bad:   func(number int) migration.FactorLine { return migration.FactorLine{Number: number} },
	refused: func(l migration.FactorLine, refusal *domain.Error) migration.FactorLine {
		l.Refusal = refusal
		return l
	},
}

func factorLine(number int, f *lineFields) migration.FactorLine {
	line := migration.FactorLine{
		Number: number, UserID: f.text("user_id", true), Secret: f.secret("secret"),
		Algorithm: domain.OTPAlgorithm(f.text("algorithm", false)), Digits: f.number("digits"),
		Period: time.Duration(f.number("period_seconds")) * time.Second,
		Name:   f.text("name", false), Replace: f.flag("replace", false),
	}
	if kind := f.text("type", true); kind != "" && kind != string(domain.FactorTOTP) {
		f.mistakes = append(f.mistakes, "type must be totp: nothing else is imported. Let the user enroll again.")
	}
	return line
}

// secret reads base32 (RFC 4648, section 6), in either case, padded or not. What is
// wrong with it is told without any of it.
func (f *lineFields) secret(name string) factorfile.Secret {
	text := strings.ToUpper(strings.TrimRight(f.text(name, true), "="))
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil {
		f.mistakes = append(f.mistakes, name+" must be base32, which has the letters A to Z and the digits 2 to 7.")
	}
	return factorfile.NewSecret(key)
}
