package domain

import "time"

// MaxBrowsers is how many browsers of one user may be remembered; of one more the
// oldest goes.
const MaxBrowsers = 10

// RememberedBrowser is a browser whose host may skip the second step for a time:
// recognition, not authentication. Its secret has two parts: the series, which
// stays, and a token, which changes with each use. Both are known here by keyed
// hashes alone.
type RememberedBrowser struct {
	ID   string
	Name string // may be empty
	// KeyID is of the key that made the MACs.
	KeyID string
	// Series finds the browser. Who shows it with a token that is none of those below
	// has an old copy: somebody else used the browser's secret.
	Series [16]byte
	// Token is of the secret that was given out last.
	Token [16]byte
	// Previous is of the secret that Token succeeded. It is honoured until Token is
	// first presented, since the answer that had Token may have been lost. Zero:
	// Token was presented, or is the first.
	Previous [16]byte
	// Retired is of the secret that was honoured before Previous, and still is until
	// RetiredUntil: two pages may have been loaded at once.
	Retired      [16]byte
	RetiredUntil time.Time
	CreatedAt    time.Time
	LastUsedAt   time.Time // zero: never
	ExpiresAt    time.Time // fixed when it was remembered; a policy may shorten it
}
