package stepup_test

import (
	"fmt"
	"log"
	"net/http"

	"github.com/countersign/countersign/clients/go/stepup"
)

// session stands for the host's own.
type session struct{ id, userID string }

func sessionOf(*http.Request) session { return session{"s-1", "u-1842"} }

// The last step of a login: the browser proved a code and brings the token.
func ExampleVerifier_Verify() {
	verifier, err := stepup.New(stepup.Config{Issuer: "https://2fa.example.com", Tenant: "acme"})
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("POST /login/second-step", func(w http.ResponseWriter, r *http.Request) {
		pending := sessionOf(r) // of the password that was right, not of what the browser says
		claims, err := verifier.Verify(r.Context(), r.Header.Get(stepup.DefaultHeader), stepup.Expect{
			UserID: pending.userID, SessionID: pending.id,
			ACR: []string{stepup.ACRTwoFactors, stepup.ACRRecovery},
		})
		if err != nil {
			log.Print(err)
			http.Error(w, "Try again.", http.StatusUnauthorized)
			return
		}
		log.Printf("%s proved %s", claims.Sub, claims.Method)
		// open the session
	})
}

// A dangerous action asks for a proof made for it, and for nothing else.
func ExampleVerifier_Require() {
	verifier, err := stepup.New(stepup.Config{Issuer: "https://2fa.example.com", Tenant: "acme"})
	if err != nil {
		log.Fatal(err)
	}
	proven := verifier.Require(func(r *http.Request) stepup.Expect {
		s := sessionOf(r)
		return stepup.Expect{UserID: s.userID, SessionID: s.id, Action: "payment.approve", Nonce: r.PathValue("id")}
	}) // with stepup.SpentBy(service) each proof counts once
	http.Handle("POST /payments/{id}/approve", proven(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, _ := stepup.FromContext(r.Context())
		fmt.Fprintln(w, "approved by", claims.Sub)
	})))
}
