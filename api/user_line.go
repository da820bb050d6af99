package api

import (
	"io"
	"iter"

	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
)

// UserLines reads the users of an import, a JSON object on each line, from the
// line of that number on.
func UserLines(r io.Reader, from int) iter.Seq2[directory.UserLine, error] {
	return userLines.lines(r, from)
}

var userLines = lineFormat[directory.UserLine]{
	of:    "user",
	parse: userLine,
	bad:   func(number int) directory.UserLine { return directory.UserLine{Number: number} },
	refused: func(l directory.UserLine, refusal *domain.Error) directory.UserLine {
		l.Refusal = refusal
		return l
	},
}

func userLine(number int, f *lineFields) directory.UserLine {
	return directory.UserLine{Number: number, UserID: f.text("user_id", true), Profile: domain.Profile{
		Username:    f.text("username", true),
		DisplayName: f.text("display_name", false),
		AuthSource:  domain.AuthSource(f.text("auth_source", true)),
		Role:        domain.Role(f.text("role", true)),
		Active:      f.flag("active", true),
	}}
}
