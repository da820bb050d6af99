package countersign

import (
	"context"
	"iter"
)

// ImportFactors gives many users the authenticator apps that another product knew,
// in the order in which they come and without holding them in memory. Each is active,
// and not proven until its first code. A factor that is refused is reported with the
// number of its line, counted from 1, and stops no other. The context bounds it;
// WithTimeout does not.
//
// It takes a key of the scope migration, which lives for seven days at most. It is
// never repeated by itself, since factors come once, but may be: who has exactly this
// factor is left alone. After a *Problem with LinesDone, go on with the factor after
// that one.
func (c *Client) ImportFactors(ctx context.Context, factors iter.Seq[FactorLine]) (FactorImport, error) {
	return importLines[FactorImport](ctx, c, "import factors", []string{"v1", "factors", "import"}, factors)
}
