// Package apptest runs Countersign as one piece for tests: the API over the
// domain over a real database, with a clock that the test sets. It is for tests
// alone.
//
//	app := apptest.New(t, apptest.Options{})       // SQLite; or DatabaseURL: dbtest.PostgreSQL(t)
//	acme := app.Tenant(operator.TenantInput{ID: "acme"})
//	acme.Put("ada", "member")
//	phone := acme.Enroll("ada")                    // an enrolled authenticator app
//	backend := acme.Backend()                      // a client with a service key
//	browser := acme.Browser("ada", "login")        // a client with a ticket
//	browser.Post(apptest.Path("/v1/users/%s/verify", "ada"), apptest.M{"code": phone.Fresh()}).Want(200)
//
// Every response that comes through a client is validated against openapi.yaml and
// against what all responses have in common; a test need not ask for it.
package apptest
