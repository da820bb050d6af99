package factortest

import (
	"context"
	"time"

	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/seal"
)

// AddTo is [Add] on the database of a service that runs as another process, by the
// URL and the keyset file that it has.
func AddTo(ctx context.Context, databaseURL, keyset string, key domain.UserKey, d Device) (string, error) {
	store, err := repository.Open(ctx, databaseURL, repository.Options{})
	if err != nil {
		return "", err
	}
	defer store.Close()
	sealer, err := seal.LoadKeysetFile(keyset)
	if err != nil {
		return "", err
	}
	return Add(ctx, store, sealer, key, d, time.Now())
}
