package repository

import "context"

// PreparedSQL are the statements that go by no log.
var PreparedSQL = []string{updateUnlessAnsweredSQL}

// FillDisk leaves an SQLite database no page more than it has.
func (s *Store) FillDisk(ctx context.Context) error {
	return s.write.WithContext(ctx).Exec("PRAGMA max_page_count = 1").Error // no less than there are
}

// FillDiskOfProbe does the same to readiness.
func (s *Store) FillDiskOfProbe(ctx context.Context) error {
	return s.probe.db.WithContext(ctx).Exec("PRAGMA max_page_count = 1").Error
}
