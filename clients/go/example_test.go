package countersign_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
)

// serviceOf stands for Countersign in the examples.
func serviceOf(status int, mediaType, answer string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
	}))
}

// The password was right: what now?
func ExampleClient_Decide() {
	server := serviceOf(200, "application/json", `{"decision":"challenge","reason":"enrolled","methods":["totp"],"ticket":"eyJ0..."}`)
	defer server.Close()
	service, err := countersign.New(server.URL, "csk_acme_from_the_environment")
	if err != nil {
		log.Panic(err)
	}

	d, err := service.Decide(context.Background(), countersign.DecisionRequest{
		UserID:      "u-1842",
		SessionID:   "the session that is about to open",
		FirstFactor: []countersign.FirstFactor{countersign.FirstFactorPwd},
	})
	if err != nil {
		log.Print(err)
		fmt.Println("Try again in a moment.")
		return
	}
	switch d.Outcome {
	case countersign.Allow:
		fmt.Println("open the session")
	case countersign.Challenge:
		fmt.Println("ask for a code; the browser gets a ticket:", len(d.Ticket) > 0)
	case countersign.Enroll:
		fmt.Println("let the user set up an authenticator, and nothing else")
	default:
		fmt.Println("do not let the user in")
	}
	// Output: ask for a code; the browser gets a ticket: true
}

// A host that renders its own pages sends the code itself. The call is repeated
// by the client where that is safe.
func ExampleClient_Verify() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.Header().Set("Retry-After", "30") // the fifth wrong code in a row
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprint(w, `{"status":422,"code":"code_invalid","detail":"...","request_id":"6b1f","retry_after_seconds":30}`)
	}))
	defer server.Close()
	service, err := countersign.New(server.URL, "csk_acme_from_the_environment", countersign.WithTimeout(3*time.Second))
	if err != nil {
		log.Panic(err)
	}

	_, err = service.Verify(context.Background(), "u-1842", countersign.VerifyRequest{Code: "287082"})
	problem, _ := errors.AsType[*countersign.Problem](err)
	switch {
	case err == nil:
		fmt.Println("check the step-up token with stepup.Verifier")
	case errors.Is(err, countersign.ProblemCodeCodeInvalid) && problem.RetryAfter == 0:
		fmt.Println("That code is not right.")
	case errors.Is(err, countersign.ProblemCodeCodeInvalid), errors.Is(err, countersign.ProblemCodeTooManyAttempts):
		fmt.Println("Too many wrong codes. Try again in", problem.RetryAfter)
	case errors.Is(err, countersign.ErrNoAnswer), errors.Is(err, countersign.ProblemCodeOutcomeUnknown):
		fmt.Println("Wait for the next code and try again.")
	default:
		fmt.Println("Try again in a moment.")
	}
	// Output: Too many wrong codes. Try again in 30s
}

// An admin turns the mandate on, having seen whom it affects.
func ExampleClient_PatchPolicy() {
	ctx := context.Background()
	service, err := countersign.New("https://2fa.example.com", "csk_acme_from_the_environment")
	if err != nil {
		log.Fatal(err)
	}
	mandate := func(adminsProof string) error {
		preview, seen, err := service.PreviewPolicy(ctx, true)
		if err != nil {
			return err
		}
		log.Printf("%d users will have to enroll", preview.Affected.ActiveUsers)
		_, _, err = service.WithStepUp(adminsProof).PatchPolicy(ctx, seen, countersign.PolicyPatch{Mandatory: new(true)})
		return err
	}
	_ = mandate
}
