// Command add-factor brings a factor of any parameters into the database of a service
// that runs, for tests that are not in Go. It prints the factor's id and its secret as
// JSON.
//
//	go run ./internal/factortest/cmd/add-factor -database sqlite:data/countersign.db -keyset data/countersign.keyset \
//		-tenant demo -user ada -algorithm SHA256 -digits 8 -period 60s
package main

import (
	"context"
	"encoding/base32"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/countersign/countersign/internal/factortest"
	"github.com/countersign/countersign/service/domain"
)

func main() {
	if err := add(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "add-factor:", err)
		os.Exit(1)
	}
}

func add(ctx context.Context) error {
	var key domain.UserKey
	database := flag.String("database", "sqlite:data/countersign.db", "URL of the database")
	keyset := flag.String("keyset", "data/countersign.keyset", "the keyset file")
	flag.StringVar(&key.TenantID, "tenant", "", "the user's tenant")
	flag.StringVar(&key.UserID, "user", "", "who gets the factor")
	algorithm := flag.String("algorithm", string(domain.SHA1), "SHA1, SHA256 or SHA512")
	digits := flag.Int("digits", 6, "of a code, 6 or 8")
	period := flag.Duration("period", 30*time.Second, "how long a code is shown")
	flag.Parse()

	device := factortest.NewDevice(domain.OTPAlgorithm(*algorithm), *digits, *period)
	id, err := factortest.AddTo(ctx, *database, *keyset, key, device)
	if err != nil {
		return err
	}
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(device.Secret)
	return json.NewEncoder(os.Stdout).Encode(map[string]string{"factor_id": id, "secret": secret})
}
