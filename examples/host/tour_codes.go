package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
)

// demoPassword is everybody's.
const demoPassword = "correct horse"

// prepared are the users who have a device from the start: one who looks after
// others, and one to be looked after.
var prepared = []string{"uma", "ben"}

// prepare gives them their devices. What shows their codes is the page with the
// codes.
func (a *app) prepare(ctx context.Context) error {
	if !a.showTour {
		return nil
	}
	for _, name := range prepared {
		u, err := a.users.named(name)
		if err == nil {
			err = a.giveDevice(ctx, u.ID)
		}
		if err != nil {
			return fmt.Errorf("a device for %s: %w", name, err)
		}
	}
	return nil
}

func (a *app) giveDevice(ctx context.Context, id string) error {
	u, err := a.client.GetUser(ctx, id)
	if err != nil || u.TwoFactor.Enabled {
		return err
	}
	begun, err := a.client.BeginEnrollment(ctx, id, countersign.EnrollmentRequest{Type: countersign.FactorTypeTotp, Name: "Phone of the tour"})
	if err != nil {
		return err
	}
	shown, err := a.client.GetSandboxCode(ctx, id, begun.FactorID)
	if err != nil {
		return err
	}
	_, err = a.client.ConfirmFactor(ctx, id, begun.FactorID, countersign.ConfirmRequest{Codes: []string{shown.Previous, shown.Code}})
	return err
}

// device is what an app would show. Its codes are empty while there is none.
type device struct {
	Username string `json:"username"`
	Name     string `json:"name"`
	Code     string `json:"code"`
	Next     string `json:"next"`
	Seconds  int    `json:"seconds"` // until the next one
}

const codePeriod = 30 * time.Second

// devices are those of everybody who can have one. The service answers in sandboxes
// alone.
func (a *app) devices(ctx context.Context) ([]device, error) {
	var all []device
	for _, u := range a.users.all {
		if u.Source != countersign.AuthSourceLocal || !u.Active {
			continue
		}
		d := device{Username: u.Username, Name: u.Name}
		shown, err := a.client.GetSandboxCode(ctx, u.ID, "")
		if err != nil && !errors.Is(err, countersign.ProblemCodeNotEnrolled) {
			return nil, err
		}
		if err == nil {
			d.Code, d.Next, d.Seconds = shown.Code, shown.Next, untilNext(shown.ExpiresAt, time.Now())
		}
		all = append(all, d)
	}
	return all, nil
}

// untilNext is how many seconds a code still has, from 1 to 30. The tenant's clock
// is ahead by whole minutes, so that the remainder is that of everybody's clock.
func untilNext(expires, now time.Time) int {
	return 1 + int((expires.Sub(now)-1)%codePeriod/time.Second)
}

func (a *app) showCodes(w http.ResponseWriter, r *http.Request) {
	devices, err := a.devices(r.Context())
	if err != nil {
		a.down(w, r, "codes", err)
		return
	}
	a.say(w, r, http.StatusOK, "codes", devices)
}

func (a *app) tellCodes(w http.ResponseWriter, r *http.Request) {
	devices, err := a.devices(r.Context())
	if err != nil {
		http.Error(w, "Countersign cannot be reached.", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(devices) // the client may be gone
}

// advanceClock sets the clock of the tenant forward, so that nobody has to wait for
// a code that was not used.
func (a *app) advanceClock(w http.ResponseWriter, r *http.Request) {
	if _, err := a.client.AdvanceSandboxClock(r.Context(), time.Minute); err != nil {
		a.down(w, r, "clock", err)
		return
	}
	http.Redirect(w, r, "/tour/codes", http.StatusSeeOther)
}
