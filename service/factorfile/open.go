package factorfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/countersign/countersign/service/factorfile/bounded"
)

const (
	utf8Mark = "\ufeff"

	ageHeader   = "age-encryption.org/"
	ageArmor    = "-----BEGIN AGE ENCRYPTED FILE-----"
	maxAgeWork  = 18 // of scrypt: what age writes, which takes a second and 256 MiB
	recogniseBy = 4096
)

// open decrypts what age encrypted with a passphrase, and passes over a byte
// order mark.
func open(r io.Reader, o Options) (*bufio.Reader, error) {
	in, err := unmarked(r)
	if err != nil {
		return nil, err
	}
	head, err := peek(in)
	if err != nil {
		return nil, err
	}
	switch {
	case strings.HasPrefix(head, ageArmor):
		return decrypt(armor.NewReader(in), o)
	case strings.HasPrefix(head, ageHeader):
		return decrypt(in, o)
	}
	return in, nil
}

func decrypt(r io.Reader, o Options) (*bufio.Reader, error) {
	if o.Password.Len() == 0 {
		return nil, ErrPasswordNeeded
	}
	identity, err := age.NewScryptIdentity(string(o.Password.bytes))
	if err != nil {
		return nil, ErrWrongPassword
	}
	identity.SetMaxWorkFactor(maxAgeWork)
	plain, err := age.Decrypt(r, identity)
	switch {
	case err != nil && strings.Contains(err.Error(), "work factor too large"): // age has no error of its own for it
		return nil, errAgeWork
	case err != nil:
		return nil, ErrWrongPassword
	}
	return unmarked(authenticated{plain})
}

var errAgeWork = fileError("The file is encrypted by age with a work factor above 18, which could keep this program busy for hours. Encrypt it again with the one that age has by default.")

// authenticated says of what cannot be decrypted further on that the file is not
// whole.
type authenticated struct{ from io.Reader }

func (a authenticated) Read(p []byte) (int, error) {
	n, err := a.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w (%w)", errChanged, err)
	}
	return n, err
}

var errChanged = fileError("The file was cut off or changed after it was encrypted. Export it again.")

// unmarked passes over a byte order mark at the very start, which says nothing
// (RFC 3629, section 6).
func unmarked(r io.Reader) (*bufio.Reader, error) {
	in := bufio.NewReaderSize(r, bounded.BufferSize)
	begin, err := in.Peek(len(utf8Mark))
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case string(begin) == utf8Mark:
		_, _ = in.Discard(len(utf8Mark)) // it has been read
	case bytes.HasPrefix(begin, []byte("\xff\xfe")), bytes.HasPrefix(begin, []byte("\xfe\xff")):
		return nil, fileError("The text is UTF-16. Save it as UTF-8, and import it again.")
	}
	return in, nil
}

// peek returns the beginning of the file, without blanks before it.
func peek(in *bufio.Reader) (string, error) {
	head, err := in.Peek(recogniseBy)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimLeft(string(head), " \t\r\n"), nil
}
