package pg

import (
	"strconv"
	"strings"
)

// Numbered writes the parameters of a statement, each a question mark, as PostgreSQL does.
func Numbered(statement string) string {
	for n := 1; strings.Contains(statement, "?"); n++ {
		statement = strings.Replace(statement, "?", "$"+strconv.Itoa(n), 1)
	}
	return statement
}
