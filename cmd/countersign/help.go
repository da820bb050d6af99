package main

// The texts that explain each command: what it does, when one needs it, and an
// example that can be pasted.

const overview = `Countersign is a second-factor authentication service for the login of another product.

Try it, with nothing to set up:

    countersign serve --dev

On PostgreSQL, once:

    export COUNTERSIGN_DATABASE_URL='postgres://countersign@db.example.com/countersign?sslmode=verify-full&sslrootcert=/etc/countersign/db-ca.pem'
    export COUNTERSIGN_KEYSET=/etc/countersign/keyset.json
    countersign keys init
    countersign migrate
    countersign tenant create acme

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration; 3 of migrate --status: some are pending.`

// Help explains serve.
func (serveCommand) Help() string {
	return `It runs until SIGINT, SIGTERM or SIGHUP. Then it reports not ready on /readyz, goes on answering for
COUNTERSIGN_SHUTDOWN_DELAY so that a load balancer notices, and ends when every request has its answer.
A second SIGINT or SIGTERM ends it at once; under nohup it hears no SIGHUP.

A PostgreSQL that cannot be reached at the start is waited for, COUNTERSIGN_START_TIMEOUT long. /healthz
answers meanwhile, and /readyz says 503.

On SQLite the database, its keyset and its keys make themselves, and one process serves a file. On PostgreSQL run "countersign keys init"
and "countersign migrate" first; any number of replicas may share the database and the keyset.

With --dev it makes a sandbox tenant, keeps that tenant's service key beside the database, and prints what
to paste to see a user enroll and log in.

Examples:

    countersign serve --dev
    COUNTERSIGN_ADDR=0.0.0.0:8080 COUNTERSIGN_ISSUER=https://2fa.example.com countersign serve

A container that starts with a known tenant and key:

    COUNTERSIGN_BOOTSTRAP_TENANT=acme COUNTERSIGN_BOOTSTRAP_API_KEY_FILE=/run/secrets/key countersign serve`
}

// Help explains migrate.
func (migrateCommand) Help() string {
	return `Run it before a new version serves, and as often as you like, from several places at once. It needs the
keyset, since the signing keys are stored encrypted under it. On SQLite every command does this by itself.
A PostgreSQL that cannot be reached is waited for, COUNTERSIGN_START_TIMEOUT long.

    countersign migrate
    countersign migrate --status
    countersign migrate --plan

One process migrates while the others wait. Whatever it waits for (another process that migrates, or a lock
on a table, as a dump or a long transaction holds) it names every few seconds, with what to do about it, and
gives up after --wait. A step that cannot have its lock within a second lets go, so that logins go on, and
tries again. An index whose building was interrupted is built anew by the next run.`
}

// Help explains tenant create.
func (tenantCreateCommand) Help() string {
	return `The key is shown once: only its hash is kept. It works before or beside a running server.

    countersign tenant create acme --edition saas --origin https://app.example.com
    countersign tenant create acme --display-name "Acme Inc."
    countersign tenant create ci --sandbox --output json

The display name is what people see, as in the list of their authenticator app. The first key has every
scope; give the path of a login a key of its own: countersign apikey create --help.

A sandbox is for integration tests: its clock can be set forward, its codes can be fetched over HTTP, and
nothing it signs is valid elsewhere.

Passkeys need an rp id, the name that browsers bind them to. It is the host of every origin or a parent domain
of it, never an address or a name like co.uk below which strangers are; choose the shortest that is yours alone,
since another one later makes all passkeys useless. On your own machine it is localhost.

    countersign tenant create acme --origin https://app.example.com --rp-id example.com
    countersign tenant create try --origin http://localhost:3000 --rp-id localhost`
}

