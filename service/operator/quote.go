package operator

import (
	"fmt"
	"strconv"

	"github.com/countersign/countersign/service/domain"
)

// Quoting is the cause of a refusal, and says the same as its detail with what was
// submitted: for whoever typed it at the command line. The detail, which the API answers,
// quotes nothing.
type Quoting string

// Error returns the message.
func (q Quoting) Error() string { return string(q) }

// submitted is a text, and what stands in its place where nothing is quoted.
type submitted struct{ text, standIn string }

// quoted returns a text that is shown in quotation marks.
func quoted(text, standIn string) submitted { return submitted{strconv.Quote(text), standIn} }

// refuse refuses with a detail in which the texts take the places of the format.
func refuse(format string, texts ...submitted) *domain.Error {
	detail, message := make([]any, len(texts)), make([]any, len(texts))
	for i, t := range texts {
		detail[i], message[i] = t.standIn, t.text
	}
	return domain.ErrInvalidRequest.WithDetail(fmt.Sprintf(format, detail...)).WithCause(Quoting(fmt.Sprintf(format, message...)))
}
