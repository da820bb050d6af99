package meter

import (
	"os"
	"testing"
)

func TestOnlySwitchesOfThoseWhoWaitCount(t *testing.T) {
	t.Parallel()
	got, err := parseSwitches("Name:\tx\nvoluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t545\n")
	if err != nil || got != 150 {
		t.Errorf("%d, %v", got, err)
	}
	if _, err := parseSwitches("nonvoluntary_ctxt_switches:\t545\n"); err == nil {
		t.Error("what is not said is a number")
	}
	if own, err := Switches(os.Getpid()); err != nil || own == 0 {
		t.Errorf("this process waited %d times, %v", own, err)
	}
	if n, err := Switches(1 << 30); err == nil {
		t.Errorf("no process waited %d times", n)
	}
}
