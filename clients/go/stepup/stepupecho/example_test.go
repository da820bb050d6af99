package stepupecho_test

import (
	"log"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/clients/go/stepup"
	"github.com/countersign/countersign/clients/go/stepup/stepupecho"
)

// The host's own middleware has put its session into the echo.Context.
func ExampleRequire() {
	verifier, err := stepup.New(stepup.Config{Issuer: "https://2fa.example.com", Tenant: "acme"})
	if err != nil {
		log.Fatal(err)
	}
	e := echo.New()
	e.POST("/payments/:id/approve", func(c echo.Context) error {
		claims, _ := stepupecho.Claims(c)
		return c.String(http.StatusOK, "approved by "+claims.Sub)
	}, stepupecho.Require(verifier, func(c echo.Context) stepup.Expect {
		user, _ := c.Get("user_id").(string)
		session, _ := c.Get("session_id").(string)
		return stepup.Expect{UserID: user, SessionID: session, Action: "payment.approve", Nonce: c.Param("id")}
	}))
}
