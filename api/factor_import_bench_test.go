package api_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"testing"

	"github.com/countersign/countersign/service/domain"
)

// BenchmarkFactorImport sends factors over HTTP to a PostgreSQL that flushes each
// commit to disk: new ones, the same again, and others in their place.
func BenchmarkFactorImport(b *testing.B) {
	send := newImports(b)
	users := 0
	for _, c := range []struct {
		counted string
		replace bool
	}{{"created", false}, {"unchanged", false}, {"replaced", true}} {
		b.Run(c.counted, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				users++
				send.users(b, manyUsers(users, domain.RoleMember), fmt.Sprintf(`"created":%d`, importedAtOnce))
				first := manyFactors(users)
				body := first
				if c.counted != "created" {
					send.factors(b, first, fmt.Sprintf(`"created":%d`, importedAtOnce))
				}
				if c.replace {
					body = bytes.ReplaceAll(manyFactors(users), []byte(`"type"`), []byte(`"replace":true,"type"`))
				}
				b.StartTimer()
				send.factors(b, body, fmt.Sprintf(`"%s":%d`, c.counted, importedAtOnce))
			}
			b.ReportMetric(float64(b.N*importedAtOnce)/b.Elapsed().Seconds(), "factors/s")
		})
	}
}

func manyFactors(generation int) []byte {
	var body bytes.Buffer
	secret := make([]byte, 20)
	for i := range importedAtOnce {
		_, _ = rand.Read(secret)
		fmt.Fprintf(&body, `{"user_id":"u-%d-%d","type":"totp","secret":"%s","name":"Phone"}`+"\n", generation, i, base32.StdEncoding.EncodeToString(secret))
	}
	return body.Bytes()
}
