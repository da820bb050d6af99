package seed

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func texts(values ...string) [][]byte {
	all := make([][]byte, len(values))
	for i, v := range values {
		all[i] = []byte(v)
	}
	return all
}

func TestATemplateExchangesEveryValueAndNothingElse(t *testing.T) {
	t.Parallel()
	row := "acme\tID1\t77\tname\tSomebody name\t" + `{"factors":[{"id":"F","secret":"c2VhbGVk"}],"n":7}` + "\tt\n"
	template, err := newTemplate([]byte(row), texts("ID1", "name", "77", "c2VhbGVk"))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(template.append(nil, texts("ID1", "name", "77", "c2VhbGVk"))); got != row {
		t.Errorf("with the values it was made from it is\n%s, not\n%s", got, row)
	}
	got := string(template.append(nil, texts("other", "somebody", "1", "AAAA")))
	want := "acme\tother\t1\tsomebody\tSomebody somebody\t" + `{"factors":[{"id":"F","secret":"AAAA"}],"n":7}` + "\tt\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestARowThatIsNotTheUsersIsRefused(t *testing.T) {
	t.Parallel()
	for _, row := range []string{"", "acme\tsomebody\n", "ID1\tname\nID1\tname\n", "ID1\tname"} {
		if _, err := newTemplate([]byte(row), texts("ID1", "name")); err == nil {
			t.Errorf("%q became a template", strings.ReplaceAll(row, "\n", "|"))
		}
	}
}
