package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Uncounted names the answers of a cell that did not count, each with its number; empty when all did.
func Uncounted(c Cell) string {
	var text strings.Builder
	for _, status := range slices.Sorted(maps.Keys(c.NotCounted)) {
		fmt.Fprintf(&text, "  NOT COUNTED: %d answers %s", c.NotCounted[status], status)
	}
	return text.String()
}
