package main

import (
	"encoding/base32"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/countersign/countersign/bench/load"
	"github.com/countersign/countersign/service/totp"
)

// begun is an enrollment that waits to be confirmed.
type begun struct {
	FactorID string                  `json:"factor_id"`
	TOTP     struct{ Secret string } `json:"totp"`
	userID   string
}

func (c *client) begin(conn *load.Conn) (b begun, status int, err error) {
	if b.userID, err = c.people.ToEnroll(); err != nil {
		return b, 0, ended(err)
	}
	status, body, err := c.post(conn, "/v1/users/"+b.userID+"/factors", []byte(`{"type":"totp"}`))
	if err != nil || status != http.StatusCreated {
		return b, status, err
	}
	return b, status, json.Unmarshal(body, &b)
}

// beginEnrollment does no more than begin, for which 201 is the good answer.
func (c *client) beginEnrollment(conn *load.Conn) (int, error) {
	_, status, err := c.begin(conn)
	if status == http.StatusCreated {
		status = http.StatusOK
	}
	return status, err
}

// enroll begins an enrollment and confirms it with two codes.
func (c *client) enroll(conn *load.Conn) (int, error) {
	b, status, err := c.begin(conn)
	if err != nil || status != http.StatusCreated {
		return status, err
	}
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(b.TOTP.Secret)
	if err != nil {
		return 0, err
	}
	standard := totp.Standard()
	here := standard.StepAt(time.Now())
	codes := fmt.Appendf(nil, `{"codes":["%s","%s"]}`, standard.CodeAt(secret, here-1).Digits(), standard.CodeAt(secret, here).Digits())
	status, _, err = c.post(conn, "/v1/users/"+b.userID+"/factors/"+b.FactorID+"/confirm", codes)
	return status, err
}
