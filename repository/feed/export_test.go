package feed

// The statements of a batch, and those that number events.
const (
	HoldSQL            = holdSQL
	NumberSQL          = numberSQL
	PruneHoldSQL       = pruneHoldSQL
	PrunePositionsSQL  = prunePositionsSQL
	PruneUnnumberedSQL = pruneUnnumberedSQL
)
