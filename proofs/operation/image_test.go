package operation

import (
	"os"
	"regexp"
	"testing"
)

// TestTheImagesHealthCheckAsksWhetherTheProcessLives: where it asked for readiness, an outage of the database restarted
// every replica.
func TestTheImagesHealthCheckAsksWhetherTheProcessLives(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	checks := regexp.MustCompile(`(?m)^HEALTHCHECK.*$`).FindAllString(string(text), -1)
	if len(checks) != 1 || !regexp.MustCompile(`CMD \["/countersign", "healthcheck", "--live"\]$`).MatchString(checks[0]) {
		t.Errorf("the image's health checks are %q", checks)
	}
}
