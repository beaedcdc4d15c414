// Generated from src/app.ts by `npm run client`.

/** Path → method → its input and the output of a success. */
export type Api = {
    "/api/admin/audit": {
        $get: {
            input: {
                query: {
                    user?: string | undefined;
                    actor?: string | undefined;
                    event?: "account_deleted" | "account_frozen" | "account_unfrozen" | "audit_read" | "avatar_changed" | "breach_check_skipped" | "data_exported" | "deletion_requested" | "deletion_undone" | "email_change_approved" | "email_change_cancelled" | "email_change_requested" | "email_change_reverted" | "email_changed" | "email_verified" | "factor_added" | "factor_recovery_cancelled" | "factor_recovery_done" | "factor_recovery_requested" | "factor_removed" | "factor_renamed" | "factors_reset" | "log_in_failed" | "logged_in" | "logged_out" | "mail_quota_near" | "mail_retried" | "mails_listed" | "passkey_count_regressed" | "password_changed" | "password_disowned" | "password_removed" | "password_reset" | "password_reset_requested" | "profile_updated" | "reauthenticated" | "reauthentication_failed" | "recovery_code_used" | "recovery_codes_made" | "refresh_reuse" | "registered" | "registration_rejected" | "registration_removed" | "role_changed" | "second_factor_failed" | "session_ended" | "sessions_ended" | "spray_suspected" | "status_changed" | "trusted_device_added" | "trusted_devices_forgotten" | "user_created" | "user_read" | "user_updated" | "users_listed" | undefined;
                    from?: string | undefined;
                    to?: string | undefined;
                    cursor?: string | undefined;
                    per_page?: string | undefined;
                    names?: "false" | "true" | undefined;
                };
            };
            output: {
                entries: {
                    id: string;
                    at: string;
                    event: string;
                    user_id: string | null;
                    actor_id: string | null;
                    ip: string | null;
                    user_agent: string | null;
                    detail: {
                        [x: string]: string | number | boolean | null;
                    } | null;
                    count: number;
                }[];
                users?: {
                    id: string;
                    email: string;
                    name: string | null;
                }[] | undefined;
                next_cursor: string | null;
                complete_from: string | null;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/admin/audit/archive": {
        $get: {
            input: {
                query: {
                    cursor?: string | undefined;
                    per_page?: string | undefined;
                };
            };
            output: {
                days: {
                    day: string;
                    entries: number;
                    bytes: number;
                    complete: boolean;
                }[];
                next_cursor: string | null;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/admin/mails": {
        $get: {
            input: {
                query: {
                    state?: "failed" | "waiting" | undefined;
                    user?: string | undefined;
                    cursor?: string | undefined;
                    per_page?: string | undefined;
                };
            };
            output: {
                mails: {
                    id: string;
                    user_id: string | null;
                    kind: "account_deleted" | "account_exists" | "account_frozen" | "account_restored" | "address_reserved" | "approve_email_change" | "confirm_email" | "deletion_requested" | "email_change" | "email_change_reverted" | "email_changed" | "end_freeze" | "enrolment_code" | "factor_added" | "factor_copied" | "factor_recovery" | "factor_recovery_ready" | "factor_removed" | "factors_changed" | "factors_recovered" | "factors_reset" | "invite" | "log_in" | "log_in_paused" | "new_device" | "password_changed" | "password_guessed" | "password_removed" | "recovery_code_used" | "recovery_codes_made" | "refresh_reuse" | "reset_password" | "revert_email_change" | "second_factor_failed" | "set_password" | "sign_up" | "verify_email";
                    email: string;
                    state: string;
                    created_at: string;
                    sent_at: string | null;
                    attempts: number;
                    next_attempt_at: string | null;
                    error: string | null;
                }[];
                failed: number;
                waiting: number;
                next_cursor: string | null;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/admin/mails/:id/retry": {
        $post: {
            input: {
                param: {
                    id: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/admin/settings": {
        $get: {
            input: {};
            output: {
                settings: {
                    [x: string]: string;
                };
                keys: {
                    [x: string]: string[];
                };
                secrets: {
                    [x: string]: boolean;
                };
                version: string;
                bindings: {
                    [x: string]: boolean;
                };
                advice: string[];
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/admin/stats": {
        $get: {
            input: {
                query: {
                    days?: string | undefined;
                };
            };
            output: {
                total_users: number;
                verified_users: number;
                unverified_users: number;
                admin_users: number;
                disabled_users: number;
                active_sessions: number;
                totp_users: number;
                passkey_users: number;
                awaiting_migration: number;
                failed_mails: number;
                cron_ran_at: string | null;
                cron_faults: number;
                recent_registrations: number;
                registrations: {
                    day: string;
                    count: number;
                }[];
                logins: {
                    day: string;
                    count: number;
                }[];
                failures: {
                    day: string;
                    count: number;
                }[];
                active_users: {
                    day: string;
                    count: number;
                }[];
                active_users_by_week: {
                    day: string;
                    count: number;
                }[];
                active_users_by_month: {
                    day: string;
                    count: number;
                }[];
                mails_sent: {
                    day: string;
                    count: number;
                }[];
                mails_failed: {
                    day: string;
                    count: number;
                }[];
                factors_added: {
                    day: string;
                    count: number;
                }[];
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/admin/users": {
        $get: {
            input: {
                query: {
                    page?: string | undefined;
                    per_page?: string | undefined;
                    cursor?: string | undefined;
                    search?: string | undefined;
                    role?: "admin" | "user" | undefined;
                    status?: "active" | "disabled" | undefined;
                    email_verified?: "false" | "true" | undefined;
                    invited?: "true" | undefined;
                    mfa_required?: "true" | undefined;
                    external_id?: string | undefined;
                    sort?: "-created_at" | "-email" | "-last_login_at" | "created_at" | "email" | "last_login_at" | undefined;
                };
            };
            output: {
                users: {
                    id: string;
                    email: string;
                    email_verified: boolean;
                    pending_email: string | null;
                    name: string | null;
                    phone: string | null;
                    locale: string | null;
                    avatar_url: string | null;
                    role: "admin" | "user";
                    status: "active" | "disabled";
                    created_at: string;
                    updated_at: string;
                    last_login_at: string | null;
                    second_factor: boolean;
                    mfa_required: boolean;
                    has_password: boolean;
                    external_id: string | null;
                    metadata: {
                        [x: string]: unknown;
                    };
                }[];
                total: number;
                total_is_exact: boolean;
                page: number;
                per_page: number;
                pages: number;
                next_cursor: string | null;
            };
            outputFormat: "json";
            status: 200;
        };
        $post: {
            input: {
                json: {
                    email: string;
                    name?: string | null | undefined;
                    role?: "admin" | "user" | undefined;
                    locale?: string | null | undefined;
                    external_id?: string | null | undefined;
                    metadata?: unknown;
                };
            };
            output: {
                id: string;
                email: string;
                email_verified: boolean;
                pending_email: string | null;
                name: string | null;
                phone: string | null;
                locale: string | null;
                avatar_url: string | null;
                role: "admin" | "user";
                status: "active" | "disabled";
                created_at: string;
                updated_at: string;
                last_login_at: string | null;
                second_factor: boolean;
                mfa_required: boolean;
                has_password: boolean;
                external_id: string | null;
                metadata: {
                    [x: string]: unknown;
                };
            };
            outputFormat: "json";
            status: 201;
        };
    };
    "/api/admin/users/:id": {
        $delete: {
            input: {
                param: {
                    id: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
        $get: {
            input: {
                param: {
                    id: string;
                };
            };
            output: {
                id: string;
                email: string;
                email_verified: boolean;
                pending_email: string | null;
                name: string | null;
                phone: string | null;
                locale: string | null;
                avatar_url: string | null;
                role: "admin" | "user";
                status: "active" | "disabled";
                created_at: string;
                updated_at: string;
                last_login_at: string | null;
                second_factor: boolean;
                mfa_required: boolean;
                has_password: boolean;
                external_id: string | null;
                metadata: {
                    [x: string]: unknown;
                };
            };
            outputFormat: "json";
            status: 200;
        };
        $patch: {
            input: {
                param: {
                    id: string;
                };
            } & {
                json: {
                    email?: string | undefined;
                    name?: string | null | undefined;
                    phone?: string | null | undefined;
                    locale?: string | null | undefined;
                    email_verified?: boolean | undefined;
                    mfa_required?: boolean | undefined;
                    external_id?: string | null | undefined;
                    metadata?: unknown;
                };
            };
            output: {
                id: string;
                email: string;
                email_verified: boolean;
                pending_email: string | null;
                name: string | null;
                phone: string | null;
                locale: string | null;
                avatar_url: string | null;
                role: "admin" | "user";
                status: "active" | "disabled";
                created_at: string;
                updated_at: string;
                last_login_at: string | null;
                second_factor: boolean;
                mfa_required: boolean;
                has_password: boolean;
                external_id: string | null;
                metadata: {
                    [x: string]: unknown;
                };
                password_dropped: boolean;
            };
            outputFormat: "json";
            status: 200;
        };
        $put: {
            input: {
                param: {
                    id: string;
                };
            } & {
                json: {
                    email?: string | undefined;
                    name?: string | null | undefined;
                    phone?: string | null | undefined;
                    locale?: string | null | undefined;
                    email_verified?: boolean | undefined;
                    mfa_required?: boolean | undefined;
                    external_id?: string | null | undefined;
                    metadata?: unknown;
                };
            };
            output: {
                id: string;
                email: string;
                email_verified: boolean;
                pending_email: string | null;
                name: string | null;
                phone: string | null;
                locale: string | null;
                avatar_url: string | null;
                role: "admin" | "user";
                status: "active" | "disabled";
                created_at: string;
                updated_at: string;
                last_login_at: string | null;
                second_factor: boolean;
                mfa_required: boolean;
                has_password: boolean;
                external_id: string | null;
                metadata: {
                    [x: string]: unknown;
                };
                password_dropped: boolean;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/admin/users/:id/factors": {
        $delete: {
            input: {
                param: {
                    id: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
        $get: {
            input: {
                param: {
                    id: string;
                };
            };
            output: {
                totp: {
                    id: string;
                    name: string | null;
                    created_at: string;
                    last_used_at: string | null;
                }[];
                passkeys: {
                    id: string;
                    name: string;
                    created_at: string;
                    last_used_at: string | null;
                    synced: boolean;
                    backed_up: boolean;
                    second_factor_only: boolean;
                }[];
                recovery_codes: {
                    left: number;
                    created_at: string;
                } | null;
                required: boolean;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/admin/users/:id/factors/:factor": {
        $delete: {
            input: {
                param: {
                    id: string;
                    factor: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/admin/users/:id/password-reset": {
        $post: {
            input: {
                param: {
                    id: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/admin/users/:id/role": {
        $put: {
            input: {
                param: {
                    id: string;
                };
            } & {
                json: {
                    role: "admin" | "user";
                };
            };
            output: {
                id: string;
                email: string;
                email_verified: boolean;
                pending_email: string | null;
                name: string | null;
                phone: string | null;
                locale: string | null;
                avatar_url: string | null;
                role: "admin" | "user";
                status: "active" | "disabled";
                created_at: string;
                updated_at: string;
                last_login_at: string | null;
                second_factor: boolean;
                mfa_required: boolean;
                has_password: boolean;
                external_id: string | null;
                metadata: {
                    [x: string]: unknown;
                };
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/admin/users/:id/sessions": {
        $delete: {
            input: {
                param: {
                    id: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
        $get: {
            input: {
                param: {
                    id: string;
                };
            };
            output: {
                sessions: {
                    amr: string[];
                    acr: "aal1" | "aal2" | "phr";
                    id: string;
                    current: boolean;
                    created_at: string;
                    last_used_at: string;
                    expires_at: string;
                    ip: string | null;
                    city: string | null;
                    country: string | null;
                    browser: string | null;
                    os: string | null;
                }[];
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/admin/users/:id/status": {
        $put: {
            input: {
                param: {
                    id: string;
                };
            } & {
                json: {
                    status: "active" | "disabled";
                };
            };
            output: {
                id: string;
                email: string;
                email_verified: boolean;
                pending_email: string | null;
                name: string | null;
                phone: string | null;
                locale: string | null;
                avatar_url: string | null;
                role: "admin" | "user";
                status: "active" | "disabled";
                created_at: string;
                updated_at: string;
                last_login_at: string | null;
                second_factor: boolean;
                mfa_required: boolean;
                has_password: boolean;
                external_id: string | null;
                metadata: {
                    [x: string]: unknown;
                };
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/approve-email-change": {
        $get: {
            input: {};
            output: {};
            outputFormat: string;
            status: 200;
        };
        $post: {
            input: {
                json: {
                    token: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/cancel-email-change": {
        $get: {
            input: {};
            output: {};
            outputFormat: string;
            status: 200;
        };
        $post: {
            input: {
                json: {
                    token: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/cancel-factor-recovery": {
        $get: {
            input: {};
            output: {};
            outputFormat: string;
            status: 200;
        };
        $post: {
            input: {
                json: {
                    token: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/confirm-email": {
        $get: {
            input: {};
            output: {};
            outputFormat: string;
            status: 200;
        };
        $post: {
            input: {
                json: {
                    token: string;
                    password?: string | undefined;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/confirm-factor-recovery": {
        $get: {
            input: {};
            output: {};
            outputFormat: string;
            status: 200;
        };
        $post: {
            input: {
                json: {
                    token: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/end-freeze": {
        $get: {
            input: {};
            output: {};
            outputFormat: string;
            status: 200;
        };
        $post: {
            input: {
                json: {
                    token: string;
                    password?: string | undefined;
                    otp?: string | null | undefined;
                    credential?: {
                        id: string;
                        type: "public-key";
                        response: {
                            clientDataJSON: string;
                            authenticatorData: string;
                            signature: string;
                            userHandle?: string | null | undefined;
                        };
                    } | undefined;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/end-session": {
        $get: {
            input: {};
            output: {};
            outputFormat: string;
            status: 200;
        };
        $post: {
            input: {
                json: {
                    token: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/end-sessions": {
        $get: {
            input: {};
            output: {};
            outputFormat: string;
            status: 200;
        };
        $post: {
            input: {
                json: {
                    token: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/first-admin": {
        $post: {
            input: {
                query: {
                    transport?: "body" | "both" | "cookie" | undefined;
                };
            } & {
                json: {
                    token: string;
                    email: string;
                    password: string;
                    name?: string | null | undefined;
                };
            };
            output: {
                access_token?: string | undefined;
                token_type: 'bearer';
                expires_in: number;
                refresh_token?: string | undefined;
                device_token?: string | undefined;
                trust_token?: string | undefined;
                trust_expires_in?: number | undefined;
                refresh_expires_in: number;
                proof?: string | undefined;
                proof_expires_in?: number | undefined;
                recovery_codes_left?: number | undefined;
                recovery_codes?: string[] | undefined;
                user: {
                    id: string;
                    email: string;
                    email_verified: boolean;
                    pending_email: string | null;
                    name: string | null;
                    phone: string | null;
                    locale: string | null;
                    avatar_url: string | null;
                    role: "admin" | "user";
                    status: "active" | "disabled";
                    created_at: string;
                    updated_at: string;
                    last_login_at: string | null;
                    second_factor: boolean;
                    mfa_required: boolean;
                    has_password: boolean;
                    external_id: string | null;
                    metadata: {
                        [x: string]: unknown;
                    };
                };
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/forgot-password": {
        $post: {
            input: {
                json: {
                    email: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/login": {
        $post: {
            input: {
                query: {
                    transport?: "body" | "both" | "cookie" | undefined;
                };
            } & {
                json: {
                    email?: string | undefined;
                    username?: string | undefined;
                    password: string;
                    otp?: string | null | undefined;
                    remember?: boolean | undefined;
                    trust_device?: boolean | undefined;
                };
            };
            output: {
                access_token?: string | undefined;
                token_type: 'bearer';
                expires_in: number;
                refresh_token?: string | undefined;
                device_token?: string | undefined;
                trust_token?: string | undefined;
                trust_expires_in?: number | undefined;
                refresh_expires_in: number;
                proof?: string | undefined;
                proof_expires_in?: number | undefined;
                recovery_codes_left?: number | undefined;
                recovery_codes?: string[] | undefined;
                user: {
                    id: string;
                    email: string;
                    email_verified: boolean;
                    pending_email: string | null;
                    name: string | null;
                    phone: string | null;
                    locale: string | null;
                    avatar_url: string | null;
                    role: "admin" | "user";
                    status: "active" | "disabled";
                    created_at: string;
                    updated_at: string;
                    last_login_at: string | null;
                    second_factor: boolean;
                    mfa_required: boolean;
                    has_password: boolean;
                    external_id: string | null;
                    metadata: {
                        [x: string]: unknown;
                    };
                };
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/login/code": {
        $post: {
            input: {
                query: {
                    transport?: "body" | "both" | "cookie" | undefined;
                };
            } & {
                json: {
                    challenge?: string | undefined;
                    code?: string | null | undefined;
                    recovery_code?: string | null | undefined;
                    trust_device?: boolean | undefined;
                };
            };
            output: {
                access_token?: string | undefined;
                token_type: 'bearer';
                expires_in: number;
                refresh_token?: string | undefined;
                device_token?: string | undefined;
                trust_token?: string | undefined;
                trust_expires_in?: number | undefined;
                refresh_expires_in: number;
                proof?: string | undefined;
                proof_expires_in?: number | undefined;
                recovery_codes_left?: number | undefined;
                recovery_codes?: string[] | undefined;
                user: {
                    id: string;
                    email: string;
                    email_verified: boolean;
                    pending_email: string | null;
                    name: string | null;
                    phone: string | null;
                    locale: string | null;
                    avatar_url: string | null;
                    role: "admin" | "user";
                    status: "active" | "disabled";
                    created_at: string;
                    updated_at: string;
                    last_login_at: string | null;
                    second_factor: boolean;
                    mfa_required: boolean;
                    has_password: boolean;
                    external_id: string | null;
                    metadata: {
                        [x: string]: unknown;
                    };
                };
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/login/enrol": {
        $post: {
            input: {
                query: {
                    transport?: "body" | "both" | "cookie" | undefined;
                };
            } & {
                json: {
                    challenge?: string | undefined;
                    enrolment?: string | undefined;
                    code?: string | undefined;
                    credential?: {
                        id: string;
                        type: "public-key";
                        response: {
                            clientDataJSON: string;
                            attestationObject: string;
                            transports?: string[] | undefined;
                        };
                        clientExtensionResults?: {
                            credProps?: {
                                rk?: boolean | undefined;
                            } | undefined;
                        } | undefined;
                    } | undefined;
                    name?: string | null | undefined;
                };
            };
            output: {
                access_token?: string | undefined;
                token_type: 'bearer';
                expires_in: number;
                refresh_token?: string | undefined;
                device_token?: string | undefined;
                trust_token?: string | undefined;
                trust_expires_in?: number | undefined;
                refresh_expires_in: number;
                proof?: string | undefined;
                proof_expires_in?: number | undefined;
                recovery_codes_left?: number | undefined;
                recovery_codes?: string[] | undefined;
                user: {
                    id: string;
                    email: string;
                    email_verified: boolean;
                    pending_email: string | null;
                    name: string | null;
                    phone: string | null;
                    locale: string | null;
                    avatar_url: string | null;
                    role: "admin" | "user";
                    status: "active" | "disabled";
                    created_at: string;
                    updated_at: string;
                    last_login_at: string | null;
                    second_factor: boolean;
                    mfa_required: boolean;
                    has_password: boolean;
                    external_id: string | null;
                    metadata: {
                        [x: string]: unknown;
                    };
                };
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/login/enrol/mail": {
        $post: {
            input: {
                json: {
                    challenge?: string | undefined;
                };
            };
            output: {
                challenge?: string;
                message: string;
                expires_in: number;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/login/enrol/options": {
        $post: {
            input: {
                json: {
                    challenge?: string | undefined;
                    type: "passkey" | "totp";
                    mail_code?: string | null | undefined;
                };
            };
            output: {
                challenge?: string;
                expires_in: number;
                public_key: {
                    rp: {
                        id: string;
                        name: string;
                    };
                    user: {
                        id: string;
                        name: string;
                        displayName: string;
                    };
                    challenge: string;
                    pubKeyCredParams: {
                        type: 'public-key';
                        alg: number;
                    }[];
                    timeout: number;
                    excludeCredentials: {
                        type: 'public-key';
                        id: string;
                        transports?: string[] | undefined;
                    }[];
                    authenticatorSelection: {
                        residentKey: "discouraged" | "required";
                        requireResidentKey: boolean;
                        userVerification: "preferred" | "required";
                    };
                    attestation: 'none';
                    extensions: {
                        credProps: boolean;
                    };
                } | undefined;
            } | {
                challenge?: string;
                expires_in: number;
                secret: string;
                otpauth_uri: string;
                enrolment: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/login/mail": {
        $post: {
            input: {
                query: {
                    transport?: "body" | "both" | "cookie" | undefined;
                };
            } & {
                json: {
                    email: string;
                    remember?: boolean | undefined;
                    challenge?: string | undefined;
                };
            };
            output: {
                message: string;
                challenge?: string | undefined;
                expires_in: number;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/login/mail/code": {
        $post: {
            input: {
                query: {
                    transport?: "body" | "both" | "cookie" | undefined;
                };
            } & {
                json: {
                    challenge?: string | undefined;
                    code: string;
                };
            };
            output: {
                access_token?: string | undefined;
                token_type: 'bearer';
                expires_in: number;
                refresh_token?: string | undefined;
                device_token?: string | undefined;
                trust_token?: string | undefined;
                trust_expires_in?: number | undefined;
                refresh_expires_in: number;
                proof?: string | undefined;
                proof_expires_in?: number | undefined;
                recovery_codes_left?: number | undefined;
                recovery_codes?: string[] | undefined;
                user: {
                    id: string;
                    email: string;
                    email_verified: boolean;
                    pending_email: string | null;
                    name: string | null;
                    phone: string | null;
                    locale: string | null;
                    avatar_url: string | null;
                    role: "admin" | "user";
                    status: "active" | "disabled";
                    created_at: string;
                    updated_at: string;
                    last_login_at: string | null;
                    second_factor: boolean;
                    mfa_required: boolean;
                    has_password: boolean;
                    external_id: string | null;
                    metadata: {
                        [x: string]: unknown;
                    };
                };
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/login/mail/link": {
        $get: {
            input: {};
            output: {};
            outputFormat: string;
            status: 200;
        };
        $post: {
            input: {
                query: {
                    transport?: "body" | "both" | "cookie" | undefined;
                };
            } & {
                json: {
                    challenge?: string | undefined;
                    token: string;
                };
            };
            output: {
                access_token?: string | undefined;
                token_type: 'bearer';
                expires_in: number;
                refresh_token?: string | undefined;
                device_token?: string | undefined;
                trust_token?: string | undefined;
                trust_expires_in?: number | undefined;
                refresh_expires_in: number;
                proof?: string | undefined;
                proof_expires_in?: number | undefined;
                recovery_codes_left?: number | undefined;
                recovery_codes?: string[] | undefined;
                user: {
                    id: string;
                    email: string;
                    email_verified: boolean;
                    pending_email: string | null;
                    name: string | null;
                    phone: string | null;
                    locale: string | null;
                    avatar_url: string | null;
                    role: "admin" | "user";
                    status: "active" | "disabled";
                    created_at: string;
                    updated_at: string;
                    last_login_at: string | null;
                    second_factor: boolean;
                    mfa_required: boolean;
                    has_password: boolean;
                    external_id: string | null;
                    metadata: {
                        [x: string]: unknown;
                    };
                };
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/login/passkey": {
        $post: {
            input: {
                query: {
                    transport?: "body" | "both" | "cookie" | undefined;
                };
            } & {
                json: {
                    credential: {
                        id: string;
                        type: "public-key";
                        response: {
                            clientDataJSON: string;
                            authenticatorData: string;
                            signature: string;
                            userHandle?: string | null | undefined;
                        };
                    };
                    challenge?: string | undefined;
                    second_step?: boolean | undefined;
                    remember?: boolean | undefined;
                    trust_device?: boolean | undefined;
                };
            };
            output: {
                access_token?: string | undefined;
                token_type: 'bearer';
                expires_in: number;
                refresh_token?: string | undefined;
                device_token?: string | undefined;
                trust_token?: string | undefined;
                trust_expires_in?: number | undefined;
                refresh_expires_in: number;
                proof?: string | undefined;
                proof_expires_in?: number | undefined;
                recovery_codes_left?: number | undefined;
                recovery_codes?: string[] | undefined;
                user: {
                    id: string;
                    email: string;
                    email_verified: boolean;
                    pending_email: string | null;
                    name: string | null;
                    phone: string | null;
                    locale: string | null;
                    avatar_url: string | null;
                    role: "admin" | "user";
                    status: "active" | "disabled";
                    created_at: string;
                    updated_at: string;
                    last_login_at: string | null;
                    second_factor: boolean;
                    mfa_required: boolean;
                    has_password: boolean;
                    external_id: string | null;
                    metadata: {
                        [x: string]: unknown;
                    };
                };
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/login/passkey/options": {
        $post: {
            input: {
                json: {
                    challenge?: string | undefined;
                    second_step?: boolean | undefined;
                };
            };
            output: {
                public_key: {
                    challenge: string;
                    timeout: number;
                    rpId: string;
                    allowCredentials: {
                        type: 'public-key';
                        id: string;
                        transports?: string[] | undefined;
                    }[];
                    userVerification: "preferred" | "required";
                };
                expires_in: number;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/logout": {
        $get: {
            input: {};
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
        $post: {
            input: {
                json: {
                    refresh_token?: string | null | undefined;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/reauthenticate": {
        $post: {
            input: {
                query: {
                    transport?: "body" | "both" | "cookie" | undefined;
                };
            } & {
                json: {
                    password?: string | undefined;
                    otp?: string | null | undefined;
                    credential?: {
                        id: string;
                        type: "public-key";
                        response: {
                            clientDataJSON: string;
                            authenticatorData: string;
                            signature: string;
                            userHandle?: string | null | undefined;
                        };
                    } | undefined;
                    challenge?: string | undefined;
                    mail_code?: string | undefined;
                };
            };
            output: {
                access_token?: string | undefined;
                token_type: 'bearer';
                expires_in: number;
                refresh_token?: string | undefined;
                device_token?: string | undefined;
                trust_token?: string | undefined;
                trust_expires_in?: number | undefined;
                refresh_expires_in: number;
                proof?: string | undefined;
                proof_expires_in?: number | undefined;
                recovery_codes_left?: number | undefined;
                recovery_codes?: string[] | undefined;
                user: {
                    id: string;
                    email: string;
                    email_verified: boolean;
                    pending_email: string | null;
                    name: string | null;
                    phone: string | null;
                    locale: string | null;
                    avatar_url: string | null;
                    role: "admin" | "user";
                    status: "active" | "disabled";
                    created_at: string;
                    updated_at: string;
                    last_login_at: string | null;
                    second_factor: boolean;
                    mfa_required: boolean;
                    has_password: boolean;
                    external_id: string | null;
                    metadata: {
                        [x: string]: unknown;
                    };
                };
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/reauthenticate/passkey/options": {
        $post: {
            input: {};
            output: {
                public_key: {
                    challenge: string;
                    timeout: number;
                    rpId: string;
                    allowCredentials: {
                        type: 'public-key';
                        id: string;
                        transports?: string[] | undefined;
                    }[];
                    userVerification: "preferred" | "required";
                };
                expires_in: number;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/recover-factors": {
        $post: {
            input: {
                json: {
                    challenge?: string | undefined;
                };
            };
            output: {
                message: string;
                ready_at: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/refresh": {
        $post: {
            input: {
                query: {
                    transport?: "body" | "both" | "cookie" | undefined;
                };
            } & {
                json: {
                    refresh_token?: string | null | undefined;
                };
            };
            output: {
                access_token?: string | undefined;
                token_type: 'bearer';
                expires_in: number;
                refresh_token?: string | undefined;
                device_token?: string | undefined;
                trust_token?: string | undefined;
                trust_expires_in?: number | undefined;
                refresh_expires_in: number;
                proof?: string | undefined;
                proof_expires_in?: number | undefined;
                recovery_codes_left?: number | undefined;
                recovery_codes?: string[] | undefined;
                user: {
                    id: string;
                    email: string;
                    email_verified: boolean;
                    pending_email: string | null;
                    name: string | null;
                    phone: string | null;
                    locale: string | null;
                    avatar_url: string | null;
                    role: "admin" | "user";
                    status: "active" | "disabled";
                    created_at: string;
                    updated_at: string;
                    last_login_at: string | null;
                    second_factor: boolean;
                    mfa_required: boolean;
                    has_password: boolean;
                    external_id: string | null;
                    metadata: {
                        [x: string]: unknown;
                    };
                };
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/register": {
        $post: {
            input: {
                json: {
                    email: string;
                    password: string;
                    name?: string | null | undefined;
                    phone?: string | null | undefined;
                    locale?: string | null | undefined;
                };
            };
            output: {
                id: string;
                email: string;
                email_verified: boolean;
                pending_email: string | null;
                name: string | null;
                phone: string | null;
                locale: string | null;
                avatar_url: string | null;
                role: "admin" | "user";
                status: "active" | "disabled";
                created_at: string;
                updated_at: string;
                last_login_at: string | null;
                second_factor: boolean;
                mfa_required: boolean;
                has_password: boolean;
                external_id: string | null;
                metadata: {
                    [x: string]: unknown;
                };
            };
            outputFormat: "json";
            status: 201;
        } | {
            input: {
                json: {
                    email: string;
                    password: string;
                    name?: string | null | undefined;
                    phone?: string | null | undefined;
                    locale?: string | null | undefined;
                };
            };
            output: {
                message: string;
                email: string;
            };
            outputFormat: "json";
            status: 201;
        };
    };
    "/api/auth/reject-registration": {
        $get: {
            input: {};
            output: {};
            outputFormat: string;
            status: 200;
        };
        $post: {
            input: {
                json: {
                    token: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/remove-factor": {
        $get: {
            input: {};
            output: {};
            outputFormat: string;
            status: 200;
        };
        $post: {
            input: {
                json: {
                    token: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/resend-verification": {
        $post: {
            input: {
                json: {
                    email: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/reset-password": {
        $get: {
            input: {};
            output: {};
            outputFormat: string;
            status: 200;
        };
        $post: {
            input: {
                json: {
                    token: string;
                    new_password: string;
                };
            };
            output: {
                device_token?: string;
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/revert-email-change": {
        $get: {
            input: {};
            output: {};
            outputFormat: string;
            status: 200;
        };
        $post: {
            input: {
                json: {
                    token: string;
                    password?: string | undefined;
                    otp?: string | null | undefined;
                    credential?: {
                        id: string;
                        type: "public-key";
                        response: {
                            clientDataJSON: string;
                            authenticatorData: string;
                            signature: string;
                            userHandle?: string | null | undefined;
                        };
                    } | undefined;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/undo-deletion": {
        $get: {
            input: {};
            output: {};
            outputFormat: string;
            status: 200;
        };
        $post: {
            input: {
                json: {
                    token: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/auth/verify-email": {
        $get: {
            input: {
                query: {
                    token: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
        $post: {
            input: {
                json: {
                    token: string;
                    password?: string | undefined;
                    require_proof?: boolean | undefined;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/user/account": {
        $delete: {
            input: {
                json: {
                    current_password?: string | undefined;
                };
            };
            output: {
                message: string;
                erases_at?: string | undefined;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/user/activity": {
        $get: {
            input: {};
            output: {
                entries: {
                    browser: string | null;
                    os: string | null;
                    id: string;
                    at: string;
                    event: string;
                    user_id: string | null;
                    actor_id: string | null;
                    ip: string | null;
                    user_agent: string | null;
                    detail: {
                        [x: string]: string | number | boolean | null;
                    } | null;
                    count: number;
                }[];
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/user/avatar": {
        $delete: {
            input: {};
            output: {
                id: string;
                email: string;
                email_verified: boolean;
                pending_email: string | null;
                name: string | null;
                phone: string | null;
                locale: string | null;
                avatar_url: string | null;
                role: "admin" | "user";
                status: "active" | "disabled";
                created_at: string;
                updated_at: string;
                last_login_at: string | null;
                second_factor: boolean;
                mfa_required: boolean;
                has_password: boolean;
                external_id: string | null;
                metadata: {
                    [x: string]: unknown;
                };
            };
            outputFormat: "json";
            status: 200;
        };
        $put: {
            input: {
                form: {
                    file: File;
                };
            };
            output: {
                id: string;
                email: string;
                email_verified: boolean;
                pending_email: string | null;
                name: string | null;
                phone: string | null;
                locale: string | null;
                avatar_url: string | null;
                role: "admin" | "user";
                status: "active" | "disabled";
                created_at: string;
                updated_at: string;
                last_login_at: string | null;
                second_factor: boolean;
                mfa_required: boolean;
                has_password: boolean;
                external_id: string | null;
                metadata: {
                    [x: string]: unknown;
                };
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/user/change-password": {
        $post: {
            input: {
                json: {
                    current_password: string;
                    new_password: string;
                };
            };
            output: {
                message: string;
                access_token?: string | undefined;
                refresh_token?: string | undefined;
                token_type: 'bearer';
                expires_in: number;
                refresh_expires_in: number;
                device_token?: string;
            };
            outputFormat: "json";
            status: 200;
        };
        $put: {
            input: {
                json: {
                    current_password: string;
                    new_password: string;
                };
            };
            output: {
                message: string;
                access_token?: string | undefined;
                refresh_token?: string | undefined;
                token_type: 'bearer';
                expires_in: number;
                refresh_expires_in: number;
                device_token?: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/user/export": {
        $get: {
            input: {};
            output: {
                user: {
                    id: string;
                    email: string;
                    email_verified: boolean;
                    pending_email: string | null;
                    name: string | null;
                    phone: string | null;
                    locale: string | null;
                    avatar_url: string | null;
                    role: "admin" | "user";
                    status: "active" | "disabled";
                    created_at: string;
                    updated_at: string;
                    last_login_at: string | null;
                    second_factor: boolean;
                    mfa_required: boolean;
                    has_password: boolean;
                    external_id: string | null;
                    metadata: {
                        [x: string]: unknown;
                    };
                };
                sessions: {
                    amr: string[];
                    acr: "aal1" | "aal2" | "phr";
                    id: string;
                    current: boolean;
                    created_at: string;
                    last_used_at: string;
                    expires_at: string;
                    ip: string | null;
                    city: string | null;
                    country: string | null;
                    browser: string | null;
                    os: string | null;
                }[];
                factors: {
                    totp: {
                        id: string;
                        name: string | null;
                        created_at: string;
                        last_used_at: string | null;
                    }[];
                    passkeys: {
                        id: string;
                        name: string;
                        created_at: string;
                        last_used_at: string | null;
                        synced: boolean;
                        backed_up: boolean;
                        second_factor_only: boolean;
                    }[];
                    recovery_codes: {
                        left: number;
                        created_at: string;
                    } | null;
                };
                devices: {
                    name: string;
                    first_seen_at: string;
                    last_seen_at: string;
                }[];
                trusted_devices: {
                    id: string;
                    name: string;
                    created_at: string;
                    last_used_at: string;
                    expires_at: string;
                }[];
                mails: {
                    kind: string;
                    address: string;
                    created_at: string;
                    sent_at: string | null;
                }[];
                audit: {
                    id: string;
                    at: string;
                    event: string;
                    user_id: string | null;
                    actor_id: string | null;
                    ip: string | null;
                    user_agent: string | null;
                    detail: {
                        [x: string]: string | number | boolean | null;
                    } | null;
                    count: number;
                }[];
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/user/factors": {
        $get: {
            input: {};
            output: {
                rp_id?: string | undefined;
                user_handle?: string | undefined;
                accepted_credentials?: string[] | undefined;
                totp: {
                    id: string;
                    name: string | null;
                    created_at: string;
                    last_used_at: string | null;
                }[];
                passkeys: {
                    id: string;
                    name: string;
                    created_at: string;
                    last_used_at: string | null;
                    synced: boolean;
                    backed_up: boolean;
                    second_factor_only: boolean;
                }[];
                recovery_codes: {
                    left: number;
                    created_at: string;
                } | null;
                required: boolean;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/user/factors/recovery-codes": {
        $post: {
            input: {
                json: {
                    current_password?: string | undefined;
                };
            };
            output: {
                recovery_codes: string[];
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/user/factors/totp": {
        $post: {
            input: {};
            output: {
                secret: string;
                otpauth_uri: string;
                enrolment: string;
                expires_in: number;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/user/factors/totp/:id": {
        $delete: {
            input: {
                param: {
                    id: string;
                };
            } & {
                json: {
                    current_password?: string | undefined;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
        $patch: {
            input: {
                param: {
                    id: string;
                };
            } & {
                json: {
                    name: string | null;
                };
            };
            output: {
                id: string;
                name: string | null;
                created_at: string;
                last_used_at: string | null;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/user/factors/totp/confirm": {
        $post: {
            input: {
                json: {
                    enrolment: string;
                    code: string;
                    name?: string | null | undefined;
                    current_password?: string | undefined;
                };
            };
            output: {
                message: string;
                access_token?: string | undefined;
                refresh_token?: string | undefined;
                token_type: 'bearer';
                expires_in: number;
                refresh_expires_in: number;
                factor: {
                    id: string;
                    name: string | null;
                    created_at: string;
                    last_used_at: string | null;
                };
                recovery_codes?: string[] | undefined;
            };
            outputFormat: "json";
            status: 201;
        };
    };
    "/api/user/passkeys": {
        $post: {
            input: {
                json: {
                    credential: {
                        id: string;
                        type: "public-key";
                        response: {
                            clientDataJSON: string;
                            attestationObject: string;
                            transports?: string[] | undefined;
                        };
                        clientExtensionResults?: {
                            credProps?: {
                                rk?: boolean | undefined;
                            } | undefined;
                        } | undefined;
                    };
                    name?: string | null | undefined;
                    current_password?: string | undefined;
                };
            };
            output: {
                message: string;
                access_token?: string | undefined;
                refresh_token?: string | undefined;
                token_type: 'bearer';
                expires_in: number;
                refresh_expires_in: number;
                rp_id: string;
                user_handle: string;
                accepted_credentials: string[];
                passkey: {
                    id: string;
                    name: string;
                    created_at: string;
                    last_used_at: string | null;
                    synced: boolean;
                    backed_up: boolean;
                    second_factor_only: boolean;
                };
                recovery_codes?: string[] | undefined;
            };
            outputFormat: "json";
            status: 201;
        };
    };
    "/api/user/passkeys/:id": {
        $delete: {
            input: {
                param: {
                    id: string;
                };
            } & {
                json: {
                    current_password?: string | undefined;
                };
            };
            output: {
                rp_id?: string | undefined;
                user_handle?: string | undefined;
                accepted_credentials?: string[] | undefined;
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
        $patch: {
            input: {
                param: {
                    id: string;
                };
            } & {
                json: {
                    name: string;
                };
            };
            output: {
                id: string;
                name: string;
                created_at: string;
                last_used_at: string | null;
                synced: boolean;
                backed_up: boolean;
                second_factor_only: boolean;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/user/passkeys/options": {
        $post: {
            input: {
                json: {
                    security_key?: boolean | undefined;
                };
            };
            output: {
                public_key: {
                    rp: {
                        id: string;
                        name: string;
                    };
                    user: {
                        id: string;
                        name: string;
                        displayName: string;
                    };
                    challenge: string;
                    pubKeyCredParams: {
                        type: 'public-key';
                        alg: number;
                    }[];
                    timeout: number;
                    excludeCredentials: {
                        type: 'public-key';
                        id: string;
                        transports?: string[] | undefined;
                    }[];
                    authenticatorSelection: {
                        residentKey: "discouraged" | "required";
                        requireResidentKey: boolean;
                        userVerification: "preferred" | "required";
                    };
                    attestation: 'none';
                    extensions: {
                        credProps: boolean;
                    };
                };
                expires_in: number;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/user/password": {
        $delete: {
            input: {
                json: {
                    current_password?: string | undefined;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/user/profile": {
        $delete: {
            input: {
                json: {
                    current_password?: string | undefined;
                };
            };
            output: {
                message: string;
                erases_at?: string | undefined;
            };
            outputFormat: "json";
            status: 200;
        };
        $get: {
            input: {};
            output: {
                id: string;
                email: string;
                email_verified: boolean;
                pending_email: string | null;
                name: string | null;
                phone: string | null;
                locale: string | null;
                avatar_url: string | null;
                role: "admin" | "user";
                status: "active" | "disabled";
                created_at: string;
                updated_at: string;
                last_login_at: string | null;
                second_factor: boolean;
                mfa_required: boolean;
                has_password: boolean;
                external_id: string | null;
                metadata: {
                    [x: string]: unknown;
                };
            };
            outputFormat: "json";
            status: 200;
        };
        $patch: {
            input: {
                json: {
                    name?: string | null | undefined;
                    phone?: string | null | undefined;
                    locale?: string | null | undefined;
                    email?: string | undefined;
                    current_password?: string | undefined;
                };
            };
            output: {
                id: string;
                email: string;
                email_verified: boolean;
                pending_email: string | null;
                name: string | null;
                phone: string | null;
                locale: string | null;
                avatar_url: string | null;
                role: "admin" | "user";
                status: "active" | "disabled";
                created_at: string;
                updated_at: string;
                last_login_at: string | null;
                second_factor: boolean;
                mfa_required: boolean;
                has_password: boolean;
                external_id: string | null;
                metadata: {
                    [x: string]: unknown;
                };
            };
            outputFormat: "json";
            status: 200;
        };
        $put: {
            input: {
                json: {
                    name?: string | null | undefined;
                    phone?: string | null | undefined;
                    locale?: string | null | undefined;
                    email?: string | undefined;
                    current_password?: string | undefined;
                };
            };
            output: {
                id: string;
                email: string;
                email_verified: boolean;
                pending_email: string | null;
                name: string | null;
                phone: string | null;
                locale: string | null;
                avatar_url: string | null;
                role: "admin" | "user";
                status: "active" | "disabled";
                created_at: string;
                updated_at: string;
                last_login_at: string | null;
                second_factor: boolean;
                mfa_required: boolean;
                has_password: boolean;
                external_id: string | null;
                metadata: {
                    [x: string]: unknown;
                };
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/user/sessions": {
        $delete: {
            input: {};
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
        $get: {
            input: {};
            output: {
                sessions: {
                    amr: string[];
                    acr: "aal1" | "aal2" | "phr";
                    id: string;
                    current: boolean;
                    created_at: string;
                    last_used_at: string;
                    expires_at: string;
                    ip: string | null;
                    city: string | null;
                    country: string | null;
                    browser: string | null;
                    os: string | null;
                }[];
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/user/sessions/:id": {
        $delete: {
            input: {
                param: {
                    id: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/user/trusted-devices": {
        $delete: {
            input: {};
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
        $get: {
            input: {};
            output: {
                trusted_devices: {
                    id: string;
                    name: string;
                    created_at: string;
                    last_used_at: string;
                    expires_at: string;
                }[];
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/user/trusted-devices/:id": {
        $delete: {
            input: {
                param: {
                    id: string;
                };
            };
            output: {
                message: string;
            };
            outputFormat: "json";
            status: 200;
        };
    };
    "/api/user/upload-avatar": {
        $post: {
            input: {
                form: {
                    file: File;
                };
            };
            output: {
                id: string;
                email: string;
                email_verified: boolean;
                pending_email: string | null;
                name: string | null;
                phone: string | null;
                locale: string | null;
                avatar_url: string | null;
                role: "admin" | "user";
                status: "active" | "disabled";
                created_at: string;
                updated_at: string;
                last_login_at: string | null;
                second_factor: boolean;
                mfa_required: boolean;
                has_password: boolean;
                external_id: string | null;
                metadata: {
                    [x: string]: unknown;
                };
            };
            outputFormat: "json";
            status: 200;
        };
    };
};

/** The codes of all refusals. */
export type ErrorCode =
    | 'malformed_json'
    | 'validation_failed'
    | 'unsupported_media_type'
    | 'unsupported_grant_type'
    | 'payload_too_large'
    | 'not_found'
    | 'method_not_allowed'
    | 'not_authenticated'
    | 'invalid_token'
    | 'invalid_credentials'
    | 'wrong_password'
    | 'second_factor_required'
    | 'enrolment_required'
    | 'wrong_code'
    | 'other_browser'
    | 'passkey_refused'
    | 'reauthentication_required'
    | 'proof_required'
    | 'forbidden'
    | 'cross_site'
    | 'email_taken'
    | 'external_id_taken'
    | 'last_admin'
    | 'factor_limit'
    | 'last_factor'
    | 'own_account'
    | 'password_too_short'
    | 'password_too_long'
    | 'password_too_common'
    | 'password_breached'
    | 'registration_closed'
    | 'rate_limited'
    | 'busy'
    | 'dependency_unavailable'
    | 'migration_unavailable'
    | 'misconfigured';