// Help explains tenant update.
func (tenantUpdateCommand) Help() string {
	return `Name all origins, or all audiences, that shall be there afterwards; what is not mentioned at all stays as
it is. Servers follow within a second.

    countersign tenant update acme --origin https://app.example.com --origin https://admin.example.com
    countersign tenant update acme --no-origins
    countersign tenant update acme --display-name "Acme Inc."
    countersign tenant update acme --rp-id example.com

Another rp id makes the passkeys of the one before useless: it is refused with their number, until you add --yes.`
}

// Help explains tenant related-origins.
func (tenantRelatedOriginsCommand) Help() string {
	return `Passkeys work at the rp id of a tenant and below it. For pages elsewhere, as at example.org beside an rp id
example.com, browsers ask https://example.com/.well-known/webauthn, of which this prints the body; serve it
there as application/json. They heed some five different domains (WebAuthn Level 3, section 5.11), and older
browsers ignore it.

    countersign tenant update acme --origin https://app.example.com --origin https://app.example.org --related-origins
    countersign tenant related-origins acme > webauthn`
}

// Help explains tenant list.
func (tenantListCommand) Help() string {
	return `One line each, by name; with --output json also for programs.

    countersign tenant list --output json`
}

// Help explains apikey create.
func (apiKeyCreateCommand) Help() string {
	return `The key is shown once: only its hash is kept. To replace a key, create the new one, hand it to the host,
then revoke the old one.

    countersign apikey create acme --name login-2026 --scope login --expires-in 90d
    countersign apikey create acme --name administration --scope admin
    countersign apikey create acme --name sync --scope directory --output json

The scope login allows decisions, login and account tickets, verifying and all that users do for
themselves. The path of a login needs no other: give its key login alone. The scope admin allows admin
tickets, what an administrator does for others with a step-up of their own, the policy, and the lists of
audit events. The scope directory allows bringing users in and out and setting their roles. Without --scope
a key has these three.

The scope migration allows POST /v1/factors/import: with such a key somebody can give a second factor to
everybody who has none. Such a key has no other scope, and lives for 7 days at most, so that --expires-in is
required with it. Revoke it when the migration is done.

    countersign apikey create acme --name migration --scope migration --expires-in 1d

A key that has expired is refused, and so are the tickets it issued. Its time cannot be
changed: replace it in time. --expires-in takes weeks, days, hours and minutes, as in 12w, 90d or 36h.`
}

// Help explains apikey list.
func (apiKeyListCommand) Help() string {
	return `Oldest first, expired and revoked ones included, never their text. When a key was last used is exact to
an hour, and up to a minute late; the use of a ticket is none of the key that issued it.

    countersign apikey list acme`
}

// Help explains apikey revoke.
func (apiKeyRevokeCommand) Help() string {
	return `Within a second no server accepts it. Revoking it again changes nothing.

    countersign apikey list acme
    countersign apikey revoke acme key_abc...`
}

// Help explains keys init.
func (keysInitCommand) Help() string {
	return `It goes to COUNTERSIGN_KEYSET, readable by its owner alone, and never over an old one. The keyset encrypts
every secret in the database: without it nobody can read them again, so keep a copy, but not in the backups
of the database. All replicas need the same file. On SQLite it makes itself.

    COUNTERSIGN_KEYSET=/etc/countersign/keyset.json countersign keys init`
}

// Help explains keys rotate.
func (keysRotateCommand) Help() string {
	return `The next keys begin to sign, the last ones stay published for a day, and new next ones are published.
Hosts that verify tokens with /.well-known/jwks.json need no change. Rotate on a schedule, such as monthly.

    countersign keys rotate

A rotation is refused while the next key is younger than six minutes, since verifiers may not know it yet.

    countersign keys rotate --now

is for a key that is compromised: it is withdrawn at once, and with it every token and ticket it signed. Do
it twice if the next key, which was stored beside it, may be known too.`
}

// Help explains keys list.
func (keysListCommand) Help() string {
	return `By kind and state, never the keys themselves: a next key is published before it signs, the current one
signs, a retired one is still accepted for a day.

    countersign keys list`
}

