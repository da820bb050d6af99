package totp_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/totp"
)

const now = totp.Step(56_000_000)

// standard are the parameters of what is enrolled here.
var standard = totp.Standard()

func codeAt(offset int) totp.Code { return standard.CodeAt(vectorSecret, now+totp.Step(offset)) }

func TestMatchPrefersTheGreatestStep(t *testing.T) {
	t.Parallel()
	low, high := collision(t)
	code := standard.CodeAt(vectorSecret, low)
	for _, candidates := range [][]totp.Step{{low, high}, {high, low}, {high, low, high + 1}} {
		given := slices.Clone(candidates)
		if got, ok := standard.Match(vectorSecret, code, candidates); !ok || got != high {
			t.Errorf("among %v step %d matches, want %d", candidates, got, high)
		}
		if !slices.Equal(given, candidates) {
			t.Errorf("the candidates %v became %v", given, candidates)
		}
	}
	if got, ok := standard.Match(vectorSecret, code, []totp.Step{low, high + 1}); !ok || got != low {
		t.Errorf("without the greater, step %d matches, want %d", got, low)
	}
}

func TestMatchRefuses(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		secret     []byte
		code       totp.Code
		candidates []totp.Step
	}{
		"another step's code":   {vectorSecret, codeAt(2), standard.Window(now, 0)},
		"another secret's code": {[]byte("09876543210987654321"), codeAt(0), standard.Window(now, 0)},
		"the zero code":         {vectorSecret, totp.Code{}, standard.Window(now, 0)},
		"no candidates":         {vectorSecret, codeAt(0), nil},
	}
	for name, c := range cases {
		if got, ok := standard.Match(c.secret, c.code, c.candidates); ok || got != 0 {
			t.Errorf("%s matches step %d", name, got)
		}
	}
}

func TestMatchPair(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		first, second totp.Code
		want          totp.Step
	}{
		"the present pair":      {codeAt(-1), codeAt(0), now},
		"the last pair within":  {codeAt(19), codeAt(20), now + 20},
		"the first pair within": {codeAt(-20), codeAt(-19), now - 19},
		"one step too late":     {codeAt(20), codeAt(21), 0},
		"one step too early":    {codeAt(-21), codeAt(-20), 0},
		"reversed":              {codeAt(0), codeAt(-1), 0},
		"equal":                 {codeAt(0), codeAt(0), 0},
		"with a gap":            {codeAt(-1), codeAt(1), 0},
		"with a wrong first":    {codeAt(40), codeAt(0), 0},
		"with a wrong second":   {codeAt(-1), codeAt(40), 0},
		"without a first":       {totp.Code{}, codeAt(0), 0},
		"without a second":      {codeAt(-1), totp.Code{}, 0},
		"without either":        {totp.Code{}, totp.Code{}, 0},
	}
	for name, c := range cases {
		got, ok := standard.MatchPair(vectorSecret, c.first, c.second, now)
		if ok != (c.want != 0) || got != c.want {
			t.Errorf("%s: %d, %t, want %d", name, got, ok, c.want)
		}
	}
}

// Once in a million steps the next code is the same. Showing it twice proves
// no second code, even then.
func TestAPairOfEqualNeighboursIsRefused(t *testing.T) {
	t.Parallel()
	const s = totp.Step(910_738)
	before, code := standard.CodeAt(vectorSecret, s-1), standard.CodeAt(vectorSecret, s)
	if !before.Equal(code) {
		t.Fatalf("steps %d and %d share no code: the test shows nothing", s-1, s)
	}
	if got, ok := standard.MatchPair(vectorSecret, code, code, s); ok {
		t.Errorf("one code, shown twice, matches as the pair of step %d", got)
	}
}

func TestEveryMatchIsTheCodesOwn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawnParameters(t)
		secret := rapid.SliceOfN(rapid.Byte(), domain.MinOTPSecret, domain.MaxOTPSecret).Draw(t, "secret")
		at := totp.Step(rapid.Int64Range(100, 1<<40).Draw(t, "now"))
		drift := rapid.IntRange(-45, 45).Draw(t, "drift")
		phone := at + totp.Step(rapid.IntRange(-45, 45).Draw(t, "offset"))
		code := p.CodeAt(secret, phone)
		window := p.Window(at, drift)
		got, ok := p.Match(secret, code, window)
		if slices.Contains(window, phone) && !ok {
			t.Fatalf("step %d is in %v and does not match", phone, window)
		}
		if ok && (!slices.Contains(window, got) || !p.CodeAt(secret, got).Equal(code)) {
			t.Fatalf("step %d matches the code of %d in %v", got, phone, window)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	code := codeAt(0)
	for name, drift := range map[string]int{"three": 0, "six": 10} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				standard.Match(vectorSecret, code, standard.Window(now, drift))
			}
		})
	}
}

func BenchmarkMatchPair(b *testing.B) {
	first, second := codeAt(-1), codeAt(0)
	for b.Loop() {
		standard.MatchPair(vectorSecret, first, second, now)
	}
}

// collision finds two steps that share a code; by the birthday bound it takes
// about a thousand.
func collision(t *testing.T) (low, high totp.Step) {
	t.Helper()
	seen := map[totp.Code]totp.Step{}
	for s := totp.Step(1); s < 100_000; s++ {
		code := standard.CodeAt(vectorSecret, s)
		if earlier, ok := seen[code]; ok {
			return earlier, s
		}
		seen[code] = s
	}
	t.Fatal("no two steps share a code")
	return 0, 0
}
