package repository

import (
	"errors"
	"fmt"

	"gorm.io/gorm"

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

// each reads the rows of a written-out query into the places that scan names, and
// hands them over once all are there: a read may fail at its end, and is then
// done again.
func each[Row any](query *gorm.DB, scan func(*Row) []any, then func(Row) error) error {
	var rows []Row
	err := withRetry(query, func(query *gorm.DB) (err error) {
		rows, err = scanAll(query, scan)
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

func scanAll[Row any](query *gorm.DB, scan func(*Row) []any) (all []Row, err error) {
	rows, err := query.Rows()
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	for rows.Next() {
		var row Row
		if err := rows.Scan(scan(&row)...); err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
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
