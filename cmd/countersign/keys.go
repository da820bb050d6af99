package main

import (
	"io"
	"io/fs"
	"time"

	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/seal"
)

type keysCommand struct {
	Init   keysInitCommand   `cmd:"" help:"Write a new keyset."`
	Rotate keysRotateCommand `cmd:"" help:"Sign with the next keys."`
	List   keysListCommand   `cmd:"" help:"List the signing keys."`
}

type keysInitCommand struct {
	terminal.Output
}

// Run writes the keyset. It does not look at the database, so that the file can
// be made where there is none.
func (c *keysInitCommand) Run(a *app) error {
	path, err := a.config.keysetFile()
	if err != nil {
		return err
	}
	if err := seal.CreateKeysetFile(path); err != nil {
		return replaceError(err, fs.ErrExist, "there is a keyset at %s already, and it is never replaced; use it, or name another file in COUNTERSIGN_KEYSET", path)
	}
	return c.Print(a.stdout, map[string]string{"keyset": path}, func(w io.Writer) {
		terminal.Row(w, "A new keyset is in "+path+", readable by its owner alone.")
		terminal.Row(w, "Keep a copy apart from the database's backups: without it no secret can be read again.")
		terminal.Row(w, "Next: countersign migrate")
	})
}

type keysRotateCommand struct {
	Now bool `help:"The keys are compromised: withdraw them at once."`
}

// Run rotates. The service is opened first: it proves that the keyset opens the
// keys there are, before new ones are sealed under it.
func (c *keysRotateCommand) Run(a *app) error {
	d, err := a.open(false)
	if err != nil {
		return err
	}
	defer d.close()
	if _, err := d.service(a.ctx); err != nil {
		return err
	}
	if err := d.registerKeyset(a.ctx); err != nil {
		return err
	}
	if err := keys.Rotate(a.ctx, d.store, d.sealer, time.Now(), c.Now); err != nil {
		return err
	}
	fate := "accepted for a day"
	if c.Now {
		fate = "withdrawn"
	}
	a.printf("Rotated. Servers sign with the new keys within 10 seconds; the old ones are %s.\n", fate)
	return nil
}

type keysListCommand struct {
	terminal.Output
}

// keyView is a key in JSON: everything but the key.
type keyView struct {
	KeyID     string     `json:"key_id"`
	Kind      string     `json:"kind"`
	State     string     `json:"state"`
	CreatedAt *time.Time `json:"created_at"`
	RetiredAt *time.Time `json:"retired_at"`
}

// Run lists the keys.
func (c *keysListCommand) Run(a *app) error {
	d, err := a.open(false)
	if err != nil {
		return err
	}
	defer d.close()
	stored, err := d.store.Keys(a.ctx)
	if err != nil {
		return err
	}
	if len(stored) == 0 {
		return keys.ErrNoKeys
	}
	views := make([]keyView, 0, len(stored))
	for _, k := range stored {
		views = append(views, keyView{k.ID, string(k.Kind), string(k.State), terminal.Stamp(k.CreatedAt), terminal.Stamp(k.RetiredAt)})
	}
	return c.Print(a.stdout, map[string]any{"keys": views}, func(w io.Writer) {
		terminal.Row(w, "KEY ID", "KIND", "STATE", "CREATED", "RETIRED")
		for _, k := range stored {
			terminal.Row(w, k.ID, string(k.Kind), string(k.State), terminal.Day(k.CreatedAt), terminal.Day(k.RetiredAt))
		}
	})
}
