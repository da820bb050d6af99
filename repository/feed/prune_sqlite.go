package feed

import "gorm.io/gorm"

const (
	// pruneUpToSQL finds the end of a batch: the first event that stays, whatever comes
	// after it. The newest stays always, as the next one's position is counted from it.
	pruneUpToSQL = `WITH oldest AS MATERIALIZED (
    SELECT position, event_id FROM audit_events NOT INDEXED WHERE position > @position ORDER BY position LIMIT @batch
)
SELECT max(position) FROM oldest
WHERE position < COALESCE((SELECT min(position) FROM oldest WHERE event_id >= @before), (SELECT max(position) FROM audit_events))`

	pruneEventsSQL = "DELETE FROM audit_events WHERE position <= @last"
	prunedUpToSQL  = "UPDATE event_retention SET position = @last, before_event = max(before_event, @before)"
)

func sqlitePrune(before string, batch int) []pruneStep {
	return []pruneStep{func(tx *gorm.DB, position int64) (int, func(), error) {
		var last *int64
		given := map[string]any{"position": position, "before": before, "batch": batch}
		if err := tx.Raw(pruneUpToSQL, given).Row().Scan(&last); err != nil || last == nil {
			return 0, nil, err
		}
		deleted := tx.Exec(pruneEventsSQL, map[string]any{"last": *last})
		if deleted.Error != nil {
			return 0, nil, deleted.Error
		}
		return int(deleted.RowsAffected), func() {}, tx.Exec(prunedUpToSQL, map[string]any{"last": *last, "before": before}).Error
	}}
}
