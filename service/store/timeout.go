package store

import "time"

// DecisionTimeout bounds one decision once it has begun; it does not end when the
// client gives up.
const DecisionTimeout = 10 * time.Second
