package service_test

import (
	"testing"

	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
)

func TestNoServiceIsMadeWithoutAPartThatItNeeds(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	whole := service.Config{Store: batch.New(w.store, nil), OperatorKeys: w.operatorKeys, Sealer: w.sealer}
	for missing, leaveOut := range map[string]func(*service.Config){
		"nothing":       func(*service.Config) {},
		"store":         func(c *service.Config) { c.Store = nil },
		"operator keys": func(c *service.Config) { c.OperatorKeys = nil },
		"sealer":        func(c *service.Config) { c.Sealer = nil },
	} {
		c := whole
		leaveOut(&c)
		if _, err := service.New(w.ctx, c); (err == nil) != (missing == "nothing") {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}
