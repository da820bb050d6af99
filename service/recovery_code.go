package service

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/countersign/countersign/service/seal"
)

// RecoveryCodeSet is a user's recovery codes (NIST's look-up secrets). They are
// kept in one row, and the aggregate's version guards it.
type RecoveryCodeSet struct {
	TenantID    string
	UserID      string
	KeyID       string // of the key that made the MACs
	GeneratedAt time.Time
	Codes       []StoredRecoveryCode
}

// StoredRecoveryCode is found by its MAC. Sealed is the ciphertext that makes
// it viewable: nil once the code is spent, or under custody hash_only.
type StoredRecoveryCode struct {
	MAC     [16]byte
	Sealed  []byte
	SpentAt time.Time // zero: unused
}

const (
	recoveryCodeTotal   = 8
	recoveryCodeSymbols = 16 // of five bits: 80 bits, so that a keyed hash suffices
	crockford           = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

// RecoveryCode is a recovery code in its one spelling: sixteen symbols of
// Crockford's base32, upper case, no hyphens. It prints as a placeholder.
type RecoveryCode struct{ symbols string }

// ParseRecoveryCode reads a code as people type it: any case, with or without
// hyphens and spaces, O for 0 and I or L for 1. Anything else is
// ErrInvalidRequest.
func ParseRecoveryCode(text string) (RecoveryCode, error) {
	symbols := crockfordFold.Replace(strings.ToUpper(text))
	if len(symbols) != recoveryCodeSymbols || strings.Trim(symbols, crockford) != "" {
		return RecoveryCode{}, ErrInvalidRequest.saying("A recovery code is sixteen letters and digits, such as shown when it was made.")
	}
	return RecoveryCode{symbols: symbols}, nil
}

var crockfordFold = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1")

// String hides the code; use Text to show it to its owner.
func (RecoveryCode) String() string { return "[recovery code]" }

// GoString hides the code.
func (c RecoveryCode) GoString() string { return c.String() }

// Text returns the code as it is shown: 4-4-4-4.
func (c RecoveryCode) Text() string {
	return c.symbols[0:4] + "-" + c.symbols[4:8] + "-" + c.symbols[8:12] + "-" + c.symbols[12:16]
}

func newRecoveryCode() RecoveryCode {
	random := make([]byte, recoveryCodeSymbols)
	rand.Read(random)
	for i, b := range random {
		random[i] = crockford[b%32] // 256 is a multiple of 32: every symbol is equally likely
	}
	return RecoveryCode{symbols: string(random)}
}

// recoveryCodeProof is one unused recovery code.
type recoveryCodeProof struct{ code RecoveryCode }

func (recoveryCodeProof) lane(u *User) *Lane { return &u.RecoveryLane }
func (recoveryCodeProof) laneName() string   { return laneRecoveryCode }
func (recoveryCodeProof) wrong() *Error {
	return ErrCodeInvalid.saying("The recovery code is not valid, or was used. Take another one.")
}

func (p recoveryCodeProof) evaluate(ctx context.Context, s *Service, d *deliberation) (evidence, error) {
	set, err := s.store.RecoveryCodes(ctx, d.user.TenantID, d.user.ID)
	if err != nil {
		return evidence{}, err
	}
	found := evidence{why: whyWrong, method: MethodRecoveryCode}
	if len(set.Codes) == 0 {
		return found, nil
	}
	key, err := s.keys.recoveryCodeKey(ctx, set.KeyID)
	if err != nil {
		return evidence{}, err
	}
	mac := key.MAC(d.user.TenantID, d.user.ID, d.user.Incarnation, p.code.symbols)
	for i := range set.Codes {
		switch {
		case subtle.ConstantTimeCompare(set.Codes[i].MAC[:], mac[:]) == 0:
		case !set.Codes[i].SpentAt.IsZero():
			found.why = whyAlreadyUsed
		default:
			found.proven = true
			found.record = func(d *deliberation) {
				d.recordRecoveryCode(set, i)
				d.endGeneration(s.by(d), "a recovery code was used")
			}
		}
	}
	return found, nil
}

// recordRecoveryCode spends a code, erases what made it viewable, and opens
// both lanes.
func (d *deliberation) recordRecoveryCode(set RecoveryCodeSet, i int) {
	set.Codes = append([]StoredRecoveryCode(nil), set.Codes...)
	set.Codes[i].SpentAt, set.Codes[i].Sealed = d.now, nil
	d.change.Codes = &set
	d.user.RecoveryCodes.Remaining--
	d.user.LastVerifiedAt = d.now
	d.user.CodeLane.clear()
	d.user.RecoveryLane.clear()
}

// newRecoveryCodes makes eight codes the user's only ones, and returns their
// texts for the one answer that shows them.
func (s *Service) newRecoveryCodes(ctx context.Context, d *deliberation) ([]string, error) {
	key, err := s.keys.currentRecoveryCodeKey(ctx)
	if err != nil {
		return nil, err
	}
	set := RecoveryCodeSet{TenantID: d.user.TenantID, UserID: d.user.ID, KeyID: key.id, GeneratedAt: d.now}
	texts := make([]string, 0, recoveryCodeTotal)
	for i := range recoveryCodeTotal {
		code := newRecoveryCode()
		stored := StoredRecoveryCode{MAC: key.MAC(d.user.TenantID, d.user.ID, d.user.Incarnation, code.symbols)}
		if d.tenant.Policy.Custody == CustodyViewable {
			if stored.Sealed, err = s.sealer.Seal([]byte(code.Text()), codeBinding(set, d.user, i)); err != nil {
				return nil, err
			}
		}
		set.Codes = append(set.Codes, stored)
		texts = append(texts, code.Text())
	}
	d.change.Codes, d.change.Custody = &set, d.tenant.Policy.Custody
	d.user.RecoveryCodes = RecoveryCodeCount{Total: recoveryCodeTotal, Remaining: recoveryCodeTotal, GeneratedAt: d.now}
	return texts, nil
}

// codeBinding ties a ciphertext to its user, set and place.
func codeBinding(set RecoveryCodeSet, u User, i int) seal.Binding {
	return seal.Binding{
		Purpose: seal.PurposeRecoveryCode, Tenant: u.TenantID, User: u.ID, Incarnation: u.Incarnation,
		Item: strconv.FormatInt(set.GeneratedAt.UnixMicro(), 10) + "/" + strconv.Itoa(i),
	}
}

// openRecoveryCodes returns the texts of the unused codes.
func (s *Service) openRecoveryCodes(set RecoveryCodeSet, u User) ([]string, error) {
	texts := []string{}
	for i, c := range set.Codes {
		if !c.SpentAt.IsZero() {
			continue
		}
		if c.Sealed == nil {
			return nil, ErrCustodyHashOnly
		}
		text, err := s.open(c.Sealed, codeBinding(set, u, i))
		if err != nil {
			return nil, fmt.Errorf("recovery code %d: %w", i, err)
		}
		texts = append(texts, string(text))
	}
	return texts, nil
}
