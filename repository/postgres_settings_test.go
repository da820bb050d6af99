package repository_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/repository/repotest"
)

// unusual is what a database may be set to without harm.
var unusual = map[string]string{
	"bytea_output":                   "escape",
	"client_encoding":                "LATIN1",
	"datestyle":                      "German",
	"default_transaction_deferrable": "on",
	"default_transaction_isolation":  "serializable",
	"extra_float_digits":             "-15",
	"intervalstyle":                  "sql_standard",
	"standard_conforming_strings":    "off",
	"timezone":                       "Africa/Monrovia", // once 44:30 minutes behind
}

// Where there is no pooler between, these do no harm either.
var unusualDirectly = map[string]string{
	"array_nulls": "off", "client_min_messages": "error", "synchronous_commit": "off",
}

// A pooler in transaction mode knows no prepared statements: then the mode is another.
func TestPostgreSQLKeepsTheContractWhateverTheDatabaseSets(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			repotest.RunInner(t, func(t *testing.T) batch.Inner {
				database := dbtest.PostgreSQL(t)
				set(t, database, unusual)
				if mode == "cache_statement" {
					set(t, database, unusualDirectly)
				}
				return twoReplicas(t, with(database, "default_query_exec_mode="+mode))
			})
		})
	}
}

func TestAMigrationRunsWhateverTheDatabaseSets(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	set(t, database, unusual)
	set(t, database, unusualDirectly)
	migrated(t, database)
}

// set is what ALTER ROLE would do to all databases.
func set(t *testing.T, database string, settings map[string]string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	conn := connect(t, database)
	for name, value := range settings {
		_, err := conn.Exec(t.Context(), "ALTER DATABASE "+strings.TrimPrefix(u.Path, "/")+" SET "+name+" = '"+value+"'")
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestASettingThatCannotBeHadIsRefusedByItsName(t *testing.T) {
	t.Parallel()
	for name, value := range unusualDirectly {
		for _, mode := range []string{"exec", "simple_protocol"} {
			t.Run(name+" "+mode, func(t *testing.T) {
				t.Parallel()
				database := pgtest.URL(t)
				set(t, database, map[string]string{name: value})
				_, err := repository.Open(t.Context(), with(database, "default_query_exec_mode="+mode), repository.Options{})
				if err == nil || !strings.Contains(err.Error(), "ALTER ROLE ... SET "+name+" = ") {
					t.Errorf("%v, which does not say what to do about %s", err, name)
				}
			})
		}
	}
}

// Whoever waits for more than the disk goes on doing so.
func TestACommitWaitsAsTheOperatorWishesAndAtLeastForTheDisk(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{"off": "on", "on": "on", "local": "local", "remote_apply": "remote_apply"} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			database := pgtest.URL(t)
			set(t, database, map[string]string{"synchronous_commit": value})
			for _, url := range []string{database, with(database, "synchronous_commit="+value)} {
				if got, err := open(t, url, repository.Options{}).Setting(t.Context(), "synchronous_commit"); got != want || err != nil {
					t.Errorf("it is %q, %v; want %q", got, err, want)
				}
			}
		})
	}
}

// What the URL says about them, in whatever letters, does not count.
func TestAURLUnsetsNothingThatIsNeeded(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	for _, parameter := range []string{"DateStyle=German", "datestyle=German", "options=-c%20datestyle%3DGerman"} {
		if got, err := open(t, with(database, parameter), repository.Options{}).Setting(t.Context(), "datestyle"); got != "ISO, MDY" || err != nil {
			t.Errorf("with %s it is %q, %v", parameter, got, err)
		}
	}
}

func TestATransactionIsReadCommittedWhateverTheDefault(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	set(t, database, unusual)
	for _, mode := range []string{"cache_statement", "exec", "simple_protocol"} {
		store := open(t, with(database, "default_query_exec_mode="+mode), repository.Options{})
		if got, err := store.SettingWithin(t.Context(), "transaction_isolation"); got != "read committed" || err != nil {
			t.Errorf("with %s it is %q, %v", mode, got, err)
		}
	}
}
