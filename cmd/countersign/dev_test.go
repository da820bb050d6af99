package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheDemoTenantHasPasskeysWhereBrowsersAllowThem(t *testing.T) {
	t.Parallel()
	for url, want := range map[string][]string{
		"http://localhost:8080": {"localhost", "http://localhost:8080"},
		"http://192.0.2.7:8080": {""},
		"http://[::2]:8080":     {""},
	} {
		in := demoInput(url)
		if diff := cmp.Diff(want, append([]string{in.RPID}, in.Origins...)); diff != "" || !in.Sandbox {
			t.Errorf("at %s (-want +got):\n%s", url, diff)
		}
	}
}
