package service

import "github.com/countersign/countersign/service/domain"

// Who asked for what takes too long can ask for less.
var (
	errEventsTooLong = domain.ErrUnavailable.WithDetail("This list takes too long now. Narrow it by from and to, or by user_id, and ask for smaller pages; or try again later.")
	errUsersTooLong  = domain.ErrUnavailable.WithDetail("This list takes too long now. Narrow it by two_factor, role or q, and ask for smaller pages; or try again later.")
	errStatusTooLong = domain.ErrUnavailable.WithDetail("This takes too long now. Name fewer users in each call, or try again later.")
	errCountTooLong  = domain.ErrUnavailable.WithDetail("To count the users takes too long now. Try again later.")
)
