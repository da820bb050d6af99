package repository_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/countersign/countersign/service/domain"
)

// Those who are read together need not be of one tenant: what became of one's
// row must not keep the others out.
func TestARowThatCannotBeReadKeepsNobodyElseFromBeingRead(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + t.TempDir() + "/countersign.db"
	store := migrated(t, url)
	changes := newUsers(3)
	for _, err := range store.Commit(t.Context(), changes) {
		if err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	broken := changes[1].User
	if _, err := db.ExecContext(t.Context(), `UPDATE users SET second_factor = '{"factors": 7}' WHERE user_id = ?`, broken.ID); err != nil {
		t.Fatal(err)
	}
	var keys []domain.UserKey
	for _, c := range changes {
		keys = append(keys, domain.UserKey{TenantID: c.TenantID, UserID: c.User.ID})
	}
	found, err := store.UsersByKey(t.Context(), keys)
	if err == nil {
		t.Error("nothing was said of the row that is broken")
	}
	if len(found) != 2 || found[0].ID == broken.ID || found[1].ID == broken.ID {
		t.Errorf("found %d users, %v", len(found), found)
	}
}
