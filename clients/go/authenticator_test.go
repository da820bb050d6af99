package countersign_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"testing"
	"time"
)

// phone is an authenticator app: RFC 4226, section 5.3, over RFC 6238, section 4,
// as they are written. Its clock stands still, so that a test's codes follow
// each other.
type phone struct {
	secret []byte
	step   int64
}

func newPhone(t *testing.T, secret string) phone {
	t.Helper()
	raw, err := base32.StdEncoding.DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	return phone{raw, time.Now().Unix() / 30}
}

// code is the code so many steps from now.
func (p phone) code(from int64) string {
	mac := hmac.New(sha1.New, p.secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(p.step+from)))
	hs := mac.Sum(nil)
	offset := hs[len(hs)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(hs[offset:])&0x7fffffff%1_000_000)
}
