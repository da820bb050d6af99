package factorfile

import (
	"bufio"
	"encoding/xml"
	"math/big"
	"strings"
)

// readPSKC reads a key container (RFC 6030). A signature over it is not checked:
// whoever has the file has to know whence it comes.
func readPSKC(in *bufio.Reader, o Options, emit func(Record) error) error {
	s := newXMLStream(in)
	root, err := s.open()
	if err != nil {
		return err
	}
	if root == nil || !strings.EqualFold(root.Name.Local, "KeyContainer") {
		return wrongKind(PSKC)
	}
	keys := pskcKeys{options: o}
	for {
		start, err := s.open()
		if err != nil || start == nil {
			return err
		}
		if err := readPSKCPart(s, start, &keys, emit); err != nil {
			return err
		}
	}
}

func readPSKCPart(s *xmlStream, start *xml.StartElement, keys *pskcKeys, emit func(Record) error) error {
	name := strings.ToLower(start.Name.Local)
	switch name {
	case "encryptionkey", "macmethod", "keypackage":
	default:
		return s.skip()
	}
	e, err := s.element(start)
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
	return emit(r)
}

// takePSKC reads a KeyPackage, which has one key.
func (r *Record) takePSKC(e *element, keys *pskcKeys) {
	device, key := e.find("deviceinfo"), e.find("key")
	r.takeAny(commonName(valueOr(key.find("userid").value(), device.find("userid").value())))
	r.Name = valueOr(key.find("friendlyname").value(), device.find("serialno").value())
	r.takeType("Algorithm", pskcType(key.attr("algorithm")))
	r.takeFormat(key.find("algorithmparameters"))
	r.takePolicy(key.find("policy"))
	data := key.find("data")
	r.takeInterval(data.find("timeinterval"), keys)
	secret, refusal := keys.value(data.find("secret"))
	if refusal != nil {
		r.refuse("Secret", refusal.Detail)
		return
	}
	r.takeSecret("Secret", secret)
}

// pskcType is the last part of an algorithm's URI, as in
// urn:ietf:params:xml:ns:keyprov:pskc:totp; drafts had # before it.
func pskcType(uri string) string {
	return uri[strings.LastIndexAny(uri, ":#")+1:]
}

// takeFormat: the suite names the hash, and without one it is SHA1. privacyIDEA
// writes it as an attribute.
func (r *Record) takeFormat(parameters *element) {
	suite := parameters.find("suite")
	r.takeAlgorithm("Suite", valueOr(valueOr(suite.value(), suite.attr("hashalgo")), defaultAlgorithm))
	format := parameters.find("responseformat")
	if !strings.EqualFold(valueOr(format.attr("encoding"), "DECIMAL"), "DECIMAL") || isTrue(format.attr("checkdigits")) {
		r.refuse("ResponseFormat", "The codes are not plain decimal digits. Let the user enroll again.")
	}
	r.takeDigits("ResponseFormat", number(format.attr("length"), defaultDigits))
}

func isTrue(text string) bool { return text == "true" || text == "1" }

// takePolicy refuses keys for other uses, and codes that have a PIN in them (RFC
// 6030, section 5).
func (r *Record) takePolicy(policy *element) {
	usages, otp := 0, false
	for _, child := range policy.childrenOf() {
		switch child.name {
		case "keyusage":
			usages++
			otp = otp || child.value() == "OTP"
		case "pinpolicy":
			if mode := child.attr("pinusagemode"); mode != "" && mode != "Local" {
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
func (r *Record) takeInterval(interval *element, keys *pskcKeys) {
	if interval == nil {
		r.takePeriod("TimeInterval", defaultPeriod)
		return
	}
	if plain := interval.find("plainvalue"); plain != nil {
		r.takePeriod("TimeInterval", number(plain.value(), defaultPeriod))
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
