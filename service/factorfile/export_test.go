package factorfile

// AgeWork is what scrypt does outside of tests; in tests it does less.
var AgeWork = ageWork

func init() { ageWork = 10 }
