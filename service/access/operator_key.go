package access

import (
	"context"
	"crypto/sha256"
	"strings"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
	"github.com/countersign/countersign/service/ttlcache"
)

// operators finds operator keys. There are few, so that all are read at once, and an
// unknown key costs the store nothing.
type operators struct {
	store store.OperatorKeys
	keys  *ttlcache.Cache[struct{}, operatorKeys]
}

type operatorKeys struct {
	byHash map[[sha256.Size]byte]domain.OperatorKey
	some   bool // are not revoked
}

func newOperators(s store.OperatorKeys) *operators {
	return &operators{store: s, keys: ttlcache.New[struct{}, operatorKeys](staleness)}
}

// all returns the keys as they were at most a second ago.
func (o *operators) all(ctx context.Context) (operatorKeys, error) {
	return o.keys.Get(ctx, struct{}{}, func() (operatorKeys, error) {
		stored, err := o.store.OperatorKeys(ctx)
		found := operatorKeys{byHash: make(map[[sha256.Size]byte]domain.OperatorKey, len(stored))}
		for _, key := range stored {
			found.byHash[key.Hash] = key
			found.some = found.some || key.RevokedAt.IsZero()
		}
		return found, err
	})
}

// IsOperatorKey reports whether a credential has the form of an operator key. Such a
// credential belongs to no tenant, whatever is configured.
func IsOperatorKey(text string) bool { return strings.HasPrefix(text, domain.OperatorKeyPrefix) }

// OperatorsExist reports whether there is an operator key that was not revoked. One that
// has expired counts, so that its owner hears that it has ended. The answer is at most a
// second old.
func (a *Authenticator) OperatorsExist(ctx context.Context) (bool, error) {
	keys, err := a.operators.all(ctx)
	return keys.some, err
}

// AuthenticateOperator returns the operator of an operator key. One that is unknown,
// revoked or expired is ErrCredentialInvalid.
func (a *Authenticator) AuthenticateOperator(ctx context.Context, text string) (domain.Operator, error) {
	keys, err := a.operators.all(ctx)
	if err != nil {
		return domain.Operator{}, err
	}
	key, known := keys.byHash[sha256.Sum256([]byte(text))]
	if !known {
		return domain.Operator{}, domain.ErrCredentialInvalid
	}
	if err := a.accept(key.ID, key.KeyTerm); err != nil {
		return domain.Operator{}, err
	}
	a.noteUse(keyRef{keyID: key.ID}, key.KeyTerm)
	return domain.Operator{Account: key.ID}, nil
}
