package countersign

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"time"
)

// Problem is an answer that is not a success (RFC 9457). Find it with errors.As,
// or ask for its code alone:
//
//	if errors.Is(err, countersign.ProblemCodeCodeInvalid) { ... }
type Problem struct {
	// Status is the HTTP status.
	Status int
	// Code is what to branch on. It is empty where not Countersign answered but
	// something between it and the host.
	Code ProblemCode
	// Title and Detail are for people, and may change.
	Title, Detail string
	// RequestID names the request in the service's log.
	RequestID string
	// Fields say what exactly is malformed, with ProblemCodeInvalidRequest.
	Fields []ProblemField
	// RetryAfter is how long to wait before the next try; 0: nothing was said.
	// The wrong code that begins a wait says it too, with ProblemCodeCodeInvalid.
	RetryAfter time.Duration
	// LinesDone is, of an import that ended early, up to which line everything
	// has been decided.
	LinesDone int
	// OldestCursor is the EventFeedQuery.After to go on with, where the events after
	// the one that was sent are kept no longer: with ProblemCodeEventsPruned.
	OldestCursor string
}

// Error tells the code, the status, the detail and the request. None of them
// repeats what was sent.
func (p *Problem) Error() string {
	text := string(p.Code)
	if text == "" {
		text = p.Title
	}
	text = fmt.Sprintf("%s (%d)", text, p.Status)
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	if p.RequestID != "" {
		text += " [request " + p.RequestID + "]"
	}
	return text
}

// Unwrap returns the code, so that errors.Is finds it.
func (p *Problem) Unwrap() error {
	if p.Code == "" {
		return nil
	}
	return p.Code
}

// Error is the code itself. A code is an error so that errors.Is takes it.
func (c ProblemCode) Error() string { return string(c) }

func problemOf(response *http.Response, body []byte) *Problem {
	p := &Problem{Status: response.StatusCode, Title: http.StatusText(response.StatusCode)}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		p.RetryAfter = time.Duration(seconds) * time.Second
	}
	var told struct {
		Title        string         `json:"title"`
		Code         ProblemCode    `json:"code"`
		Detail       string         `json:"detail"`
		RequestID    string         `json:"request_id"`
		Errors       []ProblemField `json:"errors"`
		LinesDone    int            `json:"lines_done"`
		OldestCursor string         `json:"oldest_cursor"`
	}
	mediaType, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if mediaType != "application/problem+json" || json.Unmarshal(body, &told) != nil || told.Code == "" {
		p.Detail = "the answer is not one of Countersign, but of something in between"
		return p
	}
	p.Title, p.Code, p.Detail, p.RequestID, p.Fields = told.Title, told.Code, told.Detail, told.RequestID, told.Errors
	p.LinesDone, p.OldestCursor = told.LinesDone, told.OldestCursor
	return p
}
