// Package session is what the parts of a database that stand beside its store work on.
package session

import (
	"context"

	"gorm.io/gorm"
)

// Database reads and writes as its store does.
type Database struct {
	// Reader is where a call reads.
	Reader func(ctx context.Context) *gorm.DB
	// Retry runs a query, again where others made it fail, and translates its error.
	Retry func(query *gorm.DB, run func(*gorm.DB) error) error
	// Transaction makes what fn does hold whole or not at all.
	Transaction func(ctx context.Context, fn func(tx *gorm.DB) error) error
}
