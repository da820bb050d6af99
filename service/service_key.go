package service

import (
	"crypto/rand"
	"encoding/base64"

	"github.com/countersign/countersign/service/domain"
)

// newServiceKeyText returns a key's text; it names its tenant, so that a
// credential belongs to exactly one.
func newServiceKeyText(tenantID string) string {
	secret := make([]byte, 32)
	rand.Read(secret)
	return domain.ServiceKeyPrefix + tenantID + "_" + base64.RawURLEncoding.EncodeToString(secret)
}
