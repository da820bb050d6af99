package edge_test

import (
	"fmt"
	"strings"

	"github.com/countersign/countersign/internal/apptest"
)

type M = apptest.M

const (
	ownPage   = "https://app.acme.example"
	halfAPair = `holds half of a surrogate pair, which is no character: escape both halves, as in \ud83d\ude00, or send the character itself`
)

var (
	// acme is a tenant with a member, ada, and an admin, eve.
	acme       = apptest.Acme
	eventually = apptest.Eventually
	contains   = strings.Contains
	user       = func(operation string) string { return "/v1/users/ada" + operation }
	ndjson     = apptest.Header("Content-Type", "application/x-ndjson")
)

// someLines are users of an import.
func someLines(from, to int) (lines []string) {
	for n := from; n < to; n++ {
		id := fmt.Sprintf("u%05d", n)
		lines = append(lines, `{"user_id":"`+id+`","username":"`+id+`","auth_source":"local","role":"member","active":true}`)
	}
	return lines
}
