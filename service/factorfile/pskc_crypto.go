package factorfile

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // the PRF and MAC that RFC 6030 names
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"strings"

	"github.com/countersign/countersign/service/factorfile/bounded"
)

const (
	// maxIterations bounds the work for a file of strangers to a second. RFC 8018,
	// section 4.2, recommends a thousand rounds at least; what is written has 600,000.
	maxIterations = 1_000_000
	maxSaltBytes  = 1024
)

// pskcKeys decrypts the values of a container. A value is used only after its
// MAC was checked.
type pskcKeys struct {
	options Options
	opened  bool             // a key of the file was seen
	key     []byte           // nil of a file that is not encrypted
	macKey  []byte           // the key itself if the file has no other
	mac     func() hash.Hash // nil if the file has no MAC
	proven  bool             // a MAC was right, and so the password or the key
	wrong   bool             // a MAC was wrong before any was right
}

// open makes ready the key of the whole file: derived from a password, or given.
func (k *pskcKeys) open(e *bounded.Element) error {
	derived := e.Find("derivedkey")
	if k.opened || e.Count("derivedkey") > 1 {
		return fileError("The file has several encryption keys, and PSKC has one for all of it (RFC 6030, section 6.1). Export it again, with one.")
	}
	k.opened = true
	if derived == nil {
		return k.useGiven()
	}
	if k.options.Password.Len() == 0 {
		return ErrPasswordNeeded
	}
	method := derived.Find("keyderivationmethod")
	parameters := method.Find("pbkdf2-params")
	prf := parameters.Find("prf")
	newHash, known := hmacHash(valueOr(valueOr(prf.Attr("algorithm"), prf.Value()), "hmac-sha1"))
	salt, err := base64.StdEncoding.DecodeString(compact(parameters.Find("salt", "specified").Value()))
	iterations, length := number(parameters.Find("iterationcount").Value(), -1), number(parameters.Find("keylength").Value(), -1)
	switch {
	case iterations > maxIterations:
		return fileError("The key of the file is derived in more than 1,000,000 rounds of PBKDF2, which could keep this program busy for hours. Export it again, with fewer.")
	case fragment(method.Attr("algorithm")) != "pbkdf2", !known, err != nil, len(salt) == 0, len(salt) > maxSaltBytes,
		iterations < 1, length != 16 && length != 24 && length != 32:
		return fileError("The key of the file is not derived by PBKDF2 with HMAC for AES. Export it again with AES-CBC and PBKDF2.")
	}
	k.key, err = pbkdf2.Key(newHash, string(k.options.Password.bytes), salt, iterations, length)
	k.macKey = k.key
	return err
}

func (k *pskcKeys) useGiven() error {
	switch k.options.Key.Len() {
	case 16, 24, 32:
		k.key, k.macKey = k.options.Key.bytes, k.options.Key.bytes
		return nil
	}
	return ErrKeyNeeded
}

// openMAC reads the key of the MACs, which is itself encrypted; without one they
// are made with the key of the file (RFC 6030, section 6.1.1).
func (k *pskcKeys) openMAC(e *bounded.Element) error {
	newHash, known := hmacHash(e.Attr("algorithm"))
	if !known {
		return fileError("The MACs of the file are not HMAC with SHA1, SHA256, SHA384 or SHA512. Export it again with one of these.")
	}
	k.mac = newHash
	value := e.Find("mackey")
	if value == nil {
		return nil
	}
	if k.key == nil {
		if err := k.useGiven(); err != nil {
			return err
		}
	}
	ciphertext, ok := k.ciphertext(value)
	if !ok {
		return errCipher
	}
	macKey, ok := decryptCBC(k.key, ciphertext)
	if !ok || len(macKey) == 0 {
		return ErrWrongPassword
	}
	k.macKey = macKey
	return nil
}

var errCipher = fileError("The file is not encrypted with AES-CBC by the key that was given. Export it again with AES-128-CBC, AES-192-CBC or AES-256-CBC.")

