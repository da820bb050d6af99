package batch

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhoLeavesTheQueueLeavesAloneWhereverTheyStand(t *testing.T) {
	for name, c := range map[string]struct {
		at   int
		want []string
	}{
		"first":  {0, []string{"b c"}},
		"second": {1, []string{"a c"}},
		"last":   {2, []string{"a b"}},
	} {
		t.Run(name, func(t *testing.T) {
			withBatcher(t, false, func(l *batcherTest) {
				l.join(l.Context(), "out")
				canceled, cancel := context.WithCancel(l.Context())
				words := []string{"a", "b", "c"}
				for n, word := range words {
					ctx := l.Context()
					if n == c.at {
						ctx = canceled
					}
					l.join(ctx, word)
				}
				l.began("out")
				cancel()
				l.gone(words[c.at])
				l.state(2, 1, true)
				l.letThrough("out")
				l.began(c.want...)
				l.state(0, 1, true)
			})
		})
	}
}

func TestWhoseTimeIsOverDoesNotGo(t *testing.T) {
	for name, busy := range map[string]bool{"with nothing in flight": false, "behind a batch": true} {
		t.Run(name, func(t *testing.T) {
			withBatcher(t, false, func(l *batcherTest) {
				if busy {
					l.join(l.Context(), "out")
					l.began("out")
				}
				ended, cancel := context.WithCancel(l.Context())
				cancel()
				l.join(ended, "late")
				l.gone("late")
				if busy {
					l.letThrough("out")
				}
				l.began()
			})
		})
	}
}

// Only of what leaves nothing behind may the outcome be left unseen.
func TestWhoWasTakenByABatchSeesItToItsEndUnlessItIsCancelable(t *testing.T) {
	for name, cancelable := range map[string]bool{"not cancelable": false, "cancelable": true} {
		t.Run(name, func(t *testing.T) {
			withBatcher(t, cancelable, func(l *batcherTest) {
				l.join(l.Context(), "out")
				l.join(l.Context(), "a")
				ctx, cancel := context.WithCancel(l.Context())
				var told *bool
				l.all.Go(func() {
					done := l.batcher.do(ctx, &request[string]{item: "taken"})
					told = &done
				})
				synctest.Wait()
				l.letThrough("out")
				l.began("out", "a taken")
				cancel()
				synctest.Wait()
				if left := told != nil; left != cancelable {
					t.Errorf("left is %v", left)
				}
				l.letThrough("a")
				synctest.Wait()
				if told == nil || *told == cancelable {
					t.Error("it is not told what became of it")
				}
			})
		})
	}
}

// For whoever leads a batch, others wait.
func TestWhoLeadsABatchDoesNotLeaveIt(t *testing.T) {
	for name, cancelable := range map[string]bool{"not cancelable": false, "cancelable": true} {
		t.Run(name, func(t *testing.T) {
			withBatcher(t, cancelable, func(l *batcherTest) {
				ended, cancel := context.WithCancel(l.Context())
				cancel()
				leader := &request[string]{ready: make(chan struct{})}
				leader.batch = []*request[string]{leader} // and about to be told so
				var stays bool
				l.all.Go(func() { stays = l.batcher.await(ended, leader) })
				synctest.Wait()
				close(leader.ready)
				l.all.Wait()
				if !stays {
					t.Error("it left")
				}
			})
		})
	}
}

func TestTheTimeOfABatch(t *testing.T) {
	const most = 10 * time.Second // as long as one decision may take
	for name, c := range map[string]struct {
		cancelable bool
		own, want  time.Duration
	}{
		"a cancelable one has its leader's": {true, most - 1, most - 1},
		"and no more than any":              {true, most + 1, most},
		"without a leader's":                {true, 0, most},
		"another has its own":               {false, most - 1, most},
		"whatever the leader's":             {false, most + 1, most},
		"or without one":                    {false, 0, most},
	} {
		t.Run(name, func(t *testing.T) {
			withBatcher(t, c.cancelable, func(l *batcherTest) {
				ctx, cancel := context.WithCancel(context.Background())
				if c.own > 0 {
					ctx, cancel = context.WithTimeout(context.Background(), c.own)
				}
				defer cancel()
				l.join(ctx, "a")
				l.began("a")
				if got := l.until["a"]; got != c.want {
					t.Errorf("%v, want %v", got, c.want)
				}
				time.Sleep(c.want - 1)
				l.began()
				time.Sleep(time.Nanosecond)
				l.began("a ended")
			})
		})
	}
}

func TestABatchDoesNotEndWithItsLeadersCall(t *testing.T) {
	for name, cancelable := range map[string]bool{"not cancelable": false, "cancelable": true} {
		t.Run(name, func(t *testing.T) {
			withBatcher(t, cancelable, func(l *batcherTest) {
				ctx, cancel := context.WithCancel(l.Context())
				l.join(ctx, "a")
				cancel()
				l.began("a")
				l.state(0, 1, false)
			})
		})
	}
}

func TestAPanicLeavesNobodyWaitingAndMakesRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gone := make(chan struct{})
		b := batcher[string]{maxInFlight: 1, slowAfter: slow, pick: pickWords}
		b.run = func(_ context.Context, batch []*request[string]) {
			if batch[0].item == "first" {
				<-gone
				return
			}
			if len(batch) == 2 {
				panic("the store")
			}
		}
		var all sync.WaitGroup
		var panics, done atomic.Int64
		for _, word := range []string{"first", "a", "b", "c"} {
			all.Go(func() {
				defer func() {
					if recover() != nil {
						panics.Add(1)
					}
				}()
				if b.do(t.Context(), &request[string]{item: word}) {
					done.Add(1)
				}
			})
			synctest.Wait()
		}
		close(gone)
		all.Wait()
		if panics.Load() != 1 || done.Load() != 3 {
			t.Errorf("%d panics and %d done, want 1 and 3", panics.Load(), done.Load())
		}
	})
}

func TestWhoIsResolvedLeavesTheQueueAndNobodyElseDoes(t *testing.T) {
	withBatcher(t, false, func(l *batcherTest) {
		l.join(l.Context(), "first")
		l.join(l.Context(), "a", "known-1", "b", "known-2")
		l.batcher.resolve(func(word *string) bool {
			known := strings.HasPrefix(*word, "known")
			if known {
				*word += " resolved"
			}
			return known
		})
		l.state(2, 1, true)
		l.letThrough("first")
		l.began("first", "a b")
	})
}

func TestReadsGoTogetherUpTo128InTheirOrder(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, maxBatch - 1, maxBatch, maxBatch + 1, 3 * maxBatch} {
		queue := make([]*request[int], n)
		for i := range queue {
			queue[i] = &request[int]{item: i}
		}
		batch, rest := nextRead(queue, nil)
		if len(batch) != min(n, 128) || !slices.Equal(append(slices.Clone(batch), rest...), queue) {
			t.Errorf("of %d: %d, and %d are left", n, len(batch), len(rest))
		}
		if _ = append(batch, nil); len(rest) > 0 && rest[0] == nil {
			t.Error("a batch that grows overwrites who is left")
		}
	}
}
