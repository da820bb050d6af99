package factorfile

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

const (
	pskcIterations = 600_000 // of PBKDF2 with HMAC-SHA-256, as OWASP advises
	pskcSaltBytes  = 16
	pskcKeyBytes   = 32
)

// pskcWriter writes a key container of RFC 6030. Elements are named with their
// prefixes, since those of PBKDF2 have no namespace.
type pskcWriter struct {
	out    *bufio.Writer
	key    []byte // nil of a plain file
	macKey []byte
	count  int
}

const pskcHead = `<?xml version="1.0" encoding="UTF-8"?>
<pskc:KeyContainer Version="1.0" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc"` +
	` xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" xmlns:xenc11="http://www.w3.org/2009/xmlenc11#">
`

func newPSKCWriter(w io.Writer, o Options) (*pskcWriter, error) {
	p := &pskcWriter{out: bufio.NewWriter(w)}
	header := ""
	if !o.Plain {
		var err error
		if header, err = p.encryptionKey(o); err != nil {
			return nil, err
		}
		p.macKey = randomBytes(sha256.Size)
		header += "<pskc:MACMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#hmac-sha256\">\n<pskc:MACKey>" +
			p.cipherValue(p.macKey).xml + "</pskc:MACKey>\n</pskc:MACMethod>\n"
	}
	_, err := p.out.WriteString(pskcHead + header)
	return p, err
}

// encryptionKey derives the key from the password, or takes the one given, and
// returns what the file says of it.
func (p *pskcWriter) encryptionKey(o Options) (string, error) {
	if o.Password.Len() == 0 {
		p.key = o.Key.bytes
		if cbcMethods[len(p.key)] == "" {
			return "", ErrKeyNeeded
		}
		return "<pskc:EncryptionKey><ds:KeyName xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">Pre-shared-key</ds:KeyName></pskc:EncryptionKey>\n", nil
	}
	salt := randomBytes(pskcSaltBytes)
	var err error
	p.key, err = pbkdf2.Key(sha256.New, string(o.Password.bytes), salt, pskcIterations, pskcKeyBytes)
	return fmt.Sprintf(`<pskc:EncryptionKey>
<xenc11:DerivedKey>
<xenc11:KeyDerivationMethod Algorithm="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2">
<xenc11:PBKDF2-params>
<Salt><Specified>%s</Specified></Salt>
<IterationCount>%d</IterationCount>
<KeyLength>%d</KeyLength>
<PRF Algorithm="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"/>
</xenc11:PBKDF2-params>
</xenc11:KeyDerivationMethod>
</xenc11:DerivedKey>
</pskc:EncryptionKey>
`, base64.StdEncoding.EncodeToString(salt), pskcIterations, pskcKeyBytes), err
}

func (p *pskcWriter) add(r Record) error {
	p.count++
	name := ""
	if text := cleanName(r.Name); text != "" {
		name = "<pskc:FriendlyName>" + escapeXML(text) + "</pskc:FriendlyName>\n"
	}
	_, err := fmt.Fprintf(p.out, `<pskc:KeyPackage>
<pskc:Key Id="%d" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp">
<pskc:AlgorithmParameters><pskc:Suite>HMAC-%s</pskc:Suite><pskc:ResponseFormat Length="%d" Encoding="DECIMAL"/></pskc:AlgorithmParameters>
%s<pskc:Data>
<pskc:Secret>%s</pskc:Secret>
<pskc:Time><pskc:PlainValue>0</pskc:PlainValue></pskc:Time>
<pskc:TimeInterval><pskc:PlainValue>%s</pskc:PlainValue></pskc:TimeInterval>
</pskc:Data>
<pskc:UserId>%s</pskc:UserId>
</pskc:Key>
</pskc:KeyPackage>
`, p.count, r.Algorithm, r.Digits, name, p.value(r.Secret.bytes), seconds(r.Period), escapeXML("UID="+escapeDN(r.oneName())))
	return err
}

func (p *pskcWriter) end() error {
	_, _ = p.out.WriteString("</pskc:KeyContainer>\n") // Flush has the error
	return p.out.Flush()
}

// value is a secret as the file has it: its MAC is over what is encrypted (RFC
// 6030, section 6.1.1).
func (p *pskcWriter) value(secret []byte) string {
	if p.key == nil {
		return "<pskc:PlainValue>" + base64.StdEncoding.EncodeToString(secret) + "</pskc:PlainValue>"
	}
	encrypted := p.cipherValue(secret)
	mac := hmac.New(sha256.New, p.macKey)
	mac.Write(encrypted.ciphertext)
	return "<pskc:EncryptedValue>" + encrypted.xml + "</pskc:EncryptedValue>\n" +
		"<pskc:ValueMAC>" + base64.StdEncoding.EncodeToString(mac.Sum(nil)) + "</pskc:ValueMAC>"
}

type cipherValue struct {
	ciphertext []byte
	xml        string
}

// cipherValue encrypts by AES-CBC, which is what every reader of PSKC knows.
func (p *pskcWriter) cipherValue(plain []byte) cipherValue {
	padding := aes.BlockSize - len(plain)%aes.BlockSize
	padded := append(append([]byte{}, plain...), []byte(strings.Repeat(string(rune(padding)), padding))...)
	block, err := aes.NewCipher(p.key)
	if err != nil {
		panic("factorfile: a key of another length than its method: " + err.Error())
	}
	ciphertext := append(randomBytes(aes.BlockSize), padded...)
	cipher.NewCBCEncrypter(block, ciphertext[:aes.BlockSize]).CryptBlocks(ciphertext[aes.BlockSize:], padded)
	return cipherValue{ciphertext, fmt.Sprintf(
		`<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#%s"/><xenc:CipherData><xenc:CipherValue>%s</xenc:CipherValue></xenc:CipherData>`,
		cbcMethods[len(p.key)], base64.StdEncoding.EncodeToString(ciphertext))}
}

func escapeXML(text string) string {
	var escaped strings.Builder
	_ = xml.EscapeText(&escaped, []byte(text)) // a builder takes everything
	return escaped.String()
}

// randomBytes never fails: crypto/rand ends the program rather.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
