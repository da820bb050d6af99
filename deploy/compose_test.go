package deploy_test

import (
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/countersign/countersign/internal/process"
	"github.com/countersign/countersign/internal/processtest"
)

// composeFile is what the tests need of compose.yaml.
type composeFile struct {
	Services map[string]service               `yaml:"services"`
	Secrets  map[string]struct{ File string } `yaml:"secrets"`
	Networks map[string]network               `yaml:"networks"`
}

// network is one whose addresses the file may say.
type network struct {
	IPAM struct {
		Config []struct {
			Subnet  netip.Prefix
			Gateway netip.Addr
			IPRange netip.Prefix `yaml:"ip_range"`
		}
	}
}

type service struct {
	Image       string
	Command     []string
	Environment map[string]string
	Secrets     []string
	Volumes     []string
	Networks    any
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	HealthCheck struct{ Test []string }               `yaml:"healthcheck"`
}

// ourImage is the image of the services that are Countersign.
const ourImage = "countersign:dev"

var interpolation = regexp.MustCompile(`\$\{(\w+)[^}]*\}`)

// readCompose reads the file as compose does, with this SITE.
func readCompose(t *testing.T, site string) composeFile {
	t.Helper()
	text := interpolation.ReplaceAllStringFunc(shipped(t, "compose.yaml"), func(found string) string {
		if name := interpolation.FindStringSubmatch(found)[1]; name != "SITE" {
			t.Errorf("compose.yaml takes %s, which its comment does not name", name)
		}
		return site
	})
	var file composeFile
	if err := yaml.Unmarshal([]byte(text), &file); err != nil {
		t.Fatal(err)
	}
	return file
}

// The schema is that of the Compose Specification, https://github.com/compose-spec/compose-go, v2.9.0.
func TestTheComposeFileIsOfTheSpecification(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/compose-spec.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	document, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("compose-spec.json", document); err != nil {
		t.Fatal(err)
	}
	var compose any
	if err := yaml.Unmarshal([]byte(shipped(t, "compose.yaml")), &compose); err != nil {
		t.Fatal(err)
	}
	if err := compiler.MustCompile("compose-spec.json").Validate(compose); err != nil {
		t.Error(err)
	}
	compose.(map[string]any)["services"].(map[string]any)["caddy"].(map[string]any)["cap_dropped"] = true
	if err := compiler.MustCompile("compose-spec.json").Validate(compose); err == nil {
		t.Error("the schema takes any name")
	}
}

// What one service names of another is there.
func TestTheServicesOfTheComposeFileFitTogether(t *testing.T) {
	t.Parallel()
	file := readCompose(t, "2fa.example.com")
	replicas := []string{}
	for name, s := range file.Services {
		for other := range s.DependsOn {
			if _, known := file.Services[other]; !known {
				t.Errorf("%s waits for %s, which is no service", name, other)
			}
		}
		for _, secret := range s.Secrets {
			if _, known := file.Secrets[secret]; !known {
				t.Errorf("%s has the secret %s, which is none", name, secret)
			}
		}
		for _, value := range s.Environment {
			secret, isSecret := strings.CutPrefix(value, "/run/secrets/")
			if isSecret && !slices.Contains(s.Secrets, secret) {
				t.Errorf("%s reads the secret %s and has it not", name, secret)
			}
		}
		if s.Image == ourImage && s.Command[0] == "serve" {
			replicas = append(replicas, name+":8080")
		}
	}
	slices.Sort(replicas)
	if got := strings.Fields(file.Services["caddy"].Environment["UPSTREAMS"]); len(got) != 2 || !slices.Equal(got, replicas) {
		t.Errorf("the replicas are %v, and Caddy asks %v", replicas, got)
	}
}

// The engine gives nobody the address that the replicas believe, whatever starts first, and has none itself.
func TestTheAddressThatTheReplicasBelieveIsCaddysAlone(t *testing.T) {
	t.Parallel()
	file := readCompose(t, "2fa.example.com")
	trusted := file.Services["countersign-1"].Environment["COUNTERSIGN_TRUSTED_PROXIES"]
	at, err := netip.ParseAddr(trusted)
	if err != nil {
		t.Fatalf("they believe no single address: %v", err)
	}
	for name, s := range file.Services {
		joined, _ := s.Networks.(map[string]any)
		front, _ := joined["front"].(map[string]any)
		if address := front["ipv4_address"]; (address == trusted) != (name == "caddy") {
			t.Errorf("the replicas believe %s, and %s is at %v", trusted, name, address)
		}
	}
	given := file.Networks["front"].IPAM.Config[0]
	if !given.Subnet.Contains(at) || at == given.Gateway || !given.Subnet.Contains(given.Gateway) || !given.IPRange.IsValid() ||
		given.IPRange.Contains(at) || !given.Subnet.Contains(given.IPRange.Addr()) || given.IPRange.Bits() <= given.Subnet.Bits() {
		t.Errorf("%v is not kept for Caddy by %+v", at, given)
	}
}

// A command that does not exist, or a setting that serve does not know, fails here.
func TestTheCommandsOfTheComposeFileExist(t *testing.T) {
	t.Parallel()
	help := output(t, process.Command(t.Context(), ".", nil, processtest.Binary(t), "serve", "--help"))
	for name, s := range readCompose(t, "2fa.example.com").Services {
		if s.Image != ourImage {
			continue
		}
		output(t, process.Command(t.Context(), ".", nil, processtest.Binary(t), append(slices.Clone(s.Command), "--help")...))
		for setting := range s.Environment {
			if !strings.Contains(help, setting) {
				t.Errorf("%s sets %s, which serve does not know", name, setting)
			}
		}
		if test := s.HealthCheck.Test; len(test) > 0 && !slices.Equal(test, []string{"CMD", "/countersign", "healthcheck"}) {
			t.Errorf("%s is checked by %v", name, test)
		}
	}
}
