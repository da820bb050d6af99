package proofs

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What makes this test binary a receiver of webhooks: a process of its own, that SIGKILL can end.
const (
	receiverSecret = "PROOFS_RECEIVER_SECRET"
	receiverFile   = "PROOFS_RECEIVER_FILE"
)

// receiver takes an event when it has its id on disk.
type receiver struct {
	key  []byte
	mu   sync.Mutex
	file *os.File
}

// receive serves until it is killed, and says where, as serve does.
func receive() error {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(os.Getenv(receiverSecret), "whsec_"))
	if err != nil || len(key) < 24 {
		return errors.New("the secret is none of a webhook")
	}
	file, err := openLines(os.Getenv(receiverFile))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "serving addr=%v\n", listener.Addr())
	server := &http.Server{Handler: &receiver{key: key, file: file}, ReadHeaderTimeout: time.Minute}
	return server.Serve(listener)
}

// openLines opens a file to append lines to, without one that a kill has torn: that event was not answered for.
func openLines(path string) (*os.File, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return file, file.Truncate(int64(bytes.LastIndexByte(text, '\n') + 1))
}

func (v *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil {
		return // nobody waits for an answer
	}
	id := r.Header.Get("Webhook-Id")
	var event struct {
		Data struct {
			EventID string `json:"event_id"`
		} `json:"data"`
	}
	if !v.verifies(r.Header, body) || json.Unmarshal(body, &event) != nil || event.Data.EventID != id {
		http.Error(w, "this is not what a webhook sends", http.StatusBadRequest)
		return
	}
	if err := v.keep(id); err != nil {
		http.Error(w, err.Error(), http.StatusInsufficientStorage)
	}
}

func (v *receiver) keep(id string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, err := v.file.WriteString(id + "\n"); err != nil {
		return err
	}
	return v.file.Sync()
}

// verifies is "Verifying webhook authenticity" of Standard Webhooks 1.0.0, as it is written.
func (v *receiver) verifies(header http.Header, body []byte) bool {
	sent := header.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(sent, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, v.key)
	fmt.Fprintf(mac, "%s.%s.%s", header.Get("Webhook-Id"), sent, body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return slices.ContainsFunc(strings.Fields(header.Get("Webhook-Signature")), func(got string) bool {
		return hmac.Equal([]byte(got), []byte(want))
	})
}
