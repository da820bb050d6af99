package main

type migrateCommand struct{}

// Run migrates.
func (migrateCommand) Run(a *app) error {
	d, err := a.open(true)
	if err != nil {
		return err
	}
	defer d.close()
	if _, err := d.service(a.ctx); err != nil {
		return err
	}
	a.printf("The database %s is up to date and has its keys.\n", a.config.database())
	return nil
}
