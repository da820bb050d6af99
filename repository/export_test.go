package repository

import "gorm.io/gorm"

// PreparedSQL are the statements that go by no log.
var PreparedSQL = []string{updateUnlessAnsweredSQL}

// MaxExamined is how many events a page looks at where no index has what is asked for.
const MaxExamined = maxExamined

// WatchLists tells each statement of a list, and its parameters, before it is carried out.
func WatchLists(s *Store, told func(statement string, parameters []any)) error {
	return s.lists.Callback().Query().Before("gorm:query").Register("test:watch", func(db *gorm.DB) {
		told(db.Statement.SQL.String(), db.Statement.Vars)
	})
}
