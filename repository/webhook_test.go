package repository_test

import (
	"testing"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/repotest/parttest"
)

func TestWebhooksKeepTheirContract(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.PostgreSQL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parttest.RunWebhooks(t, func(t *testing.T) parttest.Hooks {
				database := url(t)
				one, other := open(t, database, repository.Options{}), open(t, database, repository.Options{})
				return parttest.Hooks{Store: one, One: one.Webhooks(), Other: other.Webhooks(), Feed: one.Feed(), Events: other.Feed()}
			})
		})
	}
}
