package domain

import "time"

// LongestExemption bounds how far ahead an exemption ends.
const LongestExemption = 366 * 24 * time.Hour

// Exemption is a user's release from the mandate. It releases from enrolling only: of
// who meets the mandate that is demanded all the same, and who has another factor is
// challenged for that.
type Exemption struct {
	Until     time.Time // zero: there is none
	Reason    string
	GrantedBy string // user id of who granted it
	GrantedAt time.Time
}

// Holds reports whether it releases at now.
func (e Exemption) Holds(now time.Time) bool { return now.Before(e.Until) }
