package seed

import (
	"context"
	"errors"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/seal"
	"github.com/countersign/countersign/service/store"
)

// sealer has the keys under which a deployment keeps its users' secrets.
type sealer struct {
	keyset *seal.Sealer
	keyID  string // of lookup
	lookup seal.LookupKey
	// at is when everybody was enrolled.
	at time.Time
}

const recoveryCodes = 8

func newSealer(ctx context.Context, store store.Store, keysetFile string) (sealer, error) {
	keyset, err := seal.LoadKeysetFile(keysetFile)
	if err != nil {
		return sealer{}, err
	}
	keys, err := store.Keys(ctx)
	if err != nil {
		return sealer{}, err
	}
	for _, key := range keys {
		if key.Kind == domain.KeyRecoveryCode {
			return sealerWith(keyset, key)
		}
	}
	return sealer{}, errors.New("the deployment has no key for recovery codes")
}

// sealerWith opens the key under which recovery codes are found.
func sealerWith(keyset *seal.Sealer, key domain.Key) (sealer, error) {
	secret, err := keyset.Open(key.Sealed, seal.Key(string(key.Kind), key.ID))
	if err != nil {
		return sealer{}, err
	}
	lookup, err := seal.ParseLookupKey(secret)
	at := time.Now().Add(-24 * time.Hour).UTC().Truncate(time.Microsecond)
	return sealer{keyset: keyset, keyID: key.ID, lookup: lookup, at: at}, err
}

func (s sealer) sealedSecret(p person) ([]byte, error) {
	return s.keyset.Seal(p.secret(), seal.TOTPSecret(p.tenant, p.id(), p.incarnation(), p.factorID()))
}

func (s sealer) storedCode(p person, i int) (domain.StoredRecoveryCode, error) {
	symbols := p.recoveryCode(i)
	sealed, err := s.keyset.Seal([]byte(shown(symbols)), seal.RecoveryCode(p.tenant, p.id(), p.incarnation(), s.at, i))
	return domain.StoredRecoveryCode{
		MAC: s.lookup.MAC(p.tenant, p.id(), p.incarnation(), symbols), Sealed: sealed,
	}, err
}

// user is the aggregate of a person, and what is to be committed with it.
func (s sealer) user(p person) (domain.Change, error) {
	user := domain.User{
		TenantID: p.tenant, ID: p.id(), Incarnation: p.incarnation(),
		Profile: domain.Profile{
			Username: p.name(), DisplayName: p.displayName(),
			AuthSource: domain.AuthLocal, Role: domain.RoleMember, Active: true,
		},
		CreatedAt: s.at, UpdatedAt: s.at,
	}
	change := domain.Change{TenantID: p.tenant, User: &user}
	if !p.enrolled {
		return change, nil
	}
	secret, err := s.sealedSecret(p)
	if err != nil {
		return change, err
	}
	user.SecondFactor = domain.SecondFactor{
		Factors: []domain.Factor{{
			ID: p.factorID(), Type: domain.FactorTOTP, Name: "Authenticator", State: domain.FactorActive,
			TOTP:      domain.TOTP{Secret: secret, LastStep: 1},
			CreatedAt: s.at, ConfirmedAt: s.at, LastUsedAt: s.at,
		}},
		RecoveryCodes: domain.RecoveryCodeCount{Total: recoveryCodes, Remaining: recoveryCodes, GeneratedAt: s.at},
		EnabledAt:     s.at, LastVerifiedAt: s.at, Generation: p.generation(), EverEnrolled: true,
	}
	change.Codes, err = s.codes(p)
	return change, err
}

func (s sealer) codes(p person) (*domain.RecoveryCodeSet, error) {
	set := domain.RecoveryCodeSet{TenantID: p.tenant, UserID: p.id(), KeyID: s.keyID, GeneratedAt: s.at}
	for i := range recoveryCodes {
		code, err := s.storedCode(p, i)
		if err != nil {
			return nil, err
		}
		set.Codes = append(set.Codes, code)
	}
	return &set, nil
}
