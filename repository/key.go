package repository

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/repository/erasure"
	"github.com/countersign/countersign/repository/feed"
	"github.com/countersign/countersign/repository/hook"
	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/keys"
)

// keyStore is the part of a Store that keeps what belongs to the service itself and
// to no tenant: the keys, which keys of the keyset have encrypted something, and the
// operator keys.
type keyStore struct{ db *database }

// Keys returns the service-wide keys, oldest first.
func (s keyStore) Keys(ctx context.Context) ([]domain.Key, error) {
	return listKeys(s.db.read.WithContext(ctx))
}

func listKeys(db *gorm.DB) ([]domain.Key, error) {
	return list(db.Order("created_at, key_id"), "keys", row.Key.Domain)
}

// UpdateKeys replaces the set of keys by what update makes of the current one.
// Concurrent calls, from any process, run one after the other. Update must not
// write to the store: it would wait for itself.
func (s keyStore) UpdateKeys(ctx context.Context, update func([]domain.Key) ([]domain.Key, error)) error {
	return s.db.retryTransaction(ctx, func(tx *gorm.DB) error {
		if s.db.engine.lockKeys != "" {
			if err := tx.Exec(s.db.engine.lockKeys).Error; err != nil {
				return err
			}
		}
		current, err := listKeys(tx)
		if err != nil {
			return err
		}
		next, err := update(current)
		if err != nil {
			return err
		}
		return replaceKeys(tx, next)
	})
}

func replaceKeys(tx *gorm.DB, keys []domain.Key) error {
	if err := tx.Exec("DELETE FROM keys").Error; err != nil || len(keys) == 0 {
		return err
	}
	rows := make([]row.Key, len(keys))
	for i, k := range keys {
		rows[i] = row.NewKey(k)
	}
	return tx.Create(&rows).Error
}

// Webhooks keeps whom events are told outside.
func (s keyStore) Webhooks() *hook.Store {
	return s.db.engine.webhooks(s.db.session(), appendEvents)
}

// Erasures keeps whom the trail is about to forget, and takes them out of it.
func (s keyStore) Erasures() *erasure.Store {
	return s.db.engine.erasures(s.db.session())
}

// Keyset keeps which keys have encrypted something.
func (s keyStore) Keyset() keys.KeysetStore { return keyset(s) }

// Feed returns the events in the order in which they are told outside.
func (s keyStore) Feed() *feed.Feed {
	return s.db.engine.feed(s.db.session())
}

// keyset is a keys.KeysetStore.
type keyset struct{ db *database }

// KeysetKeys returns the keys that have encrypted something, oldest first.
func (s keyset) KeysetKeys(ctx context.Context) ([]domain.KeysetKey, error) {
	return listKeysetKeys(s.db.read.WithContext(ctx))
}

func listKeysetKeys(db *gorm.DB) ([]domain.KeysetKey, error) {
	return list(db.Order("created_at, key_id"), "keys of the keyset", row.KeysetKey.Domain)
}

// AddKeysetKey stores a key, unless one of its id is stored.
func (s keyset) AddKeysetKey(ctx context.Context, k domain.KeysetKey) error {
	stored := row.NewKeysetKey(k)
	return s.db.transaction(ctx, func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&stored).Error
	})
}
