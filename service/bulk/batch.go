package bulk

// batch is what is decided together: lines, and what became of each.
type batch[L Line] struct {
	lines    []L
	outcomes []Outcome
	users    map[string]int // how many lines are about each
	rounds   [][]int        // lines by index, in turns that hold one line of each user
}

func newBatch[L Line](lines []L) *batch[L] {
	b := &batch[L]{lines: lines, outcomes: make([]Outcome, len(lines)), users: make(map[string]int, len(lines))}
	for n, line := range lines {
		head := line.Head()
		if head.Refused {
			continue
		}
		turn := b.users[head.UserID]
		b.users[head.UserID]++
		if turn == len(b.rounds) {
			b.rounds = append(b.rounds, nil)
		}
		b.rounds[turn] = append(b.rounds[turn], n)
	}
	return b
}

func (b *batch[L]) overlaps(other *batch[L]) bool {
	for id := range b.users {
		if other.users[id] > 0 {
			return true
		}
	}
	return false
}
