package api

import (
	"context"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/token"
)

// rememberedBrowsers are those that may skip the second step for a time.
type rememberedBrowsers interface {
	RememberBrowser(ctx context.Context, c domain.Caller, in token.RememberInput) (domain.IssuedBrowser, error)
	RememberedBrowsers(ctx context.Context, c domain.Caller, userID string) ([]domain.RememberedBrowser, error)
	ForgetBrowsers(ctx context.Context, c domain.Caller, userID, browserID string) error
}

// RememberBrowser remembers the browser that a proof came from.
func (h *handlers) RememberBrowser(ctx context.Context, r openapi.RememberBrowserRequestObject) (openapi.RememberBrowserResponseObject, error) {
	issued, err := h.browsers.RememberBrowser(ctx, edge.CallerOf(ctx), token.RememberInput{
		UserID: r.UserID, Token: r.Body.StepUpToken, Name: r.Body.Name,
	})
	if err != nil {
		return nil, err
	}
	return openapi.RememberBrowser201JSONResponse{
		BrowserID: issued.ID, Secret: issued.Secret, ExpiresAt: issued.ExpiresAt.UTC(),
	}, nil
}

// ListRememberedBrowsers lists the browsers of a user.
func (h *handlers) ListRememberedBrowsers(ctx context.Context, r openapi.ListRememberedBrowsersRequestObject) (openapi.ListRememberedBrowsersResponseObject, error) {
	browsers, err := h.browsers.RememberedBrowsers(ctx, edge.CallerOf(ctx), r.UserID)
	if err != nil {
		return nil, err
	}
	return openapi.ListRememberedBrowsers200JSONResponse{Browsers: converted(browsers, browserBody)}, nil
}

// ForgetRememberedBrowsers forgets all of them.
func (h *handlers) ForgetRememberedBrowsers(ctx context.Context, r openapi.ForgetRememberedBrowsersRequestObject) (openapi.ForgetRememberedBrowsersResponseObject, error) {
	if err := h.browsers.ForgetBrowsers(ctx, edge.CallerOf(ctx), r.UserID, ""); err != nil {
		return nil, err
	}
	return openapi.ForgetRememberedBrowsers204Response{}, nil
}

// ForgetRememberedBrowser forgets one.
func (h *handlers) ForgetRememberedBrowser(ctx context.Context, r openapi.ForgetRememberedBrowserRequestObject) (openapi.ForgetRememberedBrowserResponseObject, error) {
	if err := h.browsers.ForgetBrowsers(ctx, edge.CallerOf(ctx), r.UserID, r.BrowserID); err != nil {
		return nil, err
	}
	return openapi.ForgetRememberedBrowser204Response{}, nil
}

func browserBody(b domain.RememberedBrowser) openapi.RememberedBrowser {
	return openapi.RememberedBrowser{
		BrowserID: b.ID, Name: b.Name, CreatedAt: b.CreatedAt.UTC(), LastUsedAt: unlessZero(b.LastUsedAt), ExpiresAt: b.ExpiresAt.UTC(),
	}
}

// browserSecretBody is what a decision gives a browser to keep; nil: nothing.
func browserSecretBody(issued *domain.IssuedBrowser) *openapi.BrowserSecret {
	if issued == nil {
		return nil
	}
	return &openapi.BrowserSecret{Secret: issued.Secret, ExpiresAt: issued.ExpiresAt.UTC()}
}
