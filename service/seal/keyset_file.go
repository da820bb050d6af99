package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// maxKeysetFile bounds what is read in bytes; a key takes about 250 of them.
const maxKeysetFile = 1 << 20

var (
	// ErrNoKeyset says that there is no keyset file. It is fs.ErrNotExist too.
	ErrNoKeyset = fmt.Errorf("seal: no keyset: %w", fs.ErrNotExist)

	// ErrExposedKeyset says that others than the owner may read or write a
	// keyset file, or that it is given to this process by somebody else than root.
	ErrExposedKeyset = errors.New("seal: the keyset file is open to others")

	// ErrMalformedKeyset says that a text is not a keyset. It quotes nothing of
	// it.
	ErrMalformedKeyset = errors.New("seal: not a cleartext Tink keyset in JSON")
)

// CreateKeysetFile writes a new AES-256-GCM keyset to path, readable by its
// owner alone, with the folders above it where they are missing. It never
// replaces a file: then it fails with fs.ErrExist, and of n concurrent calls
// exactly one succeeds. The file appears complete and synced, or not at all, so
// that whoever lost the race can load it.
//
// The keyset is in clear: this file is the key that encrypts all others. Back
// it up apart from the database.
func CreateKeysetFile(path string) error {
	text, err := newKeyset()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	if err := publish(path, text); err != nil {
		return fmt.Errorf("seal: the keyset was not created: %w", err)
	}
	return nil
}

// LoadKeysetFile reads the keyset at path. It fails with ErrNoKeyset,
// ErrExposedKeyset or ErrMalformedKeyset.
func LoadKeysetFile(path string) (*Sealer, error) { return loadAs(os.Geteuid(), path) }

// loadAs loads it as the user of the process, who is another in tests alone.
func loadAs(user int, path string) (*Sealer, error) {
	text, err := readPrivate(user, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNoKeyset, path)
	}
	if err != nil {
		return nil, err
	}
	sealer, err := ParseKeyset(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, path)
	}
	return sealer, nil
}

// ParseKeyset reads a cleartext keyset in Tink's JSON, or fails with
// ErrMalformedKeyset.
func ParseKeyset(text []byte) (*Sealer, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err != nil {
		return nil, ErrMalformedKeyset // the library's message quotes the text
	}
	return NewSealer(handle)
}

func newKeyset() ([]byte, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	var text bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&text)); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return text.Bytes(), nil
}

// readPrivate asks the open file for its mode, not the path: the two could be
// different files. Whose a file of mode 0600 is does not matter: only its owner
// and root can open it, and root uses the keyset of the service's user for commands.
func readPrivate(user int, path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	const group = 0o040
	others := info.Mode().Perm() & 0o077
	if others != 0 && (others != group || !grantedAlone(user, file)) {
		return nil, fmt.Errorf("%w than its owner; run: chmod 600 %s", ErrExposedKeyset, path)
	}
	if others != 0 && !ownedByRootOr(user, info) {
		return nil, fmt.Errorf("%w: it belongs to neither root nor the user of this process; run: chown root %s", ErrExposedKeyset, path)
	}
	return io.ReadAll(io.LimitReader(file, maxKeysetFile))
}
