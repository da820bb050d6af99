package main

import countersign "github.com/countersign/countersign/clients/go"

// browser is the cookie of a remembered browser. Hosts on other ports of this
// machine share its cookies, and have names of their own.
func (a *app) browser() countersign.BrowserCookie {
	name := a.tenant + "-browser"
	if a.https {
		name = "__Host-" + name
	}
	return countersign.BrowserCookie{Name: name, Insecure: !a.https}
}
