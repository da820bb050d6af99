package api_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/internal/apptest"
)

func TestTheBestTypeThatBothKnowIsGiven(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]string{
		"":                               "image/png",
		"*/*":                            "image/png",
		"image/*":                        "image/png",
		"image/png":                      "image/png",
		"image/svg+xml":                  "image/svg+xml",
		"IMAGE/SVG+XML":                  "image/svg+xml",
		"image/svg+xml, */*":             "image/png",
		"image/svg+xml, */*;q=0.8":       "image/svg+xml",
		"image/png;q=0.5, image/svg+xml": "image/svg+xml",
		"image/png;q=0, */*":             "image/svg+xml",
		"text/html, image/svg+xml;q=0.1": "image/svg+xml",
		"text/html":                      "",
		"image/png;q=0":                  "",
		"image/png;q=2":                  "",
		"image/png;q=NaN":                "",
		"*/*;q=0":                        "",
		"nonsense":                       "",
		",,;":                            "",
	} {
		got, err := api.Negotiate(accept, "image/png", "image/svg+xml")
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v, want %q", accept, got, err, want)
		}
	}
}

func TestAQRCodeIsPNGOrSVG(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Begin("ada")
	backend := tenant.Backend()
	png := backend.Get(phone.Path("qr")).Want(200)
	if !bytes.HasPrefix(png.Body, []byte("\x89PNG")) {
		t.Errorf("no PNG: %q", png.Body[:8])
	}
	svg := backend.Get(phone.Path("qr"), apptest.Header("Accept", "image/svg+xml")).Want(200)
	if svg.Header.Get("Content-Type") != "image/svg+xml" || !bytes.HasPrefix(svg.Body, []byte("<svg")) {
		t.Errorf("no SVG: %q", svg.Body[:8])
	}
	lines := func(r *http.Request) { r.Header["Accept"] = []string{"image/png;q=0.1", "image/svg+xml"} }
	if got := backend.Get(phone.Path("qr"), lines).Want(200).Header.Get("Content-Type"); got != "image/svg+xml" {
		t.Errorf("by two lines of Accept: %s", got)
	}
	backend.Get(phone.Path("qr"), apptest.Header("Accept", "application/json")).WantProblem(406, "not_acceptable")
	phone.Confirm()
	backend.Get(phone.Path("qr")).WantProblem(409, "factor_not_pending")
}

func TestATypeThatCannotBeGivenSpendsNothing(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	token := apptest.StepUp(tenant.Enroll("ada").StepUp())
	backend := tenant.Backend()
	backend.Post(user("/recovery-codes/reveal"), M{}, token, apptest.Header("Accept", "image/png")).WantProblem(406, "not_acceptable")
	backend.Post(user("/recovery-codes/reveal"), M{}, token).Want(200)
}
