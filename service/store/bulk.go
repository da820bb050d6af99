package store

import "context"

type bulkKey struct{}

// Bulk is ctx for a commit of changes that are many, or nobody's call.
func Bulk(ctx context.Context) context.Context { return context.WithValue(ctx, bulkKey{}, true) }

// IsBulk reports that changes are committed in bulk, like those of an import. A
// store in which callers share commits lets them go by themselves and for their
// own time, and remembers none of their users.
func IsBulk(ctx context.Context) bool { return ctx.Value(bulkKey{}) != nil }
