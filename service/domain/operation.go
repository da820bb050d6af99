package domain

// Operation names what a caller asks for. Every public method of the service
// that takes a [Caller] begins by authorizing exactly one.
type Operation string

// The operations.
const (
	OpPutUser          Operation = "put_user"
	OpDeleteUser       Operation = "delete_user"
	OpImportUsers      Operation = "import_users"
	OpImportFactors    Operation = "import_factors"
	OpListUsers        Operation = "list_users"
	OpGetUser          Operation = "get_user"
	OpExportUser       Operation = "export_user"
	OpIssueTicket      Operation = "issue_ticket"
	OpDecide           Operation = "decide"
	OpEnroll           Operation = "enroll"
	OpListFactors      Operation = "list_factors"
	OpRenameFactor     Operation = "rename_factor"
	OpRemoveFactor     Operation = "remove_factor"
	OpVerify           Operation = "verify"
	OpVerifyOptions    Operation = "verify_options"
	OpResync           Operation = "resync"
	OpDisable          Operation = "disable"
	OpCountCodes       Operation = "count_recovery_codes"
	OpRevealCodes      Operation = "reveal_recovery_codes"
	OpRegenerateCodes  Operation = "regenerate_recovery_codes"
	OpListAccessPasses Operation = "list_access_passes"
	OpGiveAccessPass   Operation = "give_access_pass"
	OpEndAccessPass    Operation = "end_access_pass"
	OpExempt           Operation = "put_exemption"
	OpEndExemption     Operation = "delete_exemption"
	OpRememberBrowser  Operation = "remember_browser"
	OpListBrowsers     Operation = "list_remembered_browsers"
	OpForgetBrowser    Operation = "forget_remembered_browser"
	OpGetPolicy        Operation = "get_policy"
	OpPreviewPolicy    Operation = "preview_policy"
	OpPatchPolicy      Operation = "patch_policy"
	OpListEvents       Operation = "list_audit_events"
	OpFollowEvents     Operation = "follow_events"
	OpConsumeToken     Operation = "consume_token"
	OpIntrospectToken  Operation = "introspect_token"
	OpSandbox          Operation = "sandbox"

	OpListTenants Operation = "list_tenants"
	OpPutTenant   Operation = "put_tenant"
	OpCreateKey   Operation = "create_service_key"
	OpRevokeKey   Operation = "revoke_service_key"
)
