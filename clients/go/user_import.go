package countersign

import (
	"context"
	"iter"
)

// ImportUsers creates or updates many users, as PutUser does with one, in the
// order in which they come and without holding them in memory. A user that is
// refused is reported with the number of its line, counted from 1, and stops no
// other. The context bounds it; WithTimeout does not.
//
// It is never repeated by itself, since users come once, but may be: who is so
// already is left alone. After a *Problem with LinesDone, go on with the user
// after that one.
func (c *Client) ImportUsers(ctx context.Context, users iter.Seq[UserLine]) (UserImport, error) {
	return importLines[UserImport](ctx, c, "import users", []string{"v1", "users", "import"}, users)
}
