package factorfile

import (
	"bufio"
	"encoding/xml"
	"math/big"
	"strings"

	"github.com/countersign/countersign/service/factorfile/bounded"
)

// readPSKC reads a key container (RFC 6030). A signature over it is not checked:
// whoever has the file has to know whence it comes.
func readPSKC(in *bufio.Reader, o Options, emit func(Record) error) error {
	s := bounded.NewXML(in)
	root, err := s.Open()
	if err != nil {
		return err
	}
	if root == nil || !strings.EqualFold(root.Name.Local, "KeyContainer") {
		return wrongKind(PSKC)
	}
	keys := pskcKeys{options: o}
	for {
		start, err := s.Open()
		if err != nil || start == nil {
			return err
		}
		if err := readPSKCPart(s, start, &keys, emit); err != nil {
			return err
		}
	}
}

func readPSKCPart(s *bounded.XML, start *xml.StartElement, keys *pskcKeys, emit func(Record) error) error {
	name := strings.ToLower(start.Name.Local)
	switch name {
	case "encryptionkey", "macmethod", "keypackage":
	default:
		return s.Skip()
	}
	e, err := s.Element(start)
	if err != nil {
		return err
	}
	switch name {
	case "encryptionkey":
		return keys.open(e)
	case "macmethod":
		return keys.openMAC(e)
	}
	var r Record
	r.takePSKC(e, keys)
	if keys.wrong { // the key of the MACs may be padded well by chance, and does not tell
		return ErrWrongPassword
	}
	return emit(r)
}

// takePSKC reads a KeyPackage, which has one key.
func (r *Record) takePSKC(e *bounded.Element, keys *pskcKeys) {
	device, key := e.Find("deviceinfo"), e.Find("key")
	r.takeAny(commonName(pskcUser(key, device)))
	r.Name = valueOr(key.Find("friendlyname").Value(), device.Find("serialno").Value())
	r.takeType("Algorithm", pskcType(key.Attr("algorithm")))
	r.takeFormat(key.Find("algorithmparameters"))
	r.takePolicy(key.Find("policy"))
	data := key.Find("data")
	r.takeInterval(data.Find("timeinterval"), keys)
	secret, refusal := keys.value(data.Find("secret"))
	if refusal != nil {
		r.refuse("Secret", refusal.Detail)
		return
	}
	r.takeSecret("Secret", secret)
}

// pskcUser is whose key it is by the key, else by its device.
func pskcUser(key, device *bounded.Element) string {
	if user := key.Find("userid"); user.Value() != "" {
		return user.Text()
	}
	return device.Find("userid").Text()
}

// pskcType is the last part of an algorithm's URI, as in
// urn:ietf:params:xml:ns:keyprov:pskc:totp; drafts had # before it.
func pskcType(uri string) string {
	return uri[strings.LastIndexAny(uri, ":#")+1:]
}

// takeFormat: the suite names the hash, and without one it is SHA1. privacyIDEA
// writes it as an attribute.
func (r *Record) takeFormat(parameters *bounded.Element) {
	suite := parameters.Find("suite")
	r.takeAlgorithm("Suite", valueOr(valueOr(suite.Value(), suite.Attr("hashalgo")), defaultAlgorithm))
	format := parameters.Find("responseformat")
	if !strings.EqualFold(valueOr(format.Attr("encoding"), "DECIMAL"), "DECIMAL") || isTrue(format.Attr("checkdigits")) {
		r.refuse("ResponseFormat", "The codes are not plain decimal digits. Let the user enroll again.")
	}
	r.takeDigits("ResponseFormat", number(format.Attr("length"), defaultDigits))
}

func isTrue(text string) bool { return text == "true" || text == "1" }

// takePolicy refuses keys for other uses, and codes that have a PIN in them (RFC
// 6030, section 5).
func (r *Record) takePolicy(policy *bounded.Element) {
	usages, otp := 0, false
	for _, child := range policy.All() {
		switch child.Name {
		case "keyusage":
			usages++
			otp = otp || child.Value() == "OTP"
		case "pinpolicy":
			if mode := child.Attr("pinusagemode"); mode != "" && mode != "Local" {
				r.refuse("PINPolicy", "The code has a PIN in it, which is not known here. Let the user enroll again.")
			}
		}
	}
	if usages > 0 && !otp {
		r.refuse("KeyUsage", "The key is not for one-time passwords.")
	}
}

// takeInterval reads a number of seconds; an encrypted one is digits, or the
// number itself.
func (r *Record) takeInterval(interval *bounded.Element, keys *pskcKeys) {
	if interval == nil {
		r.takePeriod("TimeInterval", defaultPeriod)
		return
	}
	if plain := interval.Find("plainvalue"); plain != nil {
		r.takePeriod("TimeInterval", number(plain.Value(), defaultPeriod))
		return
	}
	value, refusal := keys.value(interval)
	if refusal != nil {
		r.refuse("TimeInterval", refusal.Detail)
		return
	}
	seconds := number(string(value), defaultPeriod)
	if seconds < 0 && len(value) <= 4 {
		seconds = int(new(big.Int).SetBytes(value).Int64())
	}
	r.takePeriod("TimeInterval", seconds)
}

// commonName is the name of a user that is a distinguished name (RFC 4514), as
// RFC 6030 wants it: the value of its first part. Else it is the name itself.
func commonName(name string) string {
	attribute, rest, ok := strings.Cut(name, "=")
	switch strings.ToUpper(strings.TrimSpace(attribute)) {
	case "UID", "CN":
	default:
		ok = false
	}
	if !ok {
		return name
	}
	return unescapeDN(rest)
}