// value is what an element of the data has, and why it is not used.
func (k *pskcKeys) value(e *bounded.Element) ([]byte, *Refusal) {
	if plain := e.Find("plainvalue"); plain != nil {
		value, err := base64.StdEncoding.DecodeString(compact(plain.Value()))
		if err != nil {
			return nil, &Refusal{Detail: "The value is no base64. Export it again."}
		}
		return value, nil
	}
	encrypted := e.Find("encryptedvalue")
	if encrypted == nil {
		return nil, &Refusal{Detail: "There is no value. Export it again with the secrets."}
	}
	return k.decrypt(encrypted, e.Find("valuemac").Value())
}

func (k *pskcKeys) decrypt(encrypted *bounded.Element, valueMAC string) ([]byte, *Refusal) {
	if k.key == nil && k.useGiven() != nil {
		return nil, &Refusal{Detail: "The value is encrypted, and the file does not say how. Give the pre-shared key that came with it."}
	}
	ciphertext, ok := k.ciphertext(encrypted)
	if !ok {
		return nil, &Refusal{Detail: errCipher.Error()}
	}
	want, err := base64.StdEncoding.DecodeString(compact(valueMAC))
	if k.mac == nil || err != nil || len(want) == 0 {
		return nil, &Refusal{Detail: "The value has no MAC, so that it may have been changed unseen (RFC 6030, section 6.1.1). Export it again with MACs."}
	}
	mac := hmac.New(k.mac, k.macKey)
	mac.Write(ciphertext)
	if !hmac.Equal(mac.Sum(nil), want) {
		k.wrong = k.wrong || !k.proven
		return nil, &Refusal{Detail: "The MAC does not match: the value was changed."}
	}
	k.proven = true
	value, ok := decryptCBC(k.key, ciphertext)
	if !ok {
		return nil, &Refusal{Detail: "The value is not padded as XML Encryption demands. Export it again."}
	}
	return value, nil
}

// ciphertext is what is encrypted, if it is so by AES-CBC with a key as long as
// this one.
func (k *pskcKeys) ciphertext(e *bounded.Element) ([]byte, bool) {
	method := fragment(e.Find("encryptionmethod").Attr("algorithm"))
	if method != cbcMethods[len(k.key)] {
		return nil, false
	}
	ciphertext, err := base64.StdEncoding.DecodeString(compact(e.Find("cipherdata", "ciphervalue").Value()))
	return ciphertext, err == nil && len(ciphertext) > 0
}

// cbcMethods go by the length of the key.
var cbcMethods = map[int]string{16: "aes128-cbc", 24: "aes192-cbc", 32: "aes256-cbc"}

// decryptCBC decrypts what begins with its initialization vector. Of the padding
// the last byte alone counts (XML Encryption, section 5.2).
func decryptCBC(key, ciphertext []byte) ([]byte, bool) {
	block, err := aes.NewCipher(key)
	if err != nil || len(ciphertext) < 2*aes.BlockSize || len(ciphertext)%aes.BlockSize != 0 {
		return nil, false
	}
	plain := make([]byte, len(ciphertext)-aes.BlockSize)
	cipher.NewCBCDecrypter(block, ciphertext[:aes.BlockSize]).CryptBlocks(plain, ciphertext[aes.BlockSize:])
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > aes.BlockSize {
		return nil, false
	}
	return plain[:len(plain)-padding], true
}

func hmacHash(uri string) (func() hash.Hash, bool) {
	newHash, known := map[string]func() hash.Hash{
		"hmac-sha1": sha1.New, "hmac-sha256": sha256.New, "hmac-sha384": sha512.New384, "hmac-sha512": sha512.New,
	}[fragment(uri)]
	return newHash, known
}

// fragment is what tells algorithms apart: the URIs before it differ between
// versions of a standard.
func fragment(uri string) string {
	return strings.ToLower(uri[strings.LastIndexByte(uri, '#')+1:])
}

// compact is base64 without the line breaks that XML lets in.
func compact(text string) string {
	return strings.Join(strings.Fields(text), "")
}