// Help explains user reset.
func (userResetCommand) Help() string {
	return `For a tenant whose last administrator lost every proof. It works whatever the policy says; the reset and
its reason are kept in the audit trail, and the user's next login is sent to enroll.

    countersign user reset acme u-1842 --reason "phone and codes lost, identity checked in person"`
}

// Help explains users import.
func (usersImportCommand) Help() string {
	return `Each line of the file is one user, as PUT /v1/users/{user_id} takes it and with the user_id in it:

    {"user_id":"u-1842","username":"ana@example.com","auth_source":"local","role":"member","active":true}

It works before or beside a running server. A user is written whole, with the audit row, or not at all.
Lines that fail are printed with their numbers and stop no others; the exit code is 1 then. Repeating an
import is harmless: users who are as the file says are left alone. One that was interrupted says with which
line to go on.

    countersign users import users.ndjson --tenant acme --dry-run
    countersign users import users.ndjson --tenant acme
    gunzip -c users.ndjson.gz | countersign users import - --tenant acme`
}

// Help explains factors import.
func (factorsImportCommand) Help() string {
	return `Nobody enrolls again: the codes of the apps are accepted from now on. The users are here already: see
countersign users import. docs/moving-in.md has how each product exports its file.

    countersign factors import realm.json --tenant acme --from keycloak --dry-run
    countersign factors import realm.json --tenant acme --from keycloak
    countersign factors import tokens.xml --tenant acme --from pskc --user-key id --password-file pskc.password

By default the file's usernames are compared with those here. With --user-key email its email addresses are
compared with the usernames here, since Countersign keeps no addresses. Files that Countersign exported as pskc
or otpauth name people by user_id: take --user-key id. Whose name two users share is not imported. Who is not
found is printed with the number of the record and the file's own name of the person, and is counted as NO USER
and not as FAILED.

A factor is active at once, and not proven until its first code. Who has an active factor already is left
alone. --replace takes the place of one that is not proven; --replace-proven of any, with the recovery codes,
for whose device is gone: the audit trail says so. Of two devices of one person in the file the first is taken,
and the other refused whatever is to be replaced: its holder enrolls it. Whose factors were removed here is
refused, since the file may hold the stolen phone; --replace-proven brings factors back to these users too.

A record is written whole, with the audit row, or not at all. Those that fail are printed with their numbers
and stop no others; the exit code is 1 then. Repeating an import is harmless, and one that was interrupted
says how to go on. WEAK counts secrets of fewer than 128 bits: let these users enroll again some day.`
}

// Help explains factors export.
func (factorsExportCommand) Help() string {
	return `For whoever leaves. The file has every active authenticator app of the tenant, with its secret: PSKC (RFC
6030) with its own encryption, otpauth URIs and CSV encrypted by age with the password, which has 12 characters
at least. It is readable by its owner alone, never written over another nor to standard output, and in the audit
trail before the first secret is read.

    countersign factors export factors.xml --tenant acme --format pskc
    countersign factors export factors.csv.age --tenant acme --format csv --password-file file.password
    age --decrypt factors.csv.age > factors.csv

Passkeys cannot be exported: they stay in the devices, for the rp id they were made for. Recovery codes stay
here too. countersign factors import reads all three formats again, with --user-key id.`
}

// Help explains healthcheck.
func (healthcheckCommand) Help() string {
	return `It asks /readyz on this machine, at COUNTERSIGN_ADDR, and exits with 0 when the answer is yes: when requests
may be sent here. It reads no setting but the address.

    countersign healthcheck

Whoever restarts what is not healthy asks whether the process lives, as the HEALTHCHECK of the image does:
to restart every replica helps no database that is down.

    countersign healthcheck --live`
}

// Help explains version.
func (versionCommand) Help() string {
	return `For a report, with what it was built by and for.

    countersign version`
}
