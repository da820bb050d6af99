package totp_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/totp"
)

func TestAStepLastsThirtySeconds(t *testing.T) {
	t.Parallel()
	cases := []struct {
		at   time.Time
		want totp.Step
	}{
		{time.Unix(0, 0), 0},
		{time.Unix(29, 999_999_999), 0},
		{time.Unix(30, 0), 1},
		{time.Unix(-1, 0), -1},
		{time.Unix(-30, 0), -1},
		{time.Unix(-31, 0), -2},
		{time.Date(2038, 1, 19, 3, 14, 8, 0, time.UTC), 71582788},
		{time.Date(2603, 10, 11, 11, 33, 20, 0, time.FixedZone("", 2*60*60)), 666666426},
	}
	for _, c := range cases {
		step := standard.StepAt(c.at)
		if step != c.want {
			t.Errorf("StepAt(%v) = %d, want %d", c.at, step, c.want)
		}
		start := standard.Start(step)
		if start.Location() != time.UTC || c.at.Before(start) || !c.at.Before(start.Add(standard.Period)) {
			t.Errorf("%v is not within the step that starts at %v", c.at, start)
		}
	}
}

func TestTheWindow(t *testing.T) {
	t.Parallel()
	cases := map[int][]totp.Step{
		0:    {999, 1000, 1001},
		1:    {999, 1000, 1001, 1002},
		-1:   {998, 999, 1000, 1001},
		2:    {999, 1000, 1001, 1002, 1003},
		3:    {999, 1000, 1001, 1002, 1003, 1004},
		-3:   {996, 997, 998, 999, 1000, 1001},
		5:    {999, 1000, 1001, 1004, 1005, 1006},
		20:   {999, 1000, 1001, 1019, 1020, 1021},
		-20:  {979, 980, 981, 999, 1000, 1001},
		21:   {999, 1000, 1001, 1019, 1020, 1021},
		-999: {979, 980, 981, 999, 1000, 1001},
	}
	for drift, want := range cases {
		if diff := cmp.Diff(want, standard.Window(1000, drift)); diff != "" {
			t.Errorf("drift %d (-want +got):\n%s", drift, diff)
		}
	}
}

// Every offset of the user's clock from -3 to +3 steps against learned drifts:
// what is accepted is what the design says, and nothing beside it.
func TestAcceptedOffsets(t *testing.T) {
	t.Parallel()
	accepted := map[int][]int{
		0:  {-1, 0, 1},
		1:  {-1, 0, 1, 2},
		2:  {-1, 0, 1, 2, 3},
		-1: {-2, -1, 0, 1},
		-3: {-3, -2, -1, 0, 1},
		20: {-1, 0, 1},
	}
	const now = totp.Step(56_000_000)
	for drift, offsets := range accepted {
		for offset := -3; offset <= 3; offset++ {
			phone := now + totp.Step(offset)
			got, ok := standard.Match(vectorSecret, standard.CodeAt(vectorSecret, phone), standard.Window(now, drift))
			if want := slices.Contains(offsets, offset); ok != want || ok && got != phone {
				t.Errorf("drift %d, offset %d: %d, %t, want %d, %t", drift, offset, got, ok, phone, want)
			}
		}
	}
}
