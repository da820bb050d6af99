package report

import (
	"fmt"
	"strconv"
)

// number shows about three digits of a figure, more of one above a thousand.
func number(v float64) string {
	switch {
	case v == 0:
		return "-"
	case v >= 99.95:
		return grouped(int64(v + 0.5))
	case v >= 9.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// grouped puts a comma before each three digits from the right.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// ranged is a median with the least and the most, where they differ.
func ranged(s Spread) string {
	if s.Min == s.Max {
		return number(s.Median)
	}
	return fmt.Sprintf("%s (%s-%s)", number(s.Median), number(s.Min), number(s.Max))
}

func megabytes(bytes float64) string { return number(bytes / (1 << 20)) }
