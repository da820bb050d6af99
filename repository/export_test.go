package repository

// PreparedSQL are the statements that go by no log.
var PreparedSQL = []string{updateUnlessAnsweredSQL}
