package main

type migrateCommand struct {
	start
}

// Run migrates.
func (c *migrateCommand) Run(a *app) error {
	if err := c.check(); err != nil {
		return err
	}
	a.patience = c.StartTimeout
	d, err := a.open(true)
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
	a.printf("The database %s is up to date and has its keys.\n", a.config.database())
	return nil
}
