package feed

import (
	"context"

	"gorm.io/gorm"
)

// SQLite returns the feed of a database with one writer.
func SQLite(db Database) *Feed {
	return &Feed{db: db, engine: engine{
		sequence: lastArrived,
		adopt:    func(context.Context, Database) error { return nil }, // a copy has its positions
		after: "SELECT e.position, " + eventColumns + " FROM audit_events AS e" +
			" WHERE e.tenant_id = @tenant AND e.position > @position ORDER BY e.position LIMIT @limit",
		tenants: "SELECT DISTINCT tenant_id FROM audit_events NOT INDEXED WHERE position > @position",
	}}
}

func lastArrived(ctx context.Context, db Database) (last int64, err error) {
	query := db.Reader(ctx).Raw("SELECT COALESCE(max(position), 0) FROM audit_events")
	err = db.Retry(query, func(query *gorm.DB) error { return query.Row().Scan(&last) })
	return last, err
}
