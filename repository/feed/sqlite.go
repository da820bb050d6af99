package feed

import (
	"context"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/session"
)

// SQLite returns the feed of a database with one writer.
func SQLite(db session.Database) *Feed {
	const (
		// Not by an index: one of the tenant's would have all its events read, and sorted.
		read = "SELECT e.position, " + eventColumns + " FROM audit_events AS e NOT INDEXED"
		next = " e.position > @position ORDER BY e.position LIMIT @limit"
	)
	return &Feed{db: db, engine: engine{
		sequence:   lastArrived,
		adopt:      func(context.Context, session.Database) error { return nil }, // a copy has its positions
		holdPrune:  prunedSQL,                                                    // there is one writer
		prune:      sqlitePrune,
		after:      read + " WHERE e.tenant_id = @tenant AND" + next,
		afterOfAll: read + " WHERE" + next,
		tenants:    "SELECT DISTINCT tenant_id FROM audit_events NOT INDEXED WHERE position > @after AND position <= @last",
		at:         read + " WHERE e.position IN @positions",
		next:       "SELECT position, event_id FROM audit_events NOT INDEXED WHERE position > @position AND position <= @end" + notBefore,
	}}
}

func lastArrived(ctx context.Context, db session.Database) (last int64, err error) {
	query := db.Reader(ctx).Raw("SELECT COALESCE(max(position), 0) FROM audit_events")
	err = db.Retry(query, func(query *gorm.DB) error { return query.Row().Scan(&last) })
	return last, err
}
