package factorfile

// AgeWork and PSKCIterations are what a guess at a password takes outside of
// tests; in tests it takes less.
var AgeWork, PSKCIterations = ageWork, pskcIterations

func init() { ageWork, pskcIterations = 10, 1000 }
