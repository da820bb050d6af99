package row

import (
	"encoding/json"

	"github.com/countersign/countersign/service/domain"
)

// passkey is the stored form of domain.Passkey.
type passkey struct {
	Record       []byte `json:"record"` // sealed
	SignCount    uint32 `json:"sign_count,omitempty"`
	LastSequence int64  `json:"last_sequence,omitempty"`
	RPID         string `json:"rp_id,omitempty"`
	Transports   string `json:"transports,omitempty"`
	BackedUp     bool   `json:"backed_up,omitempty"`
}

func newPasskey(p domain.Passkey) (json.RawMessage, error) { return json.Marshal(passkey(p)) }

func passkeyOf(part json.RawMessage) (domain.Passkey, error) {
	var stored passkey
	err := json.Unmarshal(part, &stored)
	return domain.Passkey(stored), err
}
