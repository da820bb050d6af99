package target

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/countersign/countersign/service/domain"
)

func TestOnlyPublicAddressesArePermittedUnlessTheyAreListed(t *testing.T) {
	t.Parallel()
	list, err := Parse([]string{"10.1.0.0/16", "192.168.7.7", "fd00:1::/32", "intern.example"})
	if err != nil {
		t.Fatal(err)
	}
	for addr, permitted := range map[string]struct{ none, list bool }{
		"93.184.216.34":           {true, true},
		"8.8.8.8":                 {true, true},
		"2606:2800:220:1::1":      {true, true},
		"64:ff9b::5db8:d822":      {true, true}, // NAT64 of a public address
		"::ffff:93.184.216.34":    {true, true},
		"127.0.0.1":               {},
		"127.1.2.3":               {},
		"0.0.0.0":                 {},
		"0.1.2.3":                 {},
		"10.0.0.1":                {},
		"10.1.2.3":                {false, true},
		"172.16.0.1":              {},
		"172.31.255.255":          {},
		"192.168.0.1":             {},
		"192.168.7.7":             {false, true},
		"192.168.7.8":             {},
		"169.254.169.254":         {}, // metadata of clouds
		"100.64.0.1":              {},
		"100.100.100.200":         {},
		"224.0.0.1":               {},
		"255.255.255.255":         {},
		"240.0.0.1":               {},
		"192.0.2.1":               {},
		"198.18.0.1":              {},
		"::":                      {},
		"::1":                     {},
		"::127.0.0.1":             {},
		"::ffff:127.0.0.1":        {},
		"::ffff:10.1.2.3":         {false, true},
		"::ffff:169.254.169.254":  {},
		"64:ff9b::7f00:1":         {},
		"64:ff9b::a9fe:a9fe":      {},
		"64:ff9b::a01:203":        {false, true}, // 10.1.2.3
		"64:ff9b:1::1":            {},            // local-use NAT64
		"fe80::1":                 {},
		"fe80::1%eth0":            {},
		"fc00::1":                 {},
		"fd00:1::1":               {false, true},
		"fd00:ec2::254":           {},
		"ff02::1":                 {},
		"2001:db8::1":             {},
		"2002:7f00:1::1":          {}, // 6to4 of 127.0.0.1
		"2001:0:1::1":             {}, // Teredo
		"2606:2800:220:1::1%zone": {true, true},
	} {
		a := netip.MustParseAddr(addr)
		if got := (List{}).Permits(a); got != permitted.none {
			t.Errorf("%s without a list: %v", addr, got)
		}
		if got := list.Permits(a); got != permitted.list {
			t.Errorf("%s with a list: %v", addr, got)
		}
	}
}

func TestAURLThatCanNeverBeSentToIsRefusedWithARemedy(t *testing.T) {
	t.Parallel()
	list, err := Parse([]string{"10.0.0.0/8", "::1", "Intern.Example", "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]struct{ none, list error }{
		"https://example.com/hook?token=a":    {},
		"https://example.com:8443":            {},
		"https://93.184.216.34/":              {},
		"https://[2606:2800:220:1::1]/":       {},
		"http://example.com/":                 {errScheme, errScheme},
		"ftp://example.com/":                  {errScheme, errScheme},
		"file:///etc/passwd":                  {errURL, errURL},
		"example.com/hook":                    {errURL, errURL},
		"":                                    {errURL, errURL},
		"https://":                            {errURL, errURL},
		"https:example.com":                   {errURL, errURL},
		"https://exa mple.com/":               {errURL, errURL},
		"https://example.com/\n":              {errURL, errURL},
		`https://example.com\@10.0.0.1/`:      {errURL, errURL},
		"https://user:password@example.com/":  {errCredentials, errCredentials},
		"https://user@example.com/":           {errCredentials, errCredentials},
		"https://example.com/#part":           {errFragment, errFragment},
		"https://127.0.0.1/":                  {errAddress, errAddress},
		"https://[::1]/":                      {errAddress, nil},
		"http://[::1]:8080/":                  {errAddress, nil},
		"https://[::ffff:127.0.0.1]/":         {errAddress, errAddress},
		"https://[::ffff:10.0.0.1]/":          {errAddress, nil},
		"https://169.254.169.254/latest":      {errAddress, errAddress},
		"https://10.0.0.1/":                   {errAddress, nil},
		"http://10.0.0.1/":                    {errAddress, nil},
		"https://127.1/":                      {errNumber, errNumber},
		"https://2130706433/":                 {errNumber, errNumber},
		"https://0x7f000001/":                 {errNumber, errNumber},
		"https://0x7f.0.0.1/":                 {errNumber, errNumber},
		"https://0177.0.0.1/":                 {errNumber, errNumber},
		"https://017700000001/":               {errNumber, errNumber},
		"https://127.0.0.1./":                 {errNumber, errNumber},
		"http://intern.example/":              {errScheme, nil},
		"http://INTERN.example./":             {errScheme, nil},
		"http://sub.intern.example/":          {errScheme, errScheme},
		"https://intern.example.evil.example": {},
		"http://localhost:3000/":              {errScheme, nil},
	} {
		if err := (List{}).CheckURL(url); err != want.none {
			t.Errorf("%q without a list: %v, want %v", url, err, want.none)
		}
		if err := list.CheckURL(url); err != want.list {
			t.Errorf("%q with a list: %v, want %v", url, err, want.list)
		}
		if err := list.CheckURL(url); err != nil && !errors.Is(err, domain.ErrInvalidRequest) {
			t.Errorf("%q: %v is no refusal", url, err)
		}
	}
}

func TestAListHasNetworksAddressesAndNames(t *testing.T) {
	t.Parallel()
	for entry, valid := range map[string]bool{
		"10.0.0.0/8": true, "10.0.0.1": true, "fd00::/8": true, "::1": true, "receiver": true, "receiver.internal": true, "a_b.example.": true,
		"": false, "*": false, "*.example": false, "https://example.com": false, "example.com:80": false, "10.0.0.0/33": false, "127.1": false, "a..b": false,
	} {
		if _, err := Parse([]string{entry}); (err == nil) != valid {
			t.Errorf("%q: %v", entry, err)
		}
	}
}
