package main

import (
	"errors"
	"time"

	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/pg"
	"github.com/countersign/countersign/service/readiness"
)

const (
	// awaitRetry is how often a database that cannot be reached is tried again.
	awaitRetry = time.Second
	// awaitNotice is how often it is said that it is waited for.
	awaitNotice = 5 * time.Second
)

// await opens the database, and waits as long as a.startTimeout for one that cannot
// be reached: services start in any order. What no waiting mends, such as a
// wrong password or a database that does not exist, fails at once.
func (a *app) await(open func() (*repository.Store, error)) (*repository.Store, error) {
	deadline := time.Now().Add(a.startTimeout)
	var told time.Time
	for {
		store, err := open()
		a.attempted(err)
		left := time.Until(deadline)
		if !errors.Is(err, pg.ErrUnreachable) || left <= 0 {
			return store, err
		}
		if time.Since(told) >= awaitNotice {
			told = time.Now()
			a.logger.Warn("waiting for the database; see COUNTERSIGN_START_TIMEOUT",
				"database", a.config.database(), "left", left.Round(time.Second).String(), "cause", err.Error())
		}
		select {
		case <-a.ctx.Done():
			return nil, errors.New("interrupted while waiting for it")
		case <-time.After(min(awaitRetry, left)):
		}
	}
}

func (a *app) attempted(err error) {
	if a.awaited == nil {
		return
	}
	found := readiness.FindingUnknown // what it can do is found out by a probe
	if errors.Is(err, pg.ErrUnreachable) {
		found = readiness.DatabaseUnreachable
	}
	a.awaited(found)
}
