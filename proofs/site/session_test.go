package site

import "testing"

func TestWhatCommitsIsRecognised(t *testing.T) {
	t.Parallel()
	const update, read = "UPDATE users SET version = $1", "SELECT updated_at FROM users"
	query := func(text string) []byte { return message('Q', text) }
	parse := func(name, text string) []byte { return message('P', name, text) }
	bind := func(name string) []byte { return message('B', "portal", name) }
	for _, c := range []struct {
		name string
		said [][]byte
		want bool // of the last
	}{
		{"COMMIT", [][]byte{query("begin"), query("commit")}, true},
		{"COMMIT of who numbers events", [][]byte{query("begin"), query("SELECT position FROM event_sequencer FOR UPDATE"), query("commit")}, false},
		{"COMMIT after who numbers events", [][]byte{query("begin"), query("SELECT position FROM event_sequencer"), query("commit"), query("begin"), query("commit")}, true},
		{"ROLLBACK", [][]byte{query("begin"), query("rollback")}, false},
		{"a write is prepared", [][]byte{parse("s", update)}, false},
		{"a write", [][]byte{parse("s", update), bind("s")}, true},
		{"a write without a name", [][]byte{parse("", read), bind(""), parse("", update), bind("")}, true},
		{"a write in a transaction", [][]byte{parse("s", update), query("begin isolation level serializable"), bind("s")}, false},
		{"a write after a transaction", [][]byte{parse("s", update), query("begin"), query("commit"), bind("s")}, true},
		{"a write as a query", [][]byte{query("WITH a AS (SELECT 1) UPDATE users SET version = 1")}, true},
		{"a write as a query in a transaction", [][]byte{query("begin"), query(update)}, false},
		{"a read as a query", [][]byte{query(read)}, false},
		{"a read", [][]byte{parse("s", update), parse("r", read), bind("r")}, false},
		{"a write among common table expressions", [][]byte{parse("s", "WITH a AS (\n INSERT INTO t VALUES (1)\n) SELECT 1"), bind("s")}, true},
	} {
		s, got := session{}, false
		for _, said := range c.said {
			got = s.commits(said)
		}
		if got != c.want {
			t.Errorf("%s commits: %v, want %v", c.name, got, c.want)
		}
	}
}

// message is a message whose length nobody reads.
func message(kind byte, texts ...string) []byte {
	m := []byte{kind, 0, 0, 0, 0}
	for _, text := range texts {
		m = append(append(m, text...), 0)
	}
	return m
}
