package countersign

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
)

// importLines sends a stream of lines, which are not held in memory.
func importLines[Import, Line any](ctx context.Context, c *Client, name string, path []string, lines iter.Seq[Line]) (Import, error) {
	stream, to := io.Pipe()
	written := make(chan struct{})
	go func() {
		defer close(written)
		_ = to.CloseWithError(writeLines(to, lines)) // it says nil, always
	}()
	done, err := ask[Import](ctx, c, call{name: name, method: http.MethodPost, path: path, stream: stream})
	_ = stream.Close() // it says nil, always; who still writes stops
	<-written
	return done, err
}

// writeLines ends when nobody reads any more.
func writeLines[Line any](to io.Writer, lines iter.Seq[Line]) error {
	encoder := json.NewEncoder(to)
	for line := range lines {
		if err := encoder.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
