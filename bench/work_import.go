package main

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/countersign/countersign/bench/load"
)

// importedUsers is how many one import brings, all of them new.
const importedUsers = 10_000

func (c *client) importUsers(conn *load.Conn) (int, error) {
	n := c.imports.Add(1)
	var body []byte
	for user := range importedUsers {
		body = fmt.Appendf(body, `{"user_id":"i-%d-%d","username":"import.%d.%d@example.com","display_name":"Import %d",`+
			`"auth_source":"local","role":"member","active":true}`+"\n", n, user, n, user, user)
	}
	status, answer, err := conn.Do(load.Request{
		Method: http.MethodPost, Path: "/v1/users/import", Key: c.key, Body: body, Type: "application/x-ndjson",
	})
	created := fmt.Sprintf(`"created":%d,`, importedUsers)
	if err == nil && status == http.StatusOK && !strings.Contains(string(answer), created) {
		return 0, fmt.Errorf("an import of %d new users is answered %s", importedUsers, answer)
	}
	return status, err
}
