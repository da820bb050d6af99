package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// good is the answer that counts.
const good = "200"

// Strange names the answers of a cell that did not count, each with its number; empty when all did.
func Strange(c Cell) string {
	var text strings.Builder
	for _, status := range slices.Sorted(maps.Keys(c.Answers)) {
		if status != good {
			fmt.Fprintf(&text, "  NOT COUNTED: %d answers %s", c.Answers[status], status)
		}
	}
	return text.String()
}
