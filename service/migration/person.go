package migration

import (
	"context"
	"iter"
	"slices"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factorfile"
)

// UserKey says by which of the names that a file has for a person the user here is
// found.
type UserKey string

// The keys. There are no email addresses here: one of a file is compared with the
// usernames, for tenants whose usernames are addresses.
const (
	KeyID       UserKey = "id"
	KeyUsername UserKey = "username"
	KeyEmail    UserKey = "email"
)

// Column is what the column of a CSV is called that has such names.
func (k UserKey) Column() string {
	if k == KeyID {
		return "user_id"
	}
	return string(k)
}

// peopleAtOnce is how many people of a file are looked for at once.
const peopleAtOnce = 500

// FileInput is a file of factors, and how its people are found.
type FileInput struct {
	Records iter.Seq2[factorfile.Record, error]
	Key     UserKey
	Replace bool // as of [FactorLine]
	From    int  // number of the first record that is taken
}

var (
	errNobody       = domain.ErrNotFound.WithDetail("There is no user of this name here. Import the users first, or see which of its names the file shares with them: --user-key id, username or email.")
	errUnnamed      = domain.ErrInvalidRequest.WithDetail("The file has no name of this kind for the person. Choose another one: --user-key id, username or email.")
	errUnverified   = domain.ErrInvalidRequest.WithDetail("The file says that this address was never verified, so that it may be somebody else's. Verify it there and export again, or find the person by another name: --user-key id or username.")
	errSeveralUsers = domain.ErrInvalidRequest.WithDetail("Several users here have this username. Name this one by id, in a file of its own with --user-key id.")
)

// FactorLines are the records of a file as lines of an import. Whom nobody here
// is found for is a refused line. Memory is bounded, however long the file is.
func (s *Migration) FactorLines(ctx context.Context, tenantID string, in FileInput) iter.Seq2[FactorLine, error] {
	return func(yield func(FactorLine, error) bool) {
		page := make([]FactorLine, 0, peopleAtOnce)
		flush := func() bool {
			err := s.findUsers(ctx, tenantID, in.Key, page)
			for _, line := range page {
				if !yield(line, err) || err != nil {
					return false
				}
			}
			page = page[:0]
			return true
		}
		for record, err := range in.Records {
			if err != nil {
				if flush() {
					yield(FactorLine{}, err)
				}
				return
			}
			if record.Number < in.From {
				continue
			}
			if page = append(page, newFactorLine(record, in)); len(page) == peopleAtOnce && !flush() {
				return
			}
		}
		flush()
	}
}

func newFactorLine(r factorfile.Record, in FileInput) FactorLine {
	line := FactorLine{
		Number: r.Number, Secret: r.Secret, Algorithm: domain.OTPAlgorithm(r.Algorithm), Digits: r.Digits, Period: r.Period,
		Name: r.Name, Replace: in.Replace,
	}
	if r.Refusal != nil {
		line.Refusal = domain.ErrInvalidRequest.WithDetail(r.Refusal.Error())
	} else if line.Person = person(r, in.Key); line.Person == "" {
		line.Refusal = errUnnamed
	} else if in.Key == KeyEmail && r.EmailUnverified {
		line.Refusal = errUnverified
	}
	if !domain.ValidText(line.Name, 0, domain.MaxFactorName) {
		line.Name = "" // what somebody called a device keeps nobody out
	}
	return line
}

func person(r factorfile.Record, key UserKey) string {
	switch key {
	case KeyUsername:
		return r.Username
	case KeyEmail:
		return r.Email
	}
	return r.UserID
}

// findUsers sets whom the lines are about.
func (s *Migration) findUsers(ctx context.Context, tenantID string, key UserKey, lines []FactorLine) error {
	if key != KeyUsername && key != KeyEmail {
		for n := range lines {
			lines[n].UserID = lines[n].Person
		}
		return nil
	}
	users, err := s.usersByName(ctx, tenantID, lines)
	if err != nil {
		return err
	}
	for n := range lines {
		line := &lines[n]
		found := users[domain.FoldName(line.Person)]
		switch {
		case line.Refusal != nil:
		case len(found) == 0:
			line.Refusal = errNobody
		case len(found) > 1:
			line.Refusal = errSeveralUsers
		default:
			line.UserID = found[0]
		}
	}
	return nil
}

// usersByName returns the ids of those who have the names of the lines, by folded
// name.
func (s *Migration) usersByName(ctx context.Context, tenantID string, lines []FactorLine) (map[string][]string, error) {
	names := make([]string, 0, len(lines))
	for _, line := range lines {
		if line.Person != "" && !slices.Contains(names, line.Person) {
			names = append(names, line.Person)
		}
	}
	found, err := s.store.Users(ctx, tenantID, domain.UserFilter{Usernames: names})
	users := make(map[string][]string, len(found))
	for _, u := range found {
		name := domain.FoldName(u.Username)
		users[name] = append(users[name], u.ID)
	}
	return users, err
}
