package migration

import "github.com/countersign/countersign/service/domain"

// errFurther is for the second device of somebody in one file.
var errFurther = domain.ErrAlreadyExists.WithDetail("This import has taken another factor of this user already. It takes one of each person, whatever is to be replaced: let the holder enroll the other device here.")

// remedies are what refusals advise, in the words of who hears them.
type remedies struct{ noUser, inactive, enabled, proven, removed *domain.Error }

var (
	byRequest = remedies{
		noUser:   domain.ErrNotFound.WithDetail("There is no such user here. Bring the users in first, with: POST /v1/users/import"),
		inactive: domain.ErrUserInactive.WithDetail("The user is not active. If they shall log in, say so first with: PUT /v1/users/{user_id}"),
		enabled:  domain.ErrAlreadyExists.WithDetail("The user has an active factor. Say replace to put this one in its place, which reaches only one of which no code was accepted here yet."),
		proven:   domain.ErrAlreadyExists.WithDetail("The user has a factor that was proven here. Only the operator replaces it, with: countersign factors import --replace-proven"),
		removed:  domain.ErrReenrollmentRequired.WithDetail("The user's factors were removed here, and the file may hold one of them. Let the user enroll again; only the operator brings one back, with: countersign factors import --replace-proven"),
	}
	byCommand = remedies{
		noUser:   domain.ErrNotFound.WithDetail("There is no user of this id here. Bring the users in first, with: countersign users import"),
		inactive: domain.ErrUserInactive.WithDetail("The user is not active. If they shall log in, say so first with: countersign users import"),
		enabled:  domain.ErrAlreadyExists.WithDetail("The user has an active factor. With --replace this one takes its place, which reaches only one of which no code was accepted here yet."),
		proven:   domain.ErrAlreadyExists.WithDetail("The user has a factor that was proven here. Only --replace-proven puts this one in its place, for whose device is gone."),
		removed:  domain.ErrReenrollmentRequired.WithDetail("The user's factors were removed here, and the file may hold one of them. Let the user enroll again; only --replace-proven brings one back."),
	}
)
