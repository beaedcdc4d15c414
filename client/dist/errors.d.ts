import type { ErrorCode } from './api.ts';
/** One fault of the input. `field` is a path such as `phone`. */
export type FieldError = {
    field: string;
    code: string;
    detail: string;
};
/** Codes of the service, and those of this client: no answer, an answer that is not the service's, and another user. */
export type Code = ErrorCode | 'unreachable' | 'unexpected_reply' | 'user_changed';
/**
 * What a log-in or a re-authentication needs besides the password: a second factor, which the user gives or first has
 * to add.
 */
export type SecondFactorNeeded = {
    /** For the next step; undefined if a cookie has it, and in a re-authentication. */
    challenge: string | undefined;
    /** What the user can give or add, in the order in which to offer it. */
    methods: string[];
    /** At log-in, if devices can be trusted: how many days `trust_device` lasts. */
    trustDays: number | undefined;
};
type Parts = {
    status?: number;
    detail?: string;
    errors?: FieldError[];
    retryAfter?: number | undefined;
    requestId?: string | undefined;
    secondFactor?: SecondFactorNeeded | undefined;
    unknownCredential?: boolean;
    codeToType?: string | undefined;
    cause?: unknown;
};
/** A refusal (RFC 9457), or the failure to get an answer. `message` is a sentence for people. */
export declare class GatehouseError extends Error {
    readonly name = "GatehouseError";
    readonly code: Code;
    /** The status of the reply; 0 if there was none. */
    readonly status: number;
    readonly errors: FieldError[];
    /** Seconds to wait before trying again. */
    readonly retryAfter: number | undefined;
    readonly requestId: string | undefined;
    /** With the codes `second_factor_required` and `enrolment_required`. */
    readonly secondFactor: SecondFactorNeeded | undefined;
    /** With the code `passkey_refused`: the service does not have that passkey. */
    readonly unknownCredential: boolean;
    /** With the code `other_browser`: the code to type where the user asked for the mail. */
    readonly codeToType: string | undefined;
    constructor(code: Code, { status, detail, errors, retryAfter, requestId, secondFactor, unknownCredential, codeToType, cause, }?: Parts);
    /** Returns the fault of one member. */
    field(name: string): FieldError | undefined;
}
/** Parses a refusal. A proxy may have answered in the service's place, in any form. */
export declare const refusal: (response: Response) => Promise<GatehouseError>;
export {};
