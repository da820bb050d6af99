package load

import (
	"math"
	"time"
)

// Percentile returns the smallest of the sorted latencies that p percent of them do not exceed (the nearest
// rank); 0 of none.
func Percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[max(1, min(rank, len(sorted)))-1]
}
