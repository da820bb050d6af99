package feed

import "gorm.io/gorm"

const (
	// pruneHoldSQL lets one process at a time prune. Statistics do not decide how a
	// batch is found: see holdSQL.
	pruneHoldSQL = `SELECT position FROM (
    SELECT position, set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
        set_config('enable_mergejoin', 'off', true), set_config('enable_bitmapscan', 'off', true),
        set_config('enable_sort', 'off', true), set_config('jit', 'off', true)
    FROM event_retention FOR UPDATE
) AS held`

	// prunePositionsSQL ends at the first event that stays, whatever comes after it: one
	// that committed late waits for its turn. It is known where the oldest is, so that no
	// batch walks through what those before have left to VACUUM.
	prunePositionsSQL = `WITH oldest AS MATERIALIZED (
    SELECT tenant_id, event_id, position FROM event_sequence WHERE position > @position ORDER BY position LIMIT @batch
), gone AS MATERIALIZED (
    SELECT * FROM oldest WHERE position < COALESCE((SELECT min(position) FROM oldest WHERE event_id >= @before), 9223372036854775807)
), events AS (
    DELETE FROM audit_events AS e USING gone WHERE e.tenant_id = gone.tenant_id AND e.event_id = gone.event_id
), positions AS (
    DELETE FROM event_sequence AS s USING gone WHERE s.position = gone.position
)
UPDATE event_retention SET position = COALESCE((SELECT max(position) FROM gone), position),
    before_event = CASE WHEN EXISTS (SELECT FROM gone) THEN GREATEST(before_event, @before) ELSE before_event END
RETURNING (SELECT count(*) FROM gone)`

	// pruneUnnumberedSQL deletes what is older than positions are. It goes on within a
	// tenant after the last event of the batch before, and then through the tenants that
	// follow, one at a time: no order is asked of all of them together.
	pruneUnnumberedSQL = `WITH gone AS MATERIALIZED (
    SELECT e.tenant_id, e.event_id FROM (SELECT tenant_id FROM tenants WHERE tenant_id >= @tenant ORDER BY tenant_id) AS t CROSS JOIN LATERAL (
        SELECT a.tenant_id, a.event_id FROM audit_events AS a
        WHERE a.tenant_id = t.tenant_id AND a.event_id > CASE WHEN t.tenant_id = @tenant THEN @event ELSE '' END
            AND a.event_id < @before AND a.xact_id IS NULL
        ORDER BY a.event_id LIMIT @batch
    ) AS e LIMIT @batch
), events AS (
    DELETE FROM audit_events AS e USING gone WHERE e.tenant_id = gone.tenant_id AND e.event_id = gone.event_id
)
SELECT tenant_id, event_id, count(*) OVER () AS pruned FROM gone ORDER BY tenant_id DESC, event_id DESC LIMIT 1`

	prunedBeforeSQL = "UPDATE event_retention SET before_event = GREATEST(before_event, @before)"
)

// postgresPrune deletes events that have positions, and then those of before there were any.
func postgresPrune(before string, batch int) []pruneStep {
	type event struct {
		TenantID, EventID string
		Pruned            int
	}
	var last event
	return []pruneStep{
		func(tx *gorm.DB, position int64) (pruned int, committed func(), err error) {
			given := map[string]any{"position": position, "before": before, "batch": batch}
			err = tx.Raw(prunePositionsSQL, given).Row().Scan(&pruned)
			return pruned, func() {}, err
		},
		func(tx *gorm.DB, _ int64) (int, func(), error) {
			given := map[string]any{"tenant": last.TenantID, "event": last.EventID, "before": before, "batch": batch}
			var found []event
			if err := tx.Raw(pruneUnnumberedSQL, given).Find(&found).Error; err != nil || len(found) == 0 {
				return 0, nil, err
			}
			noted := tx.Exec(prunedBeforeSQL, given)
			return found[0].Pruned, func() { last = found[0] }, noted.Error
		},
	}
}
