package repository

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/pg"
	"github.com/countersign/countersign/service/domain"
)

// take loads the one row that query selects, or returns domain.ErrNotFound.
func take[Row any](query *gorm.DB, what string) (Row, error) {
	var row Row
	err := withRetry(query, func(query *gorm.DB) error { return query.Take(&row).Error })
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return row, domain.ErrNotFound
	case err != nil:
		return row, fmt.Errorf("load %s: %w", what, err)
	}
	return row, nil
}

// querier sends a written-out query, and hands over each row that it reads.
type querier func(ctx context.Context, from *gorm.DB, statement string, parameters []any, scan func(pg.Row) error) error

// queryPool sends it by what GORM sends by, which on SQLite keeps prepared statements.
func queryPool(ctx context.Context, from *gorm.DB, statement string, parameters []any, scan func(pg.Row) error) error {
	rows, err := from.Statement.ConnPool.QueryContext(ctx, statement, parameters...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// query reads the rows of a written-out query into the places that dest names.
func query[Row any](
	ctx context.Context, from *gorm.DB, send querier, statement string, parameters []any, dest func(*Row) []any,
) (all []Row, err error) {
	began := time.Now()
	err = send(ctx, from, statement, parameters, func(row pg.Row) error {
		var r Row
		err := row.Scan(dest(&r)...)
		all = append(all, r)
		return err
	})
	from.Logger.Trace(ctx, began, func() (string, int64) { return statement, int64(len(all)) }, err)
	return all, err
}

// execute executes a written-out statement within a transaction.
func execute(tx *gorm.DB, statement string, parameters []any) error {
	_, err := query(tx.Statement.Context, tx, queryPool, statement, parameters, func(*struct{}) []any { return nil })
	return err
}

// each reads the rows of a written-out query, and hands them over once all are there: a
// read may fail at its end, and is then done again.
func each[Row any](
	ctx context.Context, d *database, from *gorm.DB, statement string, parameters []any, dest func(*Row) []any, then func(Row) error,
) error {
	var rows []Row
	err := retryRead(ctx, func() (err error) {
		rows, err = query(ctx, from, d.engine.query, statement, parameters, dest)
		return err
	})
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := then(row); err != nil {
			return err
		}
	}
	return nil
}

// list loads the rows that query selects and turns each into its domain type.
func list[Row, Domain any](query *gorm.DB, what string, domain func(Row) (Domain, error)) ([]Domain, error) {
	var rows []Row
	err := withRetry(query, func(query *gorm.DB) error { return query.Find(&rows).Error })
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", what, err)
	}
	items := make([]Domain, 0, len(rows))
	for _, row := range rows {
		item, err := domain(row)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// affected turns the result of a conditional write into refusal when the
// condition did not hold.
func affected(result *gorm.DB, refusal error) error {
	if result.Error != nil {
		return result.Error
	}
	if result.RowsAffected == 0 {
		return refusal
	}
	return nil
}
