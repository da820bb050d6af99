package service_test

import (
	"context"
	"iter"
	"sync/atomic"
	"testing"

	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
)

// Whoever calls is told that not all was done, even where all was read.
func TestAnImportWhoseCallerGoesIsNotCompleteThoughAllOfItWasRead(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	read := make(chan struct{})
	svc := w.intercepting(func(ctx context.Context, changes []domain.Change, carryOut commits) []error {
		<-read
		return carryOut(ctx, changes)
	})
	ctx, cancel := context.WithCancel(w.ctx)
	defer cancel()
	sum, err := svc.ImportUsers(ctx, w.key, directory.UserImportInput{
		Lines: then(refusing(shared(), 7), func(func(directory.UserLine, error) bool) { close(read) }),
		Refused: func(directory.UserLine) { // while the second batch waits for the first one
			cancel()
		},
	})
	wantEnded(t, err, context.Canceled, 250, directory.UserImport{Created: 249, Failed: 1}, sum)
	if u := w.snapshot("u00001"); u.Role != domain.RoleMember || u.Version != 1 {
		t.Errorf("a line after the last one that is done was carried out: %+v", u)
	}
}

// refusing refuses the lines of these numbers.
func refusing(lines iter.Seq2[directory.UserLine, error], numbers ...int) iter.Seq2[directory.UserLine, error] {
	refuse := map[int]bool{}
	for _, n := range numbers {
		refuse[n] = true
	}
	return func(yield func(directory.UserLine, error) bool) {
		for line, err := range lines {
			if refuse[line.Number] {
				line.Profile.Username = ""
			}
			if !yield(line, err) {
				return
			}
		}
	}
}

func TestAnImportWhoseCallerGoesReadsNoFurtherAndDropsWhatIsNoBatch(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	for name, further := range map[string]bool{"another line": true, "the end": false} {
		ctx, cancel := context.WithCancel(w.ctx)
		defer cancel()
		sum, err := w.svc.ImportUsers(ctx, w.key, directory.UserImportInput{
			Lines: then(userLines(0, 249, domain.RoleMember), func(yield func(directory.UserLine, error) bool) {
				cancel()
				for line, err := range userLines(249, 250, domain.RoleMember) {
					if further && yield(line, err) {
						t.Errorf("%s: more lines were asked for", name)
					}
				}
			}),
		})
		wantEnded(t, err, context.Canceled, 0, directory.UserImport{}, sum)
	}
}

// The caller goes between any two steps: each round another, as it happens.
func TestAnImportWhoseCallerGoesCountsAllThatItBegan(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	for round := range 40 {
		var carriedOut atomic.Int64
		svc := w.intercepting(func(_ context.Context, changes []domain.Change, _ commits) []error {
			carriedOut.Add(int64(len(changes)))
			return make([]error, len(changes)) // and is forgotten
		})
		ctx, cancel := context.WithCancel(w.ctx)
		sum, err := svc.ImportUsers(ctx, w.key, directory.UserImportInput{
			Lines: then(userLines(0, 250*(1+round%4), domain.RoleMember), func(func(directory.UserLine, error) bool) { cancel() }),
		})
		cancel()
		begun := int(carriedOut.Load())
		if err != nil {
			wantEnded(t, err, context.Canceled, begun, directory.UserImport{Created: begun}, sum)
		} else if sum.Created != 250*(1+round%4) {
			t.Errorf("%d of %d lines, and no error", sum.Created, 250*(1+round%4))
		}
	}
}
