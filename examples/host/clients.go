package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	countersign "github.com/countersign/countersign/clients/go"
)

// clients speak to Countersign, each with a service key of one scope. What every
// login passes through can change no policy and act on nobody else, and what
// copies the users can let nobody in.
type clients struct {
	client    *countersign.Client // of the scope login: decisions, and what users do for themselves
	admin     *countersign.Client // the policy, events, and tickets for who looks after others
	directory *countersign.Client // users in and out
}

// newClients reads the keys from login.key, admin.key and directory.key.
func newClients(service, folder string) (clients, error) {
	client, forLogin := newClient(service, folder, "login")
	admin, forAdmin := newClient(service, folder, "admin")
	directory, forDirectory := newClient(service, folder, "directory")
	return clients{client, admin, directory}, errors.Join(forLogin, forAdmin, forDirectory)
}

func newClient(service, folder, scope string) (*countersign.Client, error) {
	key, err := os.ReadFile(filepath.Join(folder, scope+".key"))
	if err != nil {
		return nil, fmt.Errorf("-keys: %w", err)
	}
	return countersign.New(service, strings.TrimSpace(string(key)))
}
