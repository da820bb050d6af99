package seal

import (
	"errors"
	"os"
	"path/filepath"
)

// publish makes text appear at path at once, or fails with fs.ErrExist. A link
// is as exclusive as O_EXCL, but of a file that is already complete: with
// O_EXCL, a second process would find and read a half-written keyset, and a
// crash would leave one for good.
func publish(path string, text []byte) error {
	draft, err := writeDraft(filepath.Dir(path), text)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft) }()
	if err := os.Link(draft, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// writeDraft leaves a synced file of mode 0600 (os.CreateTemp's) in dir.
func writeDraft(dir string, text []byte) (string, error) {
	file, err := os.CreateTemp(dir, ".keyset-*")
	if err != nil {
		return "", err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

// syncDir makes the new name itself survive a power loss.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
