import type { Code, GatehouseError } from './errors.ts';
/** A sentence for people about each code, or a function that makes one from the refusal. */
export type Words = Record<Code, string | ((error: GatehouseError) => string)>;
/** In English. `satisfies` fails to compile if a code has no words. */
export declare const words: {
    malformed_json: "The body is not valid JSON.";
    validation_failed: "Some of the input is invalid.";
    unsupported_media_type: "This operation does not accept this media type.";
    unsupported_grant_type: "This operation does not accept this grant_type.";
    payload_too_large: "The body is too large for this operation.";
    not_found: "There is nothing here.";
    method_not_allowed: "This URL does not support this method.";
    not_authenticated: "Sign in first.";
    invalid_token: "The token is invalid or expired, or its session has ended.";
    invalid_credentials: "The e-mail address or password is wrong, or the address is not verified yet. If it is not verified, a new link is on its way.";
    wrong_password: "The current password is wrong.";
    second_factor_required: "A second factor is needed: a passkey, a code of your authenticator app, or a recovery code.";
    enrolment_required: "Add a second factor to your account first: an authenticator app or a passkey.";
    wrong_code: "The code is wrong or was used before. If new codes fail too, check the clock of your phone.";
    other_browser: "This link works only in the browser where you asked for it. Type its code there instead.";
    passkey_refused: "That passkey was not accepted.";
    reauthentication_required: "Enter your password again to do this.";
    proof_required: "The link alone is not enough: open it in the browser where you are logged in or where you registered, or send the password too.";
    forbidden: "You may not do this.";
    cross_site: "This request comes from a page whose origin is not allowed.";
    email_taken: "Another account has this e-mail address.";
    external_id_taken: "Another user has this external id, or an id equal to it.";
    last_admin: "This is the last active admin; make another one first.";
    factor_limit: "You cannot have more of these. Remove one first.";
    last_factor: "The account needs this one, so it cannot be removed. Add another one first.";
    own_account: "This cannot be done to your own account.";
    password_too_short: "The password is too short.";
    password_too_long: "The password is too long.";
    password_too_common: "The password is too easy to guess.";
    password_breached: "The password has appeared in a data breach.";
    registration_closed: "New accounts cannot be registered here.";
    dependency_unavailable: "A part of the service does not answer. Try again in a moment.";
    migration_unavailable: "This password cannot be checked at the moment. Try again soon, or use “Forgot password”.";
    misconfigured: "The service is not configured correctly.";
    unreachable: "The service cannot be reached. Check the connection and try again.";
    unexpected_reply: "Something went wrong on the way to the service. Try again in a moment.";
    user_changed: "Somebody else has logged in in the meantime. Nothing was changed. Load this page again.";
    rate_limited: (error: GatehouseError) => string;
    busy: (error: GatehouseError) => string;
};
/**
 * Returns the sentence to show for a refusal: from `own` if it has the code, otherwise the one in the reply.
 * @param own a translation, complete or partial
 */
export declare const wordsFor: (error: GatehouseError, own?: Partial<Words>) => string;
