package webhook

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// Message is what a receiver is sent. Its URL and its signatures are secret.
type Message struct {
	URL       string
	ID        string
	Timestamp string // Unix seconds of the try
	Signature string
	Body      []byte
}

// Poster sends messages. Post ends within [TryTimeout].
type Poster interface {
	Post(ctx context.Context, m Message) Answer
}

// TryTimeout bounds one try, from the look-up of the name to the status.
const TryTimeout = 15 * time.Second

// Answer is what came of a try. What a receiver wrote is not in it.
type Answer struct {
	Status     int     // 0: none came
	Failure    Failure // why none came
	RetryAfter time.Duration
}

// Failure is why no answer came.
type Failure string

// The failures.
const (
	FailureTimeout     Failure = "timeout"
	FailureName        Failure = "unknown name"
	FailureResolver    Failure = "name not looked up"
	FailureURL         Failure = "URL not allowed"
	FailureAddress     Failure = "address not allowed"
	FailureTLS         Failure = "certificate not accepted"
	FailureUnreachable Failure = "unreachable"
	FailureUnreadable  Failure = "no answer of HTTP"
	// FailureAborted is no failure of the receiver: the sender ended.
	FailureAborted Failure = "aborted"
	// failureSlow: there is no answer yet.
	failureSlow Failure = "no answer yet"
)

// Delivered reports whether the receiver has taken the message.
func (a Answer) Delivered() bool { return a.Status >= 200 && a.Status <= 299 }

const gone = 410

// Reason is the failure in as few words as a table has room for.
func (a Answer) Reason() string {
	if a.Status == 0 {
		return string(a.Failure)
	}
	return "status " + strconv.Itoa(a.Status)
}

// remedies say what to do about failures.
var remedies = map[Failure]string{
	FailureTimeout:     "No answer came within 15 seconds. Have the receiver answer first, and work afterwards.",
	FailureName:        "The name in its URL is not known. Check it, and the resolver of this machine.",
	FailureResolver:    "The name in its URL could not be looked up. Check the resolver of this machine, and that it is reached.",
	FailureURL:         "Its URL is of http, or of an address that is private or reserved, and was not connected to. If it is meant, add its network or its name to COUNTERSIGN_WEBHOOK_ALLOW.",
	FailureAddress:     "Its name leads to an address that is private or reserved, and was not connected to. If it is meant, add its network or its name to COUNTERSIGN_WEBHOOK_ALLOW.",
	FailureTLS:         "Its certificate was not accepted: it is not of that name, has expired, or is of an authority that this machine does not know.",
	FailureUnreachable: "No connection came about. Check that the receiver runs, and that this machine reaches it.",
	FailureUnreadable:  "What came back was no answer of HTTP. Check the port, and https or http.",
	FailureAborted:     "The try was ended before an answer came.",
}

// Sentence says what came back, and what to do about it.
func (a Answer) Sentence() string {
	switch {
	case a.Status == 0:
		return remedies[a.Failure]
	case a.Delivered():
		return fmt.Sprintf("The receiver took it and answered %d.", a.Status)
	case a.Status >= 300 && a.Status <= 399:
		return fmt.Sprintf("The receiver answered %d, and redirections are not followed. Make a webhook with the URL that it leads to.", a.Status)
	case a.Status == gone:
		return "The receiver answered 410: it wants no more. An event answered so pauses the webhook."
	}
	return fmt.Sprintf("The receiver answered %d; any status from 200 to 299 says that it took the event.", a.Status)
}
