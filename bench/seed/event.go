package seed

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/countersign/countersign/service/domain"
)

// Trail is an audit trail over a year. Everything about an event follows from its number, which is its place in time.
type Trail struct {
	Tenant string
	// Users are as many of the tenant's enrolled users as the events are about. A few have most of them.
	Users  int
	Events int
	// Until is when it ends.
	Until time.Time
}

const (
	day       = 24 * time.Hour
	trailDays = 365
	// dailyAmplitude: at the busiest time of a day nine times as much happens as at the calmest.
	dailyAmplitude = 0.8
)

// kind is what some of the events are.
type kind struct {
	share   int // of ten thousand
	action  domain.Action
	outcome domain.Outcome
	details string // with %s for an id
}

// kinds are most of a trail: logins.
var kinds = []kind{
	{7200, domain.ActionVerification, domain.OutcomeSuccess, `{"method":"totp","token":"sut_%s"}`},
	{600, domain.ActionVerification, domain.OutcomeFailure, `{"method":"totp","why":"wrong"}`},
	{1100, domain.ActionTicketIssued, domain.OutcomeSuccess, `{"purpose":"account","ticket":"tkt_%s"}`},
	{900, domain.ActionTokenConsumed, domain.OutcomeSuccess, `{"audience":"acme","token":"sut_%s"}`},
	{100, domain.ActionUserUpdated, domain.OutcomeSuccess, `{}`},
	{45, domain.ActionEnrollmentBegun, domain.OutcomeSuccess, `{}`},
	{40, domain.ActionEnrollmentConfirmed, domain.OutcomeSuccess, `{}`},
	{7, domain.ActionCodesRevealed, domain.OutcomeSuccess, `{"step_up":"sut_%s"}`},
	{3, domain.ActionLaneLocked, domain.OutcomeRefused, `{"lane":"code","until":"2026-01-01T00:00:00Z"}`},
	{5, domain.ActionAccessRefused, domain.OutcomeRefused, `{"code":"forbidden","operation":"reveal_recovery_codes"}`},
}

// What stands out: an import on the first days, and a handful of events spread over the year.
var (
	imported = kind{0, domain.ActionUserCreated, domain.OutcomeSuccess, `{}`}
	reset    = kind{0, domain.ActionUserReset, domain.OutcomeSuccess, `{"reason":"phone lost"}`}
	policy   = kind{0, domain.ActionPolicyChanged, domain.OutcomeSuccess, `{"mandatory":"true"}`}
)

const (
	importedPart = 100 // of all events
	resets       = 24
	policies     = 12
)

func (t Trail) kind(n int) kind {
	switch {
	case n < t.Events/importedPart:
		return imported
	case n%(t.Events/resets) == t.Events/resets/2:
		return reset
	case n%(t.Events/policies) == t.Events/policies/3:
		return policy
	}
	drawn := int(mixed(n, 1) % 10_000)
	at := slices.IndexFunc(kinds, func(k kind) bool { drawn -= k.share; return drawn < 0 })
	return kinds[at]
}

// At is when an event happened: more at some hours of the day than at others.
func (t Trail) At(n int) time.Time {
	passed := trailDays * float64(n) / float64(t.Events)
	passed -= dailyAmplitude / (2 * math.Pi) * math.Sin(2*math.Pi*passed)
	return t.Until.Add(time.Duration((passed - trailDays) * float64(day))).UTC().Truncate(time.Microsecond)
}

// EventID is the id of an event: a UUIDv7 of its time, as the service makes them (RFC 9562, section 5.7).
func (t Trail) EventID(n int) string {
	at := t.At(n)
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:], uint64(at.UnixMilli())<<16|0x7000|uint64(at.Nanosecond()%1e6)>>8)
	binary.BigEndian.PutUint64(id[8:], mixed(n, 2)>>2|1<<63)
	return id.String()
}

// UserID is whom an event is about; an event about nobody is about whom it would be.
func (t Trail) UserID(n int) string {
	drawn := float64(mixed(n, 3)>>11) / (1 << 53)
	return person{tenant: t.Tenant, number: int(drawn * drawn * float64(t.Users)), enrolled: true}.id()
}

// Busiest is the user with the most events.
func (t Trail) Busiest() string { return person{tenant: t.Tenant, enrolled: true}.id() }

// event is what differs between events, as the store writes it: see [eventValues].
func (t Trail) event(n int) [][]byte {
	k, user, details := t.kind(n), t.UserID(n), ""
	if k.action == domain.ActionPolicyChanged {
		user = ""
	}
	if details = k.details; strings.Contains(details, "%s") {
		details = fmt.Sprintf(details, randomText(n, 4))
	}
	return eventValues(t.EventID(n), t.At(n), k.action, k.outcome, user, "req-"+randomText(n, 5), "fct_"+randomText(n, 6), details)
}

// eventTime is how COPY writes a time in UTC.
const eventTime = "2006-01-02 15:04:05.999999+00"

func eventValues(id string, at time.Time, action domain.Action, outcome domain.Outcome, texts ...string) [][]byte {
	values := [][]byte{[]byte(id), at.AppendFormat(nil, eventTime), []byte(action), []byte(outcome)}
	for _, text := range texts {
		values = append(values, []byte(text))
	}
	return values
}

// randomText has as many characters as the product's ids.
func randomText(n int, what uint64) string {
	var sum [16]byte
	binary.BigEndian.PutUint64(sum[:], mixed(n, what))
	binary.BigEndian.PutUint64(sum[8:], mixed(n, what+100))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:15]))
}

// mixed is a number without order (SplitMix64's finalizer).
func mixed(n int, what uint64) uint64 {
	z := uint64(n)*0x9e3779b97f4a7c15 + what*0xd1342543de82ef95
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
