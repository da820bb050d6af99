package secondstep_test

import (
	"net/http"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/secondstep"
)

// ticketRoutes are those of the pages behind the login; admin is a client with a key
// of that scope.
func ticketRoutes(mux *http.ServeMux, service, admin *countersign.Client, userOf, adminOf func(*http.Request) (secondstep.Login, bool)) {
	mux.Handle("POST /tickets/account", secondstep.Tickets{Client: service, Purpose: countersign.TicketPurposeAccount, User: userOf})
	mux.Handle("POST /tickets/admin", secondstep.Tickets{Client: admin, Purpose: countersign.TicketPurposeAdmin, User: adminOf})
	mux.Handle("POST /payments/{id}/ticket", secondstep.Tickets{Client: service, Action: "payment.approve", User: userOf})
}
