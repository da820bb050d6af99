package api

import (
	"mime"
	"strconv"
	"strings"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/service/domain"
)

// negotiate returns the offer that an Accept header likes best (RFC 9110,
// section 12.5.1), the first one of equals and where nothing is asked for.
func negotiate(accept string, offers ...string) (string, error) {
	if strings.TrimSpace(accept) == "" {
		return offers[0], nil
	}
	best, liking := "", 0.0
	for _, offer := range offers {
		if q := quality(accept, offer); q > liking {
			best, liking = offer, q
		}
	}
	if best == "" {
		return "", &domain.Error{Code: edge.CodeNotAcceptable, Detail: "This is available as " + strings.Join(offers, " and ") + "."}
	}
	return best, nil
}

// quality is the weight of the most specific range that covers the offer, a type
// or a coding.
func quality(accept, offer string) float64 {
	closest, q := 0, 0.0
	for part := range strings.SplitSeq(accept, ",") {
		mediaRange, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		if fit := fits(mediaRange, offer); fit > closest {
			closest, q = fit, weight(params["q"])
		}
	}
	return q
}

// fits returns how specifically a range covers a type; 0: not at all.
func fits(mediaRange, offer string) int {
	major, _, _ := strings.Cut(offer, "/")
	switch mediaRange {
	case offer:
		return 3
	case major + "/*":
		return 2
	case "*/*", "*":
		return 1
	}
	return 0
}

func weight(text string) float64 {
	if text == "" {
		return 1
	}
	q, err := strconv.ParseFloat(text, 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}
