package row

import (
	"time"

	"github.com/countersign/countersign/service/domain"
)

// browser is the stored form of domain.RememberedBrowser.
type browser struct {
	ID         string    `json:"id"`
	Name       string    `json:"name,omitempty"`
	KeyID      string    `json:"key_id"`
	Series     []byte    `json:"series"`
	Token      []byte    `json:"token"`
	Previous   []byte    `json:"previous,omitempty"`
	Salt       []byte    `json:"salt,omitempty"`
	Retired    []retired `json:"retired,omitempty"`
	CreatedAt  time.Time `json:"created_at,omitzero"`
	LastUsedAt time.Time `json:"used_at,omitzero"`
	ExpiresAt  time.Time `json:"expires_at,omitzero"`
}

type retired struct {
	MAC []byte    `json:"mac"`
	At  time.Time `json:"at"`
}

func newBrowsers(browsers []domain.RememberedBrowser) []browser {
	var stored []browser
	for _, b := range browsers {
		stored = append(stored, browser{
			ID: b.ID, Name: b.Name, KeyID: b.KeyID,
			Series: bytesOf(b.Series), Token: bytesOf(b.Token), Previous: bytesOf(b.Previous), Salt: bytesOf(b.Salt),
			Retired: newRetired(b.Retired), CreatedAt: Micros(b.CreatedAt), LastUsedAt: Micros(b.LastUsedAt), ExpiresAt: Micros(b.ExpiresAt),
		})
	}
	return stored
}

func newRetired(secrets []domain.RetiredSecret) []retired {
	var stored []retired
	for _, r := range secrets {
		stored = append(stored, retired{MAC: bytesOf(r.MAC), At: Micros(r.At)})
	}
	return stored
}

func (b browser) domain() domain.RememberedBrowser {
	read := domain.RememberedBrowser{
		ID: b.ID, Name: b.Name, KeyID: b.KeyID,
		Series: macOf(b.Series), Token: macOf(b.Token), Previous: macOf(b.Previous), Salt: macOf(b.Salt),
		CreatedAt: b.CreatedAt, LastUsedAt: b.LastUsedAt, ExpiresAt: b.ExpiresAt,
	}
	for _, r := range b.Retired {
		read.Retired = append(read.Retired, domain.RetiredSecret{MAC: macOf(r.MAC), At: r.At})
	}
	return read
}

// accessPass is the stored form of domain.AccessPass.
type accessPass struct {
	KeyID     string    `json:"key_id,omitempty"`
	MAC       []byte    `json:"mac,omitempty"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	GivenBy   string    `json:"given_by,omitempty"`

	GiverGeneration string `json:"giver_generation,omitempty"`
}

// IsZero reports that there is none.
func (p accessPass) IsZero() bool { return p.CreatedAt.IsZero() }

func newAccessPass(p domain.AccessPass) accessPass {
	return accessPass{
		KeyID: p.KeyID, MAC: bytesOf(p.MAC), CreatedAt: Micros(p.CreatedAt), ExpiresAt: Micros(p.ExpiresAt), GivenBy: p.GivenBy,
		GiverGeneration: p.GiverGeneration,
	}
}

func (p accessPass) domain() domain.AccessPass {
	return domain.AccessPass{KeyID: p.KeyID, MAC: macOf(p.MAC), CreatedAt: p.CreatedAt, ExpiresAt: p.ExpiresAt, GivenBy: p.GivenBy, GiverGeneration: p.GiverGeneration}
}

// exemption is the stored form of domain.Exemption.
type exemption struct {
	Until     time.Time `json:"until,omitzero"`
	Reason    string    `json:"reason,omitempty"`
	GrantedBy string    `json:"granted_by,omitempty"`
	GrantedAt time.Time `json:"granted_at,omitzero"`
}

func newExemption(e domain.Exemption) exemption {
	return exemption{Until: Micros(e.Until), Reason: e.Reason, GrantedBy: e.GrantedBy, GrantedAt: Micros(e.GrantedAt)}
}

// bytesOf leaves a MAC out that is none.
func bytesOf(mac [16]byte) []byte {
	if mac == ([16]byte{}) {
		return nil
	}
	return mac[:]
}

// macOf reads a MAC. What has another length is none: nothing matches it.
func macOf(stored []byte) (mac [16]byte) {
	if len(stored) == len(mac) {
		copy(mac[:], stored)
	}
	return mac
}
