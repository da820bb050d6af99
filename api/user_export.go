package api

import (
	"context"
	"encoding/base64"
	"time"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/personaldata"
)

// ExportUser tells what is held about a person.
func (h *handlers) ExportUser(ctx context.Context, r openapi.ExportUserRequestObject) (openapi.ExportUserResponseObject, error) {
	caller := edge.CallerOf(ctx)
	last, err := after(listOfExport, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	if last.After != "" && last.Tenant != exportOf(caller.TenantID, r.UserID) {
		return nil, errCursor
	}
	export, err := h.users.ExportUser(ctx, caller, r.UserID, personaldata.Page{Before: last.After, Limit: limitOf(r.Params.Limit)})
	if err != nil {
		return nil, err
	}
	return openapi.ExportUser200JSONResponse(UserExport(export)), nil
}

// exportOf is whose list an export is: that of one user of a tenant.
func exportOf(tenantID, userID string) string { return tenantID + "/" + userID }

// UserExport is what is held about a person, with one page of the events, as it is told
// outside, wherever that is.
func UserExport(e personaldata.Export) openapi.UserExport {
	body := openapi.UserExport{ExportedAt: e.At.UTC(), UserID: e.UserID, Events: converted(e.Events, AuditEvent)}
	if e.Next != "" {
		body.NextCursor = cursor{List: listOfExport, Tenant: exportOf(e.TenantID, e.UserID), After: e.Next}.text()
	}
	if e.User != nil {
		body.User = exportedUserBody(*e.User)
	}
	return body
}

func exportedUserBody(r personaldata.Record) *openapi.ExportedUser {
	u := r.User
	r.Status.EnabledAt = u.EnabledAt // also of one whose factors are suspended
	body := &openapi.ExportedUser{
		Profile: userBody(directory.UserView{
			ID: u.ID, Profile: u.Profile, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt, TwoFactor: r.Status,
		}),
		CredentialsChangedAt:    unlessZero(u.CredentialsChangedAt),
		EverEnrolled:            u.EverEnrolled,
		HadPasskey:              u.HadPasskey,
		MustEnroll:              u.MustEnroll,
		MandateReachedAt:        unlessZero(u.Covered.Any),
		PasskeyMandateReachedAt: unlessZero(u.Covered.PhishingResistant),
		Factors:                 converted(r.Factors, exportedFactorBody),
		PasskeyCredentials:      credentialBodies(r.Factors),
		RecoveryCodes:           exportedCodesBody(u.RecoveryCodes, r.Codes),
		RememberedBrowsers:      converted(u.Browsers, browserBody),
		FailedAttempts: []openapi.FailedAttempts{
			attemptsBody(openapi.FailedAttemptsWithCode, u.CodeLane), attemptsBody(openapi.FailedAttemptsWithRecoveryCode, u.RecoveryLane),
		},
	}
	if u.AccessPass.Given() {
		pass := accessPassBody(u.AccessPass)
		body.AccessPass = &pass
	}
	if !u.Exemption.Until.IsZero() {
		exemption := exemptionBody(u.Exemption)
		body.Exemption = &exemption
	}
	return body
}

func exportedFactorBody(f personaldata.Factor) openapi.Factor {
	return factorBody(service.FactorView{Factor: f.Factor, Description: f.Description})
}

func credentialBodies(factors []personaldata.Factor) []openapi.PasskeyCredential {
	bodies := []openapi.PasskeyCredential{}
	for _, f := range factors {
		if len(f.CredentialID) > 0 {
			bodies = append(bodies, openapi.PasskeyCredential{FactorID: f.ID, CredentialID: base64.RawURLEncoding.EncodeToString(f.CredentialID)})
		}
	}
	return bodies
}

func exportedCodesBody(count domain.RecoveryCodeCount, set domain.RecoveryCodeSet) openapi.ExportedRecoveryCodes {
	used := []time.Time{}
	for _, code := range set.Codes {
		if !code.SpentAt.IsZero() {
			used = append(used, code.SpentAt.UTC())
		}
	}
	return openapi.ExportedRecoveryCodes{
		Total: count.Total, Remaining: count.Remaining, GeneratedAt: unlessZero(count.GeneratedAt), UsedAt: used,
	}
}

func attemptsBody(with openapi.FailedAttemptsWith, lane domain.Lane) openapi.FailedAttempts {
	return openapi.FailedAttempts{
		With: with, Failures: lane.Failures, LockedAt: unlessZero(lane.LockedAt), LockedSeconds: int(lane.LockedFor / time.Second),
	}
}
