package repository_test

import (
	"testing"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/repotest"
)

func TestWebhooksKeepTheirContract(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.PostgreSQL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repotest.RunWebhooks(t, func(t *testing.T) repotest.Hooks {
				database := url(t)
				one, other := open(t, database, repository.Options{}), open(t, database, repository.Options{})
				return repotest.Hooks{Store: one, One: one.Webhooks(), Other: other.Webhooks(), Feed: one.Feed(), Events: other.Feed()}
			})
		})
	}
}
