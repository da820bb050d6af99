package feed

// The statements of a batch.
const (
	PruneHoldSQL       = pruneHoldSQL
	PrunePositionsSQL  = prunePositionsSQL
	PruneUnnumberedSQL = pruneUnnumberedSQL
)
