import type { Code, GatehouseError } from './errors.ts';
/** A sentence for people about each code, or what makes one of the refusal. */
export type Words = Record<Code, string | ((error: GatehouseError) => string)>;
/** In English. `satisfies` fails to compile where a code has no words. */
export declare const words: {
    malformed_json: "The body is not valid JSON.";
    validation_failed: "Some of what was sent cannot be accepted.";
    unsupported_media_type: "The body is of a type this operation does not read.";
    unsupported_grant_type: "This operation does not take that grant_type.";
    payload_too_large: "The body is larger than this operation reads.";
    not_found: "There is nothing here.";
    method_not_allowed: "This address does not know that method.";
    not_authenticated: "Sign in first.";
    invalid_token: "The token is invalid, expired, or its session has ended.";
    invalid_credentials: "E-mail or password is wrong, or this address is not verified yet. If it is not, a new link is on its way.";
    wrong_password: "The current password is wrong.";
    reauthentication_required: "Give your password again to do this.";
    proof_required: "The link alone is not enough: open it where you are logged in or registered, or send the password with it.";
    forbidden: "You may not do this.";
    cross_site: "This request comes from a page whose origin is not allowed.";
    email_taken: "Another account has this e-mail address.";
    last_admin: "This is the last active admin; make another one first.";
    own_account: "This cannot be done to your own account.";
    password_too_short: "The password is too short.";
    password_too_long: "The password is too long.";
    password_too_common: "The password is among the first that are guessed.";
    password_breached: "The password has appeared in a data breach.";
    registration_closed: "New accounts cannot be registered here.";
    dependency_unavailable: "Something this service needs does not answer. Try again in a moment.";
    misconfigured: "The service is not configured correctly.";
    unreachable: "The service cannot be reached. Check the connection and try again.";
    unexpected_reply: "Something went wrong on the way to the service. Try again in a moment.";
    user_changed: "Somebody else has logged in meanwhile. Nothing was changed. Load this page again.";
    rate_limited: (error: GatehouseError) => string;
    busy: (error: GatehouseError) => string;
};
/**
 * What to say of a refusal: in `own` words where they have the code, else in the sentence that came with it.
 * @param own a translation, whole or in part
 */
export declare const wordsFor: (error: GatehouseError, own?: Partial<Words>) => string;
