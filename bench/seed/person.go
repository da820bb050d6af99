package seed

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
)

// person is a user by number. Everything about the person follows from the number, so that none of it need be
// remembered.
type person struct {
	tenant   string
	number   int
	enrolled bool
}

// scatter is odd, so that multiplying by it permutes the numbers of 32 bits, and prime, so that it shares no
// factor with the size of any tenant.
const scatter = 2654435761

func (p person) id() string {
	if !p.enrolled {
		return fmt.Sprintf("n-%08d", p.number)
	}
	return fmt.Sprintf("u-%08d", p.number)
}

// name is eight hexadecimal digits in no order, so that a prefix selects people from all over the tenant.
func (p person) name() string { return fmt.Sprintf("%08x", uint32(p.number)*scatter) }

func (p person) displayName() string { return "Somebody " + p.name() }

// incarnation has as many digits as a random one mostly has.
func (p person) incarnation() int64 { return 1<<62 + int64(p.number) }

func (p person) factorID() string   { return "fct_" + p.randomID("factor") }
func (p person) generation() string { return p.randomID("generation") }

// randomID has as many characters as the product's ids.
func (p person) randomID(what string) string {
	sum := p.random(what, 0)
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:15]))
}

// secret is the TOTP secret, 160 bits.
func (p person) secret() []byte {
	sum := p.random("secret", 0)
	return sum[:20]
}

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// recoveryCode is the i-th code in its one spelling.
func (p person) recoveryCode(i int) string {
	sum := p.random("recovery code", i)
	symbols := make([]byte, 16)
	for n := range symbols {
		symbols[n] = crockford[sum[n]%32]
	}
	return string(symbols)
}

// shown is a recovery code as people read it: 4-4-4-4.
func shown(symbols string) string {
	return symbols[0:4] + "-" + symbols[4:8] + "-" + symbols[8:12] + "-" + symbols[12:16]
}

func (p person) random(what string, i int) [sha256.Size]byte {
	text := append(make([]byte, 0, 64), "countersign benchmark "+what+" "+p.tenant...)
	text = binary.BigEndian.AppendUint64(text, uint64(p.number))
	return sha256.Sum256(append(text, byte(i)))
}
