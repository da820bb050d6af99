package stepup_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countersign/countersign/clients/go/stepup"
)

// verdicts walk through a test's steps.
type verdicts struct {
	t *testing.T
	*published
	*clock
	v *stepup.Verifier
}

func watch(t *testing.T, keys ...signingKey) verdicts {
	t.Helper()
	w := verdicts{t: t, published: publish(t, keys...), clock: newClock()}
	w.v = w.verifier(t, w.clock)
	return w
}

// fresh is a token that was signed just now.
func (w verdicts) fresh(key signingKey) string {
	w.t.Helper()
	at := w.now().Unix()
	return key.token(w.t, object{"iat": at, "nbf": at, "auth_time": at, "exp": at + 300})
}

func (w verdicts) accepts(key signingKey) {
	w.t.Helper()
	if _, err := check(w.t, w.v, w.fresh(key), want); err != nil {
		w.t.Errorf("at %v: %v", w.now().Sub(start), err)
	}
}

func (w verdicts) refuses(key signingKey, why error) {
	w.t.Helper()
	if _, err := check(w.t, w.v, w.fresh(key), want); !errors.Is(err, why) {
		w.t.Errorf("at %v: %v, want %v", w.now().Sub(start), err, why)
	}
}

func (w verdicts) fetched(times int32) {
	w.t.Helper()
	if got := w.fetches.Load(); got != times {
		w.t.Errorf("at %v: fetched %d times, want %d", w.now().Sub(start), got, times)
	}
}

func TestAnUnknownKeyIsAskedForOnceAMinute(t *testing.T) {
	t.Parallel()
	key, foreign := p256(t), p256(t)
	w := watch(t, key)
	w.accepts(key)
	for range 100 {
		w.refuses(p256(t), stepup.ErrInvalid)
	}
	w.fetched(1)
	w.advance(stepup.FetchEvery - time.Nanosecond)
	w.refuses(foreign, stepup.ErrInvalid)
	w.fetched(1)
	w.advance(time.Nanosecond)
	for range 100 {
		w.refuses(foreign, stepup.ErrInvalid)
	}
	w.fetched(2)
	w.accepts(key)
	w.fetched(2)
}

// No text makes the host ask for keys but one that could be signed.
func TestAMalformedTokenFetchesNothing(t *testing.T) {
	t.Parallel()
	key := p256(t)
	w := watch(t, key)
	for _, header := range []object{
		{"kid": "x"}, {"kid": nil}, {"typ": "JWT"}, {"alg": "HS256"}, {"alg": "none"}, {"jku": w.URL},
	} {
		if _, err := check(t, w.v, forge(t, with(key.header(), header), claims(), key.es256(t)), want); !errors.Is(err, stepup.ErrInvalid) {
			t.Errorf("%v: %v", header, err)
		}
	}
	w.fetched(0)
}

func TestANextKeyIsBelievedAndAWithdrawnOneIsNot(t *testing.T) {
	t.Parallel()
	old, next, last := p256(t), p256(t), p256(t)
	w := watch(t, old, next)
	w.accepts(old)
	w.accepts(next) // published before it signs
	w.fetched(1)

	w.set(t, next, last) // rotated, and the old one withdrawn
	w.accepts(old)       // kept keys are still fresh
	w.advance(stepup.FetchEvery)
	w.accepts(last) // unknown, so that keys are fetched
	w.refuses(old, stepup.ErrInvalid)
	w.fetched(2)
}

func TestAWithdrawnKeyIsRefusedOnceKeysAreNoLongerFresh(t *testing.T) {
	t.Parallel()
	old, next := p256(t), p256(t)
	w := watch(t, old, next)
	w.accepts(old)
	w.set(t, next)
	w.advance(stepup.FreshFor - time.Nanosecond)
	w.accepts(old)
	w.fetched(1)
	w.advance(time.Nanosecond)
	w.refuses(old, stepup.ErrInvalid)
	w.fetched(2)
	w.accepts(next)
	w.fetched(2)
}

func TestKeptKeysServeWhileTheServiceIsDownAndNotForEver(t *testing.T) {
	t.Parallel()
	key := p256(t)
	w := watch(t, key)
	w.accepts(key)
	w.breaks()
	w.advance(stepup.FreshFor)
	for range 10 { // asks once, not for every token
		w.accepts(key)
	}
	w.fetched(2)
	w.advance(stepup.KeptFor - stepup.FreshFor - time.Nanosecond)
	w.accepts(key)
	w.advance(time.Nanosecond)
	w.refuses(key, stepup.ErrKeysUnavailable)
	w.answers(nil) // it is back
	w.advance(time.Second)
	w.accepts(key)
}

