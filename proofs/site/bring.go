package site

import (
	"github.com/countersign/countersign/internal/factortest"
	"github.com/countersign/countersign/service/domain"
)

// BringFactor gives a user of the first tenant who is there an active factor of any parameters, as an import leaves it, and
// returns the factor's id. It writes to the database directly, so nobody may decide about the user meanwhile.
func (s *Site) BringFactor(userID string, d factortest.Device) string {
	s.t.Helper()
	id, err := factortest.AddTo(s.t.Context(), s.DatabaseURL, s.KeysetFile(), domain.UserKey{TenantID: s.Tenant.Name, UserID: userID}, d)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}
