package domain

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// ValidUserID accepts the host's opaque ids. Browsers and proxies resolve . and ..
// as steps through a path, percent-encoded too (URL standard, "double-dot URL path
// segment"; RFC 3986, section 6.2.2), and call another route. Some proxies decode
// the slashes before that: then x/../y would be y, another user.
func ValidUserID(id string) bool {
	return validIdentifier(id, 128) && !slices.ContainsFunc(strings.FieldsFunc(id, isSlash), isStep)
}

func isSlash(r rune) bool { return r == '/' || r == '\\' }

func isStep(segment string) bool { return segment == "." || segment == ".." }

// validIdentifier reports whether text, of at most so many characters, may be
// compared: two identifiers that differ do not differ in what nobody can see.
// Letters that look alike, composed or of another script, are the host's to keep
// apart.
func validIdentifier(text string, most int) bool {
	return ValidText(text, 1, most) && !strings.ContainsFunc(text, invisible)
}

// invisible is true of what is not shown (Default_Ignorable_Code_Point of Unicode,
// section 5.21: joiners, fillers, variation selectors, tags) and of U+FFFD, which
// decoders write in the place of what they could not read: an id that holds it
// has been damaged on its way, and may have been any of several.
func invisible(r rune) bool {
	return r == utf8.RuneError || r >= utf8.RuneSelf &&
		unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) &&
		!unicode.Is(unicode.Prepended_Concatenation_Mark, r) // Arabic signs, which are format characters that show
}

// ValidText reports whether text has between least and most characters, and may
// stand in a list, a label or a line of a log. Names keep joiners and variation
// selectors, which Persian and emoji need.
func ValidText(text string, least, most int) bool {
	n := utf8.RuneCountInString(text)
	return utf8.ValidString(text) && least <= n && n <= most && !strings.ContainsFunc(text, disruptive)
}

// disruptive is true of what reaches beyond the text itself: it ends the line, or
// turns the direction of what stands beside it (Unicode Technical Report 36,
// "Bidirectional Text Spoofing"). Right-to-left text needs no such control, since
// its letters have their direction. U+FEFF marks the begin of a file, and joins
// nothing since Unicode 3.2.
func disruptive(r rune) bool {
	if r < utf8.RuneSelf {
		return r < ' ' || r == '\x7f'
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) ||
		r == '\u2028' || r == '\u2029' || r == '\ufeff'
}

// PlainTextRule is what [ValidText] does not accept, as the end of a sentence.
const PlainTextRule = "no control characters, directional controls, line separators or byte order marks."

// ErrUserID refuses what [ValidUserID] does not accept.
var ErrUserID = ErrInvalidRequest.WithDetail("A user id has 1 to 128 characters, is no . or .. nor has one between slashes, and holds no control, invisible or replacement characters.")

// Pseudonym begins the ids under which the trail knows people who were erased.
const Pseudonym = "erased_"

// ErrPseudonym refuses to call a user so.
var ErrPseudonym = ErrInvalidRequest.WithDetail("User ids that begin with erased_ stand in the trail for people who were erased. Take another id.")

// IsPseudonym reports whether an id is no user's.
func IsPseudonym(id string) bool { return strings.HasPrefix(id, Pseudonym) }

// FoldName makes names comparable whatever their case, and whether a letter and its
// accent are one character or two: keyboards, directories and macOS differ in
// that. In NFC a prefix ends between letters, so that nobody finds José by half
// of his é, and the compatible characters of NFKC stay apart. It comes before
// the lower case, which İ has in one piece alone, and after it, since some
// letters are composed in lower case only, such as ǰ.
func FoldName(name string) string { return norm.NFC.String(strings.ToLower(norm.NFC.String(name))) }

// CheckReason refuses a reason that says nothing.
func CheckReason(reason string) error {
	if strings.ContainsFunc(reason, says) {
		return nil
	}
	return ErrReasonRequired
}

func says(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !invisible(r) }

// crockford is Crockford's base32: people read it aloud and type it without
// mistaking one symbol for another.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var crockfordFold = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1")

// crockfordOf makes one symbol of each random byte, and changes the bytes.
func crockfordOf(random []byte) string {
	for i, b := range random {
		random[i] = crockford[b%32] // 256 is a multiple of 32: every symbol is equally likely
	}
	return string(random)
}

// parseCrockford reads symbols as people type them: any case, with or without
// hyphens and spaces, O for 0 and I or L for 1. It reports whether there are count
// of them, and nothing else.
func parseCrockford(text string, count int) (symbols string, ok bool) {
	symbols = crockfordFold.Replace(strings.ToUpper(text))
	return symbols, len(symbols) == count && strings.Trim(symbols, crockford) == ""
}

// inFours shows symbols in groups of four.
func inFours(symbols string) string {
	groups := make([]string, 0, len(symbols)/4)
	for i := 0; i+4 <= len(symbols); i += 4 {
		groups = append(groups, symbols[i:i+4])
	}
	return strings.Join(groups, "-")
}
