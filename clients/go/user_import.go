package countersign

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
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
	stream, lines := io.Pipe()
	written := make(chan struct{})
	go func() {
		defer close(written)
		_ = lines.CloseWithError(writeLines(lines, users)) // it says nil, always
	}()
	done, err := ask[UserImport](ctx, c, call{
		name: "import users", method: http.MethodPost, path: []string{"v1", "users", "import"}, stream: stream,
	})
	_ = stream.Close() // it says nil, always; who still writes stops
	<-written
	return done, err
}

// writeLines ends when nobody reads any more.
func writeLines(to io.Writer, users iter.Seq[UserLine]) error {
	encoder := json.NewEncoder(to)
	for user := range users {
		if err := encoder.Encode(user); err != nil {
			return err
		}
	}
	return nil
}
