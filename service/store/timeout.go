package store

import "time"

// DecisionTimeout bounds one decision once it has begun; it does not end
// with the client's patience.
const DecisionTimeout = 10 * time.Second
