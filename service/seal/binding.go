package seal

import (
	"encoding/binary"
	"strconv"
	"time"
)

// Purpose says what a ciphertext is for, so that one column's is no use in
// another.
type Purpose string

// The purposes in use. Their texts are part of every ciphertext: never change
// one, never reuse one.
const (
	PurposeTOTPSecret   Purpose = "totp-secret"
	PurposePasskey      Purpose = "passkey"
	PurposeCeremony     Purpose = "passkey-ceremony"
	PurposeRecoveryCode Purpose = "recovery-code"
	PurposeAnswer       Purpose = "idempotent-answer"
	PurposeKey          Purpose = "key"
	PurposeKeysetKey    Purpose = "keyset-key"
	PurposeWebhook      Purpose = "webhook-secret"
)

// Binding names the one place where a ciphertext is valid. Fields that do not
// apply stay empty; the purpose is required. What changes while the row lives,
// counters above all, has no place here.
type Binding struct {
	// Purpose is what the plaintext is for.
	Purpose Purpose
	// Tenant is the tenant's id; empty for what belongs to the whole service.
	Tenant string
	// User is the user's id at the host.
	User string
	// Incarnation tells a user from an earlier one of the same id.
	Incarnation int64
	// Item is the row among the user's or the tenant's: a factor id, the
	// generation and index of a recovery code, the key of an answer.
	Item string
}

// schemaVersion begins the associated data, so that another layout of it can
// never be mistaken for this one.
const schemaVersion = 1

// associatedData is unambiguous: each text is preceded by its length, so that
// no two bindings have the same bytes.
func (b Binding) associatedData() []byte {
	data := []byte{schemaVersion}
	data = appendText(data, string(b.Purpose))
	data = appendText(data, b.Tenant)
	data = appendText(data, b.User)
	data = binary.BigEndian.AppendUint64(data, uint64(b.Incarnation))
	return appendText(data, b.Item)
}

func appendText(data []byte, text string) []byte {
	data = binary.BigEndian.AppendUint64(data, uint64(len(text)))
	return append(data, text...)
}

// TOTPSecret binds the secret of a user's factor.
func TOTPSecret(tenant, user string, incarnation int64, factorID string) Binding {
	return Binding{Purpose: PurposeTOTPSecret, Tenant: tenant, User: user, Incarnation: incarnation, Item: factorID}
}

// RecoveryCode binds the i-th code of the set that was generated then. A set
// knows when it was generated to the microsecond, whatever the zone.
func RecoveryCode(tenant, user string, incarnation int64, generatedAt time.Time, i int) Binding {
	return Binding{
		Purpose: PurposeRecoveryCode, Tenant: tenant, User: user, Incarnation: incarnation,
		Item: strconv.FormatInt(generatedAt.UnixMicro(), 10) + "/" + strconv.Itoa(i),
	}
}

// Answer binds the answer that is remembered under an Idempotency-Key, by what
// that is stored as.
func Answer(tenant, user, key string) Binding {
	return Binding{Purpose: PurposeAnswer, Tenant: tenant, User: user, Item: key}
}

// Key binds a key of the whole service: what kind of key, and which.
func Key(kind, id string) Binding {
	return Binding{Purpose: PurposeKey, Item: kind + "/" + id}
}

// Keyset binds the empty text that a key of the keyset has encrypted, by the
// id that Tink gave the key.
func Keyset(keyID string) Binding {
	return Binding{Purpose: PurposeKeysetKey, Item: keyID}
}

// WebhookSecret binds what signs for a webhook; one of the operator has no tenant.
func WebhookSecret(tenant, webhookID string) Binding {
	return Binding{Purpose: PurposeWebhook, Tenant: tenant, Item: webhookID}
}
