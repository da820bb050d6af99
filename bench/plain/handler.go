package plain

import (
	"crypto/ecdsa"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// The resources below which a user is verified: of one the row is read first. Requests to the two are of one length.
const (
	Read  = "/v1/users/"
	Known = "/v1/known/"
)

type handler struct {
	users users
	key   *ecdsa.PrivateKey
}

func (h *handler) routes() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.GET("/readyz", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	e.POST(Read+":user_id/verify", h.verifyRead)
	e.POST(Known+":user_id/verify", h.verifyKnown)
	return e
}

type verification struct {
	UserID string `param:"user_id"`
	Code   string `json:"code"`
}

type verified struct {
	Method    string    `json:"method"`
	FactorID  string    `json:"factor_id"`
	Token     string    `json:"step_up_token"`
	ExpiresAt time.Time `json:"expires_at"`
	Remaining int       `json:"recovery_codes_remaining"`
}

func (h *handler) verifyRead(c echo.Context) error {
	var asked verification
	if err := c.Bind(&asked); err != nil {
		return err
	}
	u, err := h.users.read(c.Request().Context(), asked.UserID)
	if err != nil {
		return err
	}
	return h.verify(c, u)
}

func (h *handler) verifyKnown(c echo.Context) error {
	var asked verification
	if err := c.Bind(&asked); err != nil {
		return err
	}
	return h.verify(c, h.users.unread(asked.UserID))
}

func (h *handler) verify(c echo.Context, u user) error {
	now, tokenID := time.Now().UTC(), uuid.NewString()
	if err := h.users.spend(c.Request().Context(), u, tokenID, c.RealIP(), now); err != nil {
		return err
	}
	token, expires, err := sign(h.key, u, tokenID, now)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, verified{Method: "totp", FactorID: factorID, Token: token, ExpiresAt: expires, Remaining: 8})
}
