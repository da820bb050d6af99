package main

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/countersign/countersign/repository/pg"
)

const (
	defaultDatabase = "sqlite:data/countersign.db"
	keysetName      = "countersign.keyset"
	// maxSecretFile bounds what is read of a *_FILE in bytes.
	maxSecretFile = 64 << 10

	databaseVariable = "COUNTERSIGN_DATABASE_URL"
)

// settings is what every command reads, as it is written.
type settings struct {
	DatabaseURL     string `name:"database-url" env:"COUNTERSIGN_DATABASE_URL" placeholder:"URL" help:"sqlite:PATH or postgres://USER@HOST/NAME, with sslmode=verify-full, or another that is chosen, where HOST is another machine; default: sqlite:data/countersign.db. Give one with a password by environment or file."`
	DatabaseURLFile string `name:"database-url-file" env:"COUNTERSIGN_DATABASE_URL_FILE" placeholder:"PATH" help:"File that holds the database URL."`
	Keyset          string `env:"COUNTERSIGN_KEYSET" placeholder:"PATH" help:"File of the keyset that encrypts secrets in the database; default on SQLite: countersign.keyset beside the database."`
	LogLevel        string `env:"COUNTERSIGN_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" placeholder:"info" help:"debug, info, warn or error."`
}

// config is what they mean, checked.
type config struct {
	databaseURL string
	// databaseFile holds the URL, where it was not given itself.
	databaseFile string
	sqlite       string // path of the database file; empty on PostgreSQL
	keyset       string // path of the keyset file; empty: not set, on PostgreSQL
	logLevel     slog.Level
}

func (s settings) parse() (config, error) {
	var c config
	if err := c.logLevel.UnmarshalText([]byte(s.LogLevel)); err != nil {
		return config{}, usagef("COUNTERSIGN_LOG_LEVEL is debug, info, warn or error")
	}
	var err error
	c.databaseFile = s.DatabaseURLFile
	if c.databaseURL, err = secret(databaseVariable, s.DatabaseURL, s.DatabaseURLFile); err != nil {
		return config{}, err
	}
	if c.databaseURL == "" {
		c.databaseURL = defaultDatabase
	}
	if c.sqlite, err = sqlitePath(c.databaseURL, c.databaseSetting()); err != nil {
		return config{}, err
	}
	c.keyset, err = c.keysetPath(s.Keyset)
	return c, err
}

// secret reads a setting that may be given in a file instead. White space
// around it is never meant: an editor leaves it. Errors never quote the value,
// nor the path, in whose place somebody may have put the value.
func secret(variable, value, file string) (string, error) {
	value = strings.TrimSpace(value)
	switch {
	case file == "":
		return value, nil
	case value != "":
		return "", usagef("%s and %s_FILE are both set; keep one of them", variable, variable)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", usagef("%s_FILE cannot be read (%v); check the path it names, and the mode of that file", variable, reason(err))
	}
	// Editors and shells of Windows begin a file with a mark of its encoding.
	value = strings.TrimSpace(strings.TrimPrefix(string(text), "\uFEFF"))
	switch {
	case value == "" || len(value) > maxSecretFile:
		return "", usagef("%s_FILE names the file %s, which is empty or too large; write the value into it", variable, file)
	case !utf8.ValidString(value) || strings.ContainsRune(value, 0):
		return "", usagef("%s_FILE names the file %s, which is not text in UTF-8; save it in that encoding", variable, file)
	}
	return value, nil
}

// databaseSetting is where the database URL was found.
func (c config) databaseSetting() string {
	if c.databaseFile != "" {
		return databaseVariable + "_FILE"
	}
	return databaseVariable
}

// currentURL reads the file of the database URL again; nil where there is none.
func (c config) currentURL() func() (string, error) {
	if c.databaseFile == "" || c.sqlite != "" {
		return nil
	}
	return func() (string, error) { return secret(databaseVariable, "", c.databaseFile) }
}

// reason is why a file cannot be read, without its path.
func reason(err error) error {
	var file *fs.PathError
	if errors.As(err, &file) {
		return file.Err
	}
	return err
}

// sqlitePath returns the file a database URL names, which was found in setting,
// or nothing for PostgreSQL.
func sqlitePath(databaseURL, setting string) (string, error) {
	path, ok := strings.CutPrefix(databaseURL, "sqlite:")
	if !ok {
		return "", wrongURL(setting, pg.CheckURL(databaseURL))
	}
	path = strings.TrimSpace(path)
	switch {
	case strings.ContainsFunc(path, unicode.IsControl):
		return "", usagef("%s has a control character in its path, such as a line break or a tab; write sqlite:PATH and nothing else", setting)
	case path == "", strings.HasSuffix(path, "/"), strings.Contains(path, ":memory:"):
		return "", usagef("%s must name a file, as in sqlite:data/countersign.db", setting)
	case strings.HasPrefix(path, "//") && !strings.HasPrefix(path, "///"):
		return "", usagef("%s is sqlite:PATH without slashes before a relative path, as in sqlite:data/countersign.db", setting)
	}
	return filepath.Clean(path), nil
}

// wrongURL makes it wrong configuration that a URL is not what it should be.
func wrongURL(setting string, err error) error {
	var wrong pg.URLError
	if errors.As(err, &wrong) {
		return usagef("%s %s", setting, string(wrong))
	}
	return err
}

func (c config) keysetPath(setting string) (string, error) {
	scheme, _, isURI := strings.Cut(setting, "://")
	switch {
	case isURI && scheme != "file", strings.HasSuffix(strings.SplitN(setting, ":", 2)[0], "-kms"):
		return "", usagef("COUNTERSIGN_KEYSET names a key management service, and this build reads keysets from files only; give the path of a file")
	case setting != "":
		return filepath.Clean(strings.TrimPrefix(setting, "file://")), nil
	case c.sqlite != "":
		return filepath.Join(filepath.Dir(c.sqlite), keysetName), nil
	}
	return "", nil
}

// keysetFile is the path of the keyset, for the commands that need one.
func (c config) keysetFile() (string, error) {
	if c.keyset == "" {
		return "", usagef("on PostgreSQL COUNTERSIGN_KEYSET must name the keyset file; set it, then run: countersign keys init")
	}
	return c.keyset, nil
}

// database names the database for logs and terminals, without what may be
// secret.
func (c config) database() string {
	if c.sqlite != "" {
		return c.sqlite
	}
	return pg.RedactURL(c.databaseURL)
}
