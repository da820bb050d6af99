package totp

import (
	"net/url"
	"strings"
)

// Limits of the escaped labels in bytes. An account of the longest e-mail
// address fits; anything longer is cut, so that the QR code of the whole stays
// within what a phone reads from a screen.
const (
	maxIssuer  = 192
	maxAccount = 512 // the device included
	maxDevice  = 256
)

// URI returns the otpauth URI that apps read from a QR code (the Key Uri Format
// of Google Authenticator). A device, where one is given, stands in parentheses
// after the account, and is not cut with it: it is what tells two entries of one
// account apart. The issuer stands both before the account and as a
// parameter, identically, since apps differ in which they read. Neither may
// hold a colon there: it becomes a space. Spaces are %20, never '+', which
// several apps show as it stands. The three parameters spell out the defaults,
// because some apps ignore them.
//
// The URI holds the secret: it is for the user alone and belongs in no log.
func URI(issuer, account, device string, secret []byte) string {
	if device != "" {
		device = "%20%28" + label(device, maxDevice) + "%29"
	}
	name, parameter := label(account, maxAccount-len(device))+device, ""
	if issuer = label(issuer, maxIssuer); issuer != "" {
		name, parameter = issuer+":"+name, "&issuer="+issuer
	}
	return "otpauth://totp/" + name + "?secret=" + EncodeSecret(secret) + parameter +
		"&algorithm=SHA1&digits=6&period=30"
}

// label escapes a text for either side of the '?', whole characters up to
// limit bytes.
func label(text string, limit int) string {
	var b strings.Builder
	for _, r := range plain(text) {
		escaped := strings.ReplaceAll(url.QueryEscape(string(r)), "+", "%20")
		if b.Len()+len(escaped) > limit {
			break
		}
		b.WriteString(escaped)
	}
	return b.String()
}

// plain has no colon, no invalid UTF-8 and single spaces between words.
func plain(text string) string {
	text = strings.ToValidUTF8(text, "")
	return strings.Join(strings.Fields(strings.ReplaceAll(text, ":", " ")), " ")
}
