package main

import (
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	countersign "github.com/countersign/countersign/clients/go"
)

// user is a person as the host knows them. Countersign gets all of it but the
// password.
type user struct {
	ID       string                 `json:"id"`
	Username string                 `json:"username"`
	Name     string                 `json:"name"`
	Source   countersign.AuthSource `json:"source"`
	Role     countersign.Role       `json:"role"`
	Active   bool                   `json:"active"`
	Password hash                   `json:"password"`
}

// input is what Countersign is told.
func (u user) input() countersign.UserInput {
	return countersign.UserInput{Username: u.Username, DisplayName: u.Name, AuthSource: u.Source, Role: u.Role, Active: u.Active}
}

// ranks are the roles from the lowest to the highest.
var ranks = []countersign.Role{countersign.RoleMember, countersign.RoleUserManager, countersign.RoleAdmin, countersign.RoleOwner}

// Reaches reports whether the user's role is at least that one.
func (u user) Reaches(role countersign.Role) bool {
	return slices.Index(ranks, u.Role) >= slices.Index(ranks, role)
}

// ManagesUsers reports whether the user has the page with the users.
func (u user) ManagesUsers() bool { return u.Reaches(countersign.RoleUserManager) }

// SetsPolicy reports whether the user has the page with the mandate. Whether
// they may change it is for Countersign to say: it knows the edition.
func (u user) SetsPolicy() bool { return u.Reaches(countersign.RoleAdmin) }

// directory is all users. The passwords of those of LDAP and SAML stand for what
// a directory and an identity provider would check.
type directory struct {
	all []user

	mu      sync.Mutex
	changed map[string]hash // passwords by user, until the host ends
}

//go:embed users.json
var usersFile []byte

func readUsers() (*directory, error) {
	d := directory{changed: map[string]hash{}}
	if err := json.Unmarshal(usersFile, &d.all); err != nil {
		return nil, fmt.Errorf("users.json: %w", err)
	}
	return &d, nil
}

// named returns the user with that name to log in with.
func (d *directory) named(username string) (user, error) {
	at := slices.IndexFunc(d.all, func(u user) bool { return u.Username == username })
	if at < 0 {
		return user{}, fmt.Errorf("users.json has no %q", username)
	}
	return d.all[at], nil
}

// nameOf is what a user is called.
func (d *directory) nameOf(id string) (name string, known bool) {
	at := slices.IndexFunc(d.all, func(u user) bool { return u.ID == id })
	if at < 0 {
		return "", false
	}
	return d.all[at].Name, true
}

// check returns the user of one of these sources whose password it is. A name
// that nobody has takes as long as a wrong password.
func (d *directory) check(username, password string, sources []countersign.AuthSource) (user, bool) {
	at := slices.IndexFunc(d.all, func(u user) bool { return u.Username == username && slices.Contains(sources, u.Source) })
	if at < 0 {
		nobody.matches(password)
		return user{}, false
	}
	u := d.all[at]
	d.mu.Lock()
	if changed, ok := d.changed[u.ID]; ok {
		u.Password = changed
	}
	d.mu.Unlock()
	return u, u.Password.matches(password)
}

// setPassword keeps another password.
func (d *directory) setPassword(id, password string) {
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt)
	changed := derive(password, salt)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.changed[id] = changed
}
