package seed

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/seal"
	"github.com/countersign/countersign/service/store"
)

// vault has the keys under which a deployment keeps its users' secrets, and binds them as the service does.
type vault struct {
	sealer *seal.Sealer
	keyID  string // of lookup
	lookup seal.LookupKey
	// at is when everybody was enrolled.
	at time.Time
}

const recoveryCodes = 8

func openVault(ctx context.Context, store store.Store, keyset string) (vault, error) {
	sealer, err := seal.LoadKeysetFile(keyset)
	if err != nil {
		return vault{}, err
	}
	keys, err := store.Keys(ctx)
	if err != nil {
		return vault{}, err
	}
	for _, key := range keys {
		if key.Kind == domain.KeyRecoveryCode {
			return newVault(sealer, key)
		}
	}
	return vault{}, errors.New("the deployment has no key for recovery codes")
}

func newVault(sealer *seal.Sealer, key domain.Key) (vault, error) {
	secret, err := sealer.Open(key.Sealed, seal.Binding{
		Purpose: seal.PurposeKey, Item: string(key.Kind) + "/" + key.ID,
	})
	if err != nil {
		return vault{}, err
	}
	lookup, err := seal.ParseLookupKey(secret)
	at := time.Now().Add(-24 * time.Hour).UTC().Truncate(time.Microsecond)
	return vault{sealer: sealer, keyID: key.ID, lookup: lookup, at: at}, err
}

func (v vault) sealedSecret(p person) ([]byte, error) {
	return v.sealer.Seal(p.secret(), seal.Binding{
		Purpose: seal.PurposeTOTPSecret, Tenant: p.tenant, User: p.id(),
		Incarnation: p.incarnation(), Item: p.factorID(),
	})
}

func (v vault) storedCode(p person, i int) (domain.StoredRecoveryCode, error) {
	symbols := p.recoveryCode(i)
	sealed, err := v.sealer.Seal([]byte(shown(symbols)), seal.Binding{
		Purpose: seal.PurposeRecoveryCode, Tenant: p.tenant, User: p.id(), Incarnation: p.incarnation(),
		Item: strconv.FormatInt(v.at.UnixMicro(), 10) + "/" + strconv.Itoa(i),
	})
	return domain.StoredRecoveryCode{
		MAC: v.lookup.MAC(p.tenant, p.id(), p.incarnation(), symbols), Sealed: sealed,
	}, err
}

// user is the aggregate of a person, and what is to be committed with it.
func (v vault) user(p person) (domain.Change, error) {
	user := domain.User{
		TenantID: p.tenant, ID: p.id(), Incarnation: p.incarnation(),
		Profile: domain.Profile{
			Username: p.name(), DisplayName: p.displayName(),
			AuthSource: domain.AuthLocal, Role: domain.RoleMember, Active: true,
		},
		CreatedAt: v.at, UpdatedAt: v.at,
	}
	change := domain.Change{TenantID: p.tenant, User: &user}
	if !p.enrolled {
		return change, nil
	}
	secret, err := v.sealedSecret(p)
	if err != nil {
		return change, err
	}
	user.SecondFactor = domain.SecondFactor{
		Factors: []domain.Factor{{
			ID: p.factorID(), Type: domain.FactorTOTP, Name: "Authenticator", State: domain.FactorActive,
			TOTP:      domain.TOTP{Secret: secret, LastStep: 1},
			CreatedAt: v.at, ConfirmedAt: v.at, LastUsedAt: v.at,
		}},
		RecoveryCodes: domain.RecoveryCodeCount{Total: recoveryCodes, Remaining: recoveryCodes, GeneratedAt: v.at},
		EnabledAt:     v.at, LastVerifiedAt: v.at, Generation: p.generation(), EverEnrolled: true,
	}
	change.Codes, err = v.codes(p)
	return change, err
}

func (v vault) codes(p person) (*domain.RecoveryCodeSet, error) {
	set := domain.RecoveryCodeSet{TenantID: p.tenant, UserID: p.id(), KeyID: v.keyID, GeneratedAt: v.at}
	for i := range recoveryCodes {
		code, err := v.storedCode(p, i)
		if err != nil {
			return nil, err
		}
		set.Codes = append(set.Codes, code)
	}
	return &set, nil
}
