package keys

import (
	"fmt"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/seal"
	"github.com/countersign/countersign/service/stepup"
)

// open unseals what the store keeps, but for keys that have outlived their
// time.
func open(sealer *seal.Sealer, keys []domain.Key, now time.Time) (Opened, error) {
	if len(keys) == 0 {
		return Opened{}, ErrNoKeys
	}
	opened := Opened{
		signing: map[domain.KeyKind]*stepup.SigningKey{}, Published: map[domain.KeyKind]stepup.KeySet{},
		lookup: map[string]LookupKey{},
	}
	all := map[domain.KeyKind][]*stepup.SigningKey{}
	var tickets []stepup.TicketKey
	for _, k := range keys {
		if k.Outlived(now) {
			continue
		}
		secret, err := sealer.Open(k.Sealed, binding(k))
		if err != nil {
			return Opened{}, fmt.Errorf("key %s does not open with this keyset: %w", k.ID, err)
		}
		switch k.Kind {
		case domain.KeyStepUp, domain.KeyStepUpSandbox:
			signing, err := stepup.ParseSigningKey(secret)
			if err != nil {
				return Opened{}, fmt.Errorf("key %s: %w", k.ID, err)
			}
			all[k.Kind] = append(all[k.Kind], signing)
			if k.State == domain.KeyCurrent {
				opened.signing[k.Kind] = signing
			}
		case domain.KeyTicket:
			ticket, err := stepup.ParseTicketKey(secret)
			if err != nil {
				return Opened{}, fmt.Errorf("key %s: %w", k.ID, err)
			}
			tickets = append(tickets, ticket)
			if k.State == domain.KeyCurrent {
				opened.ticket = ticket
			}
		case domain.KeyRecoveryCode:
			lookup, err := seal.ParseLookupKey(secret)
			if err != nil {
				return Opened{}, fmt.Errorf("key %s: %w", k.ID, err)
			}
			opened.lookup[k.ID] = LookupKey{LookupKey: lookup, ID: k.ID}
			opened.newest = k.ID
		}
	}
	for kind, signing := range all {
		opened.Published[kind] = stepup.NewKeySet(signing...)
	}
	opened.Tickets = stepup.NewTicketKeySet(tickets...)
	return opened, nil
}
