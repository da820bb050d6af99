package stepup

import (
	"fmt"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
)

// explanation says of a claim what was found, what was expected, and what to do. It is
// for the host's log, and is asked for where the claim does not hold alone.
type explanation func() string

// differs quotes what was found: only for claims that name neither a person nor a
// session.
func differs(found, expected, remedy string) explanation {
	return func() string { return fmt.Sprintf("is %q, expected %q; %s", found, expected, remedy) }
}

func missing() string {
	return "is missing, expected in every token of the service; is it a token of it?"
}

// another is for what binds a token to a person, a session or an occasion, which stays
// out of logs.
func another(found, expected, field, source string) explanation {
	return func() string {
		switch {
		case expected == "":
			return fmt.Sprintf("is there, and Expect has no %s; give %s and Expect the same", field, source)
		case found == "":
			return fmt.Sprintf("is missing, expected that of Expect; give %s the same %s", source, field)
		}
		return fmt.Sprintf("is not the %s of Expect; give %s and Expect the same, of the host's own session", field, source)
	}
}

func yetToCome(at int64, now time.Time) explanation {
	return func() string {
		if at <= 0 {
			return missing()
		}
		return fmt.Sprintf("is %d s ahead of this clock, expected at most %v; set the clocks of both machines right", at-now.Unix(), Leeway)
	}
}

func over(end int64, now time.Time) explanation {
	return func() string {
		if ago := now.Unix() - end; end > 0 && ago >= 0 {
			return fmt.Sprintf("was %d s ago, expected to come; have it proven again, and the clocks of both machines right", ago)
		}
		return fmt.Sprintf("is not at most %v after iat and nbf, as in every token of the service", longestLife)
	}
}

func tooOld(at int64, now time.Time, maxAge time.Duration) explanation {
	return func() string {
		return fmt.Sprintf("is %d s ago, expected at most %v; have it proven again, or set MaxAge of Expect", now.Unix()-at, maxAge)
	}
}

func contradicts(c countersign.StepUpClaims) explanation {
	return func() string {
		return fmt.Sprintf("are %q, %q and %q, expected such as the contract lists; is this client older than the service?", c.Acr, c.Amr, c.Method)
	}
}
