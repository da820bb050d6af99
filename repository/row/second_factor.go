package row

import (
	"cmp"
	"encoding/json"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// secondFactor is the stored form of domain.SecondFactor: one document, so
// that an attempt is decided by one UPDATE of one row. A member that is left
// out is zero; a member may be added, none may change its meaning.
type secondFactor struct {
	Factors        []factor  `json:"factors,omitempty"`
	CodeLane       lane      `json:"code_lane,omitzero"`
	RecoveryLane   lane      `json:"recovery_lane,omitzero"`
	CodesTotal     int       `json:"codes_total,omitempty"`
	CodesRemaining int       `json:"codes_left,omitempty"`
	CodesAt        time.Time `json:"codes_at,omitzero"`
	EnabledAt      time.Time `json:"enabled_at,omitzero"`
	LastVerifiedAt time.Time `json:"verified_at,omitzero"`
	Generation     string    `json:"generation,omitempty"`
	EverEnrolled   bool      `json:"ever_enrolled,omitempty"`
	MustEnroll     bool      `json:"must_enroll,omitempty"`
	HadPasskey     bool      `json:"had_passkey,omitempty"`
	Covered        reached   `json:"covered,omitzero"`
	TicketEpoch    int       `json:"ticket_epoch,omitempty"`

	Browsers             []browser  `json:"browsers,omitempty"`
	AccessPass           accessPass `json:"access_pass,omitzero"`
	Exemption            exemption  `json:"exemption,omitzero"`
	CredentialsChangedAt time.Time  `json:"credentials_changed_at,omitzero"`
}

type lane struct {
	Failures  int           `json:"failures,omitempty"`
	LockedAt  time.Time     `json:"locked_at,omitzero"`
	LockedFor time.Duration `json:"locked_ns,omitempty"`
}

// factor has the members of TOTP beside those of the head, where they were before
// there was another kind. Any other kind has one member, its part.
type factor struct {
	ID          string          `json:"id"`
	Type        string          `json:"type,omitempty"` // left out: totp
	Name        string          `json:"name,omitempty"`
	State       string          `json:"state"`
	Secret      []byte          `json:"secret,omitempty"` // sealed
	LastStep    int64           `json:"last_step,omitempty"`
	Drift       int             `json:"drift,omitempty"`
	CreatedAt   time.Time       `json:"created_at,omitzero"`
	ConfirmedAt time.Time       `json:"confirmed_at,omitzero"`
	LastUsedAt  time.Time       `json:"used_at,omitzero"`
	Pending     pending         `json:"pending,omitzero"`
	Part        json.RawMessage `json:"part,omitempty"`

	// Of an imported TOTP factor; left out where they are those of every other.
	Algorithm     string `json:"algorithm,omitempty"`
	Digits        int    `json:"digits,omitempty"`
	PeriodSeconds int    `json:"period_seconds,omitempty"`
}

type pending struct {
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	Replaces  string    `json:"replaces,omitempty"`
	BegunBy   string    `json:"begun_by,omitempty"`
	StepUpID  string    `json:"step_up_id,omitempty"`
}

func encodeSecondFactor(f domain.SecondFactor) (string, error) {
	stored, err := newSecondFactor(f)
	if err != nil {
		return "", err
	}
	return Encode(stored)
}

func decodeSecondFactor(text string) (domain.SecondFactor, error) {
	stored, err := Decode[secondFactor](text)
	if err != nil {
		return domain.SecondFactor{}, err
	}
	return stored.domain()
}

func newSecondFactor(f domain.SecondFactor) (secondFactor, error) {
	stored := secondFactor{
		CodeLane: newLane(f.CodeLane), RecoveryLane: newLane(f.RecoveryLane),
		CodesTotal: f.RecoveryCodes.Total, CodesRemaining: f.RecoveryCodes.Remaining,
		CodesAt:   Micros(f.RecoveryCodes.GeneratedAt),
		EnabledAt: Micros(f.EnabledAt), LastVerifiedAt: Micros(f.LastVerifiedAt), Generation: f.Generation,
		EverEnrolled: f.EverEnrolled, MustEnroll: f.MustEnroll, TicketEpoch: f.TicketEpoch,
		HadPasskey: f.HadPasskey, Covered: newReached(f.Covered),
		Browsers: newBrowsers(f.Browsers), AccessPass: newAccessPass(f.AccessPass), Exemption: newExemption(f.Exemption),
		CredentialsChangedAt: Micros(f.CredentialsChangedAt),
	}
	for _, each := range f.Factors {
		one, err := newFactor(each)
		if err != nil {
			return secondFactor{}, err
		}
		stored.Factors = append(stored.Factors, one)
	}
	return stored, nil
}

func (s secondFactor) domain() (domain.SecondFactor, error) {
	f := domain.SecondFactor{
		CodeLane: s.CodeLane.domain(), RecoveryLane: s.RecoveryLane.domain(),
		RecoveryCodes: domain.RecoveryCodeCount{
			Total: s.CodesTotal, Remaining: s.CodesRemaining, GeneratedAt: s.CodesAt,
		},
		EnabledAt: s.EnabledAt, LastVerifiedAt: s.LastVerifiedAt, Generation: s.Generation,
		EverEnrolled: s.EverEnrolled, MustEnroll: s.MustEnroll, TicketEpoch: s.TicketEpoch,
		HadPasskey: s.HadPasskey, Covered: domain.Reached(s.Covered),
		AccessPass: s.AccessPass.domain(), Exemption: domain.Exemption(s.Exemption), CredentialsChangedAt: s.CredentialsChangedAt,
	}
	for _, each := range s.Browsers {
		f.Browsers = append(f.Browsers, each.domain())
	}
	for _, each := range s.Factors {
		one, err := each.domain()
		if err != nil {
			return domain.SecondFactor{}, err
		}
		f.Factors = append(f.Factors, one)
	}
	return f, nil
}

func newLane(l domain.Lane) lane {
	return lane{Failures: l.Failures, LockedAt: Micros(l.LockedAt), LockedFor: l.LockedFor}
}

func (l lane) domain() domain.Lane {
	return domain.Lane{Failures: l.Failures, LockedAt: l.LockedAt, LockedFor: l.LockedFor}
}

// newFactor leaves out the type of a TOTP factor, so that its bytes are those that
// replicas of the first version write and read.
func newFactor(f domain.Factor) (stored factor, err error) {
	stored = factor{
		ID: f.ID, Type: string(f.Type), Name: f.Name, State: string(f.State),
		Secret: f.TOTP.Secret, LastStep: f.TOTP.LastStep, Drift: f.TOTP.Drift,
		CreatedAt: Micros(f.CreatedAt), ConfirmedAt: Micros(f.ConfirmedAt), LastUsedAt: Micros(f.LastUsedAt),
		Pending: pending{
			ExpiresAt: Micros(f.Pending.ExpiresAt), Replaces: f.Pending.Replaces,
			BegunBy: f.Pending.BegunBy, StepUpID: f.Pending.StepUpID,
		},
		Part:      f.Unknown,
		Algorithm: string(f.TOTP.Algorithm), Digits: f.TOTP.Digits, PeriodSeconds: int(f.TOTP.Period / time.Second),
	}
	switch f.Type {
	case domain.FactorTOTP:
		stored.Type = ""
	case domain.FactorPasskey:
		stored.Part, err = newPasskey(f.Passkey)
	}
	return stored, err
}

func (f factor) domain() (read domain.Factor, err error) {
	read = domain.Factor{
		ID: f.ID, Type: cmp.Or(domain.FactorType(f.Type), domain.FactorTOTP), Name: f.Name, State: domain.FactorState(f.State),
		TOTP: domain.TOTP{
			Secret: f.Secret, LastStep: f.LastStep, Drift: f.Drift,
			Algorithm: domain.OTPAlgorithm(f.Algorithm), Digits: f.Digits, Period: time.Duration(f.PeriodSeconds) * time.Second,
		},
		CreatedAt: f.CreatedAt, ConfirmedAt: f.ConfirmedAt, LastUsedAt: f.LastUsedAt,
		Pending: domain.PendingFactor{
			ExpiresAt: f.Pending.ExpiresAt, Replaces: f.Pending.Replaces,
			BegunBy: f.Pending.BegunBy, StepUpID: f.Pending.StepUpID,
		},
	}
	if read.Type == domain.FactorPasskey {
		read.Passkey, err = passkeyOf(f.Part)
	} else {
		read.Unknown = f.Part
	}
	return read, err
}
