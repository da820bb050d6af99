package repository

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
)

// Users returns those the filter selects, by id; see store.Store.
func (s *Store) Users(ctx context.Context, tenantID string, f domain.UserFilter) ([]domain.User, error) {
	lists := s.db.lists.WithContext(ctx)
	var users []domain.User
	var err error
	switch {
	case f.Usernames != nil:
		return s.usersByUsername(ctx, tenantID, f.Usernames)
	case f.Prefix != "":
		users, err = usersByName(selectUsers(lists, tenantID, f), f)
	case f.Affected != nil:
		users, err = affectedUsers(lists, tenantID, f)
	default:
		users, err = usersByID(selectUsers(lists, tenantID, f), f)
	}
	return users, s.db.translateTimeout(err)
}

func usersByID(query *gorm.DB, f domain.UserFilter) ([]domain.User, error) {
	if f.After.UserID != "" {
		query = query.Where("user_id > ?", f.After.UserID)
	}
	return listUsers(query.Order("user_id"), f.Limit)
}

func listUsers(query *gorm.DB, limit int) ([]domain.User, error) {
	if limit > 0 {
		query = query.Limit(limit)
	}
	return list(query, "users", row.User.Domain)
}

// usersByUsername returns those who have one of the names, by id.
func (s *Store) usersByUsername(ctx context.Context, tenantID string, names []string) (users []domain.User, err error) {
	folded := make([]string, len(names))
	for i, name := range names {
		folded[i] = domain.FoldName(name)
	}
	slices.Sort(folded)
	list, err := row.Encode(slices.Compact(folded))
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	err = each(ctx, s.db, s.db.lists, s.db.engine.usersByUsername, []any{list, tenantID}, (*row.User).Dest, func(r row.User) error {
		user, err := r.Domain()
		users = append(users, user)
		return err
	})
	if err != nil {
		return nil, s.db.translateTimeout(fmt.Errorf("list users: %w", err))
	}
	return users, nil
}

// selectUsers is a query that others may be made of.
func selectUsers(lists *gorm.DB, tenantID string, f domain.UserFilter) *gorm.DB {
	query := lists.Where("tenant_id = ?", tenantID)
	if f.Enabled != nil {
		query = query.Where("enabled = ?", *f.Enabled)
	}
	if len(f.AuthSources) > 0 {
		query = query.Where("auth_source IN ?", f.AuthSources)
	}
	if f.Role != "" {
		query = query.Where("role = ?", string(f.Role))
	}
	if f.Active != nil {
		query = query.Where("active = ?", *f.Active)
	}
	if f.Affected != nil {
		query = selectAffected(query, f)
	}
	return query.Session(&gorm.Session{})
}

// usersByName returns those whose username has the prefix, in the order of an
// index, and after them those whose display name alone has it, in the order of
// another. In the order of ids a page of some prefixes would have to be sought
// in the whole tenant.
func usersByName(query *gorm.DB, f domain.UserFilter) ([]domain.User, error) {
	names := prefixRange(domain.FoldName(f.Prefix))
	var users []domain.User
	after := f.After
	if after.UserID == "" || names.holds(domain.FoldName(after.Username)) {
		var err error
		users, err = listUsers(byUsername(query, names, after), f.Limit)
		if err != nil || f.Limit > 0 && len(users) == f.Limit {
			return users, err
		}
		after = domain.Place{}
	}
	more, err := listUsers(byDisplayName(query, names, after), max(f.Limit-len(users), 0))
	return append(users, more...), err
}

// nameRange is the names from one on and below another, by bytes. No character
// has a meaning of its own there, unlike in LIKE.
type nameRange struct {
	from, below string
	open        bool // there is no name below which all are
}

func prefixRange(prefix string) nameRange {
	end, ok := prefixEnd(prefix)
	return nameRange{from: prefix, below: end, open: !ok}
}

func (r nameRange) holds(name string) bool {
	return name >= r.from && (r.open || name < r.below)
}

// byUsername selects those whose username is in the range, after a place.
func byUsername(query *gorm.DB, r nameRange, after domain.Place) *gorm.DB {
	query = query.Where("username_folded >= ?", r.from)
	if !r.open {
		query = query.Where("username_folded < ?", r.below)
	}
	if after.UserID != "" {
		query = query.Where("(username_folded, user_id) > (?, ?)", domain.FoldName(after.Username), after.UserID)
	}
	return query.Order("username_folded, user_id")
}

// byDisplayName selects those of whom the display name alone is in the range,
// after a place.
func byDisplayName(query *gorm.DB, r nameRange, after domain.Place) *gorm.DB {
	query = query.Where("display_name_folded >= ?", r.from)
	if r.open {
		query = query.Where("username_folded < ?", r.from)
	} else {
		query = query.Where("display_name_folded < ?", r.below).
			Where("(username_folded < ? OR username_folded >= ?)", r.from, r.below)
	}
	if after.UserID != "" {
		query = query.Where("(display_name_folded, user_id) > (?, ?)", domain.FoldName(after.DisplayName), after.UserID)
	}
	return query.Order("display_name_folded, user_id")
}

// prefixEnd returns the least text that is greater than every text with the
// prefix. There is none when the prefix is the greatest character repeated.
func prefixEnd(prefix string) (end string, ok bool) {
	for prefix != "" {
		last, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch last {
		case utf8.MaxRune: // no successor: the character before it decides
		case 0xD7FF: // the surrogates that follow are no characters
			return prefix + "\uE000", true
		default:
			return prefix + string(last+1), true
		}
	}
	return "", false
}