func TestWithoutKeysNothingIsBelieved(t *testing.T) {
	t.Parallel()
	key := p256(t)
	set := mustJSON(t, object{"keys": []object{key.jwk(t)}})
	for name, answer := range map[string]http.HandlerFunc{
		"a broken connection": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"503":                 func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) },
		"503 over a set": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(503)
			_, _ = w.Write([]byte(set))
		},
		"a page":  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"no keys": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"keys":[]}`)) },
		"nothing": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) },
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/.well-known/jwks.json?", http.StatusFound)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := watch(t, key)
			w.answers(answer)
			for range 10 {
				w.refuses(key, stepup.ErrKeysUnavailable)
			}
			if err := w.v.Ready(t.Context()); !errors.Is(err, stepup.ErrKeysUnavailable) {
				t.Errorf("ready: %v", err)
			}
			w.fetched(1)
			w.answers(nil)
			w.advance(time.Second)
			if err := w.v.Ready(t.Context()); err != nil {
				t.Error(err)
			}
			w.accepts(key)
			w.fetched(2)
		})
	}
}

func TestBadKeysDoNotReplaceGoodOnes(t *testing.T) {
	t.Parallel()
	key := p256(t)
	w := watch(t, key)
	w.accepts(key)
	w.set(t)
	w.advance(stepup.FreshFor)
	w.accepts(key)
	w.fetched(2)
}

func TestReadyFetchesOnceAndThenWhenKeysAreOld(t *testing.T) {
	t.Parallel()
	w := watch(t, p256(t))
	for range 3 {
		if err := w.v.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.advance(stepup.FreshFor/2 - time.Second)
	}
	w.fetched(1)
}

func TestAClockSetBackMakesNoKeysYoung(t *testing.T) {
	t.Parallel()
	key := p256(t)
	w := watch(t, key)
	w.accepts(key)
	w.advance(-time.Hour)
	w.accepts(key)
	w.fetched(2)
}

// A key whose id is not its thumbprint could stand for another.
func TestKeysThatAreNotTheServicesArePassedOver(t *testing.T) {
	t.Parallel()
	key, other := p256(t), p256(t)
	zeros := encode(make([]byte, 32))
	for name, changes := range map[string]object{
		"another's id":           {"kid": other.id},
		"a plain id":             {"kid": "1"},
		"no id":                  {"kid": nil},
		"for encryption":         {"use": "enc"},
		"no use":                 {"use": nil},
		"another algorithm":      {"alg": "ES384"},
		"no algorithm":           {"alg": nil},
		"another curve":          {"crv": "P-384"},
		"another kind":           {"kty": "RSA"},
		"a point off the curve":  {"x": zeros, "y": zeros},
		"a short coordinate":     {"x": "AA"},
		"a coordinate as number": {"x": 1},
	} {
		w := watch(t)
		w.keys = []object{with(key.jwk(t), changes)}
		if x, isText := changes["x"].(string); isText { // with an id that fits
			w.keys[0]["kid"] = thumbprintOf(t, x, w.keys[0]["y"].(string))
		}
		w.refuses(key, stepup.ErrKeysUnavailable)
		if name == "a coordinate as number" {
			continue // such a set is no set at all
		}
		w.keys = append(w.keys, other.jwk(t))
		w.advance(time.Second)
		w.accepts(other)
		w.refuses(key, stepup.ErrInvalid)
	}
}

// slow answers when it is told to.
type slow struct {
	release chan struct{}
	body    []byte
	calls   int
}

func (s *slow) RoundTrip(r *http.Request) (*http.Response, error) {
	s.calls++
	select {
	case <-s.release:
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	return answered(200, "application/json", s.body), nil
}

func TestManyTokensShareOneFetch(t *testing.T) {
	t.Parallel()
	key := p256(t)
	set, err := json.Marshal(object{"keys": []object{key.jwk(t)}})
	if err != nil {
		t.Fatal(err)
	}
	token := key.token(t, nil)
	synctest.Test(t, func(t *testing.T) {
		service := &slow{release: make(chan struct{}), body: set}
		v, err := stepup.New(stepup.Config{Issuer: issuer, Tenant: tenant, Now: newClock().now, HTTPClient: &http.Client{Transport: service}})
		if err != nil {
			t.Fatal(err)
		}
		leaving, leave := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() { _, err := v.Verify(leaving, token, want); left <- err }()
		synctest.Wait()
		believed := make(chan error, 50)
		for range cap(believed) {
			go func() { _, err := v.Verify(context.Background(), token, want); believed <- err }()
		}
		synctest.Wait()
		leave() // whoever began the fetch does not end it for the others
		if err := <-left; !errors.Is(err, stepup.ErrKeysUnavailable) || !errors.Is(err, context.Canceled) {
			t.Errorf("who left: %v", err)
		}
		close(service.release)
		for range cap(believed) {
			if err := <-believed; err != nil {
				t.Error(err)
			}
		}
		if service.calls != 1 {
			t.Errorf("%d fetches, want 1", service.calls)
		}
	})
}

// A service that takes the connection and says nothing holds a login up for
// seconds, not for ever.
func TestASilentServiceIsGivenUp(t *testing.T) {
	t.Parallel()
	token := p256(t).token(t, nil)
	synctest.Test(t, func(t *testing.T) {
		service := &slow{release: make(chan struct{})}
		v, err := stepup.New(stepup.Config{Issuer: issuer, Tenant: tenant, HTTPClient: &http.Client{Transport: service}})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, err = v.Verify(context.Background(), token, want)
		if took := time.Since(began); !errors.Is(err, stepup.ErrKeysUnavailable) || took != 3*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
	})
}
