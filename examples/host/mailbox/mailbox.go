// Package mailbox tells people what happens to their second factor. It follows
// the events of Countersign, and has a message for each that its documentation
// says to tell the user of. In place of sending them by mail, it keeps them for a
// page of the host.
package mailbox

import (
	"slices"
	"sync"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
)

// kept is how many messages of a person there are; older ones go.
const kept = 50

// Message is what a product sends by mail.
type Message struct {
	Subject, Text string
	At            time.Time
}

// Mailbox has the messages of everybody whom it knows, in memory.
type Mailbox struct {
	nameOf func(userID string) (name string, known bool)
	cursor string

	mu    sync.Mutex
	boxes map[string]box
}

type box struct {
	messages []Message // newest first
	unread   int
}

// New returns a mailbox for the people who have a name.
func New(nameOf func(userID string) (name string, known bool)) *Mailbox {
	return &Mailbox{nameOf: nameOf, cursor: countersign.LatestEvents, boxes: map[string]box{}}
}

// Unread is how many messages somebody has not seen.
func (m *Mailbox) Unread(userID string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.boxes[userID].unread
}

// Open returns somebody's messages, newest first. All of them are read then.
func (m *Mailbox) Open(userID string) []Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	opened := m.boxes[userID]
	opened.unread = 0
	m.boxes[userID] = opened
	return slices.Clone(opened.messages)
}

// tell puts a message into the box of whom an event concerns. One that sends mail
// notes the EventID with it: an event may come twice.
func (m *Mailbox) tell(e countersign.AuditEvent) {
	_, known := m.nameOf(e.UserID)
	message, told := m.message(e)
	if !known || !told {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	messages := append([]Message{message}, m.boxes[e.UserID].messages...)
	messages = messages[:min(len(messages), kept)]
	m.boxes[e.UserID] = box{messages, min(m.boxes[e.UserID].unread+1, kept)}
}
