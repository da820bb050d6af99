package userexport

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/personaldata"
)

// eventPages are pages of an export, of two events each.
func eventPages(n int) func(before string) (personaldata.Export, error) {
	return func(before string) (page personaldata.Export, err error) {
		from := 0
		if before != "" {
			_, err = fmt.Sscanf(before, "%d", &from)
		}
		page.UserID, page.User = "ada", &personaldata.Record{User: domain.User{ID: "ada"}}
		for i := from; i < min(from+2, n); i++ {
			page.Events = append(page.Events, domain.Event{ID: fmt.Sprint(i + 1), UserID: "ada"})
		}
		if from+2 < n {
			page.Next = fmt.Sprint(from + 2)
		}
		return page, err
	}
}

// What is printed page by page is what the API would answer if one page had them all.
func TestAnExportOfAnyLengthIsOneDocument(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 3, 6, 7} {
		var out bytes.Buffer
		pages := eventPages(n)
		first, err := pages("")
		if err == nil {
			err = Write(&out, first, pages)
		}
		if err != nil {
			t.Fatal(err)
		}
		whole := first
		whole.Events, whole.Next = nil, ""
		for i := range n {
			whole.Events = append(whole.Events, domain.Event{ID: fmt.Sprint(i + 1), UserID: "ada"})
		}
		want, err := json.Marshal(api.UserExport(whole))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(object(t, want), object(t, out.Bytes())); diff != "" {
			t.Errorf("%d events (-want +got):\n%s", n, diff)
		}
	}
}

func object(t *testing.T, text []byte) (value map[string]any) {
	t.Helper()
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return value
}

func TestAnExportThatBreaksOffIsNoDocumentAndSaysSo(t *testing.T) {
	t.Parallel()
	gone := errors.New("the database is gone")
	pages := eventPages(3)
	first, err := pages("")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = Write(&out, first, func(string) (personaldata.Export, error) { return personaldata.Export{}, gone })
	if !errors.Is(err, gone) || !strings.Contains(err.Error(), "is not all") || json.Valid(out.Bytes()) {
		t.Errorf("error %v after %s", err, out.Bytes())
	}
}
