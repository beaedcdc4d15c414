import type { Api } from './api.ts';
import type { Client } from './index.ts';
/** Passkeys in the browser: what its own JSON functions (WebAuthn Level 3 §5.1) leave to the page. */
type LogInInput = Api['/api/auth/login/passkey']['$post']['input']['json'];
type Enrolment = Api['/api/auth/login/enrol/options']['$post']['input']['json'];
type NewPasskey = Api['/api/user/passkeys']['$post']['input']['json'];
/** A name, or a function that returns one, such as the name of the password manager that keeps the new passkey. */
type Naming = {
    name?: string | undefined | ((credential: NewPasskey['credential']) => string | undefined);
};
type Signalled = {
    rp_id?: string;
    user_handle?: string;
    accepted_credentials?: string[];
};
/** Whether this browser has passkeys, and the functions for them that pages need. */
export declare const passkeysWork: () => boolean;
/** Whether the browser can offer passkeys in a field: `<input autocomplete="username webauthn">`. */
export declare const passkeysFillFields: () => Promise<boolean>;
/**
 * Tells the browser which passkeys the user has, so that it offers no others. Call it with the reply of
 * `listFactors` or `removePasskey`; the functions here do it themselves. Never throws.
 */
export declare const signalPasskeys: ({ rp_id, user_handle, accepted_credentials }: Signalled) => Promise<void>;
export type PasskeyLogIn = Omit<LogInInput, 'credential'> & {
    /** `conditional`: offers passkeys in the field for the address, and waits until the user chooses one. */
    mediation?: 'conditional' | 'optional' | 'required' | 'silent';
    /** Ends the wait: call `abort` before another request for a passkey. */
    signal?: AbortSignal;
};
/**
 * Logs in with a passkey. With `second_step`, or the `challenge` of a log-in by password, the passkey is the second
 * factor.
 * @throws GatehouseError, or the browser's error, such as `NotAllowedError` if the user declined
 */
export declare const logInWithPasskey: (auth: Client, options?: PasskeyLogIn) => Promise<{
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
}>;
/**
 * Makes a passkey, and with it finishes a log-in that was refused with `enrolment_required`. The reply has the recovery
 * codes.
 * @param given the mailed code as `mail_code`, the `challenge` if no cookie has it, and a name
 */
export declare const enrolPasskey: (auth: Pick<Client, 'beginEnrolment' | 'enrol'>, { name, ...given }: Omit<Enrolment, 'type'> & Naming) => Promise<{
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
}>;
/**
 * Makes a passkey and adds it to the account of the signed-in user.
 * @param given full proof, a name, and whether the passkey is on a security key
 */
export declare const createPasskey: (auth: Client, given?: Omit<NewPasskey, 'credential' | 'name'> & Naming & {
    security_key?: boolean;
}, options?: Parameters<Client['addPasskey']>[1]) => Promise<{
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
}>;
/** Re-authenticates with a passkey. The `proof` of the reply is for one request that requires full proof. */
export declare const proveWithPasskey: (auth: Client) => Promise<{
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
}>;
export {};
