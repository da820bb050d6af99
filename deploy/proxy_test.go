package deploy_test

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/countersign/countersign/internal/process"
	"github.com/countersign/countersign/internal/processtest"
)

// proxy is a running one.
type proxy struct {
	process *process.Process
	address string
	roots   *x509.CertPool
}

// freeAddress is of a network of this machine that nothing else listens in.
func freeAddress(t *testing.T, ip string) string {
	t.Helper()
	listener, err := net.Listen("tcp", ip+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// answers waits until the proxy does.
func (p proxy) answers(t *testing.T) {
	t.Helper()
	ask := throughProxy(p.address, p.roots, "", "")
	err := p.process.Await(processtest.Within(t), "answer", func() bool {
		got, err := ask.try(t.Context(), http.MethodGet, "/openapi.yaml", http.NoBody)
		return err == nil && got.status == http.StatusOK
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (i *installation) startCaddy(t *testing.T) proxy {
	t.Helper()
	data := t.TempDir()
	address := freeAddress(t, "127.7.7.7")
	host, port, _ := net.SplitHostPort(address)
	_, plain, _ := net.SplitHostPort(freeAddress(t, "127.7.7.7"))
	// In place of the ports and the certificates of the world.
	options := "{\n admin off\n default_bind " + host + "\n https_port " + port + "\n http_port " + plain + "\n local_certs\n skip_install_trust\n}\n"
	config := write(t, data, "Caddyfile", options+shipped(t, "Caddyfile"))
	settings := []string{"XDG_DATA_HOME=" + data, "XDG_CONFIG_HOME=" + data, "SITE=" + site, "UPSTREAMS=" + strings.Join(i.addresses, " ")}
	running, _ := processtest.Start(t, process.Command(context.Background(), data, settings, tool(t, "caddy"), "run", "--config", config, "--adapter", "caddyfile"))
	root := data + "/caddy/pki/authorities/local/root.crt"
	if err := running.Await(processtest.Within(t), "make its certificate", func() bool { return isCertificate(root) }); err != nil {
		t.Fatal(err)
	}
	return proxy{process: running, address: address, roots: rootsOf(t, root)}
}

// pathSite is where Countersign is below a path, as the document shows it.
const pathSite = "www.example.com"

var listens = regexp.MustCompile(`listen 443\b`)

func (i *installation) startNginx(t *testing.T) proxy {
	t.Helper()
	dir := t.TempDir()
	address := freeAddress(t, "127.8.8.8")
	certificate, key := selfSigned(t, dir)
	here := strings.NewReplacer(
		"/etc/ssl/2fa.example.com.pem", certificate, "/etc/ssl/private/2fa.example.com.pem", key,
		"server 127.0.0.1:8080;", "server "+strings.Join(i.addresses, "; server ")+";",
		"http://127.0.0.1:8080", "http://countersign")
	served := here.Replace(listens.ReplaceAllString(shipped(t, "nginx.conf"), "listen "+address))
	below := "server {\nlisten " + address + " ssl;\nserver_name " + pathSite + ";\nssl_certificate " + certificate + ";\nssl_certificate_key " + key + ";\n"
	served += below + here.Replace(shown(t, "nginx", "location ~ ^/cs/")) + "}\n"
	main := "daemon off; master_process off; pid nginx.pid; error_log stderr;\nevents {}\nhttp {\naccess_log off;\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		main += kind + "_temp_path " + dir + "/" + kind + ";\n"
	}
	config := write(t, dir, "nginx.conf", main+served+"}\n")
	running, _ := processtest.Start(t, process.Command(context.Background(), dir, nil, tool(t, "nginx"), "-p", dir, "-e", "stderr", "-c", config))
	return proxy{process: running, address: address, roots: rootsOf(t, certificate)}
}

// One installation is enough for both proxies, and what is asked of them is the same.
func TestTheProxiesPassWhatTheOutsideNeedsAndNothingElse(t *testing.T) {
	t.Parallel()
	i := install(t)
	proxies := map[string]proxy{"caddy": i.startCaddy(t), "nginx": i.startNginx(t)}
	for name, p := range proxies {
		p.answers(t)
		t.Run(name, func(t *testing.T) {
			w := i.walk(p, "", "anna/"+name)
			t.Run("login", w.login)
			t.Run("address", w.addressIsTheClients)
			t.Run("screens", w.screens)
			t.Run("inside", w.insideStaysInside)
			t.Run("sizes", w.sizes)
			t.Run("import", w.imports)
		})
	}
	t.Run("nginx below a path", func(t *testing.T) {
		p := proxies["nginx"]
		w := i.walk(p, "/cs", "anna/path")
		w.outside.host = pathSite
		t.Run("login", w.login)
		t.Run("screens", w.screens)
		t.Run("inside", w.insideStaysInside)
	})
	t.Run("a replica by the unit of systemd", i.serveByUnit)
	if err := i.replicas[0].End(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	for name, p := range proxies {
		t.Run(name+" with one replica left", func(t *testing.T) {
			p.goesOn(t, i.key)
		})
		if err := p.process.End(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
	}
}
