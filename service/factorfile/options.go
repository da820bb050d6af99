package factorfile

// Options are what a file does not say of itself.
type Options struct {
	// Password decrypts an encrypted PSKC file, or a file that age encrypted
	// with a passphrase, and encrypts what is written.
	Password Secret
	// Key is the pre-shared AES key of a PSKC file, 16, 24 or 32 bytes. A file is
	// written with it only if there is no password.
	Key Secret
	// Person is the column of a CSV by which its people are found: a file without it
	// is refused. Any of user_id, username and email will do if it is empty.
	Person string
	// Plain writes without encryption.
	Plain bool
	// Issuer is whose the factors are, for otpauth:// URIs that are written;
	// "Countersign" if empty.
	Issuer string
}
