package edge

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
)

// BenchmarkValidate validates the requests of a login against the contract.
func BenchmarkValidate(b *testing.B) {
	for _, test := range []struct{ name, operation, body string }{
		{"verify", "POST /v1/users/:user_id/verify", `{"code":"123456","first_factor":["pwd"]}`},
		{"decision", "POST /v1/decisions", `{"user_id":"u-1842","first_factor":["pwd"]}`},
	} {
		o := contractOperations()[test.operation]
		request := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/", http.NoBody)
		c := echo.New().NewContext(request, httptest.NewRecorder())
		c.SetParamNames("user_id")
		c.SetParamValues("u-1842")
		b.Run(test.name+"/parameters", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := o.checkParameters(c); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(test.name+"/body", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := o.checkBody([]byte(test.body)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
