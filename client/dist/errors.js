import { sentences } from './sentences.js';
/** A refusal (RFC 9457), or the failure to get an answer. `message` is a sentence for people. */
export class GatehouseError extends Error {
    name = 'GatehouseError';
    code;
    /** The status of the reply; 0 if there was none. */
    status;
    errors;
    /** Seconds to wait before trying again. */
    retryAfter;
    requestId;
    /** With the codes `second_factor_required` and `enrolment_required`. */
    secondFactor;
    /** With the code `passkey_refused`: the service does not have that passkey. */
    unknownCredential;
    /** With the code `other_browser`: the code to type where the user asked for the mail. */
    codeToType;
    constructor(code, { status = 0, detail = sentences[code], errors = [], retryAfter, requestId, secondFactor, unknownCredential = false, codeToType, cause, } = {}) {
        super(detail, { cause });
        this.code = code;
        this.status = status;
        this.errors = errors;
        this.retryAfter = retryAfter;
        this.requestId = requestId;
        this.secondFactor = secondFactor;
        this.unknownCredential = unknownCredential;
        this.codeToType = codeToType;
    }
    /** Returns the fault of one member. */
    field(name) {
        return this.errors.find((error) => error.field === name);
    }
}
const seconds = (response) => {
    const value = response.headers.get('Retry-After');
    return value !== null && /^\d+$/.test(value) ? Number(value) : undefined;
};
/** Parses a refusal. A proxy may have answered in the service's place, in any form. */
export const refusal = async (response) => {
    const { status } = response;
    const retryAfter = seconds(response);
    try {
        const { code, detail, errors, request_id, challenge, methods, trust_days, ...more } = JSON.parse(await response.text());
        if (typeof code === 'string')
            return new GatehouseError(code, {
                status,
                detail,
                errors,
                retryAfter,
                requestId: request_id,
                secondFactor: Array.isArray(methods) ? { challenge, methods, trustDays: trust_days } : undefined,
                unknownCredential: more.unknown_credential === true,
                codeToType: more.code_to_type,
            });
    }
    catch { }
    return new GatehouseError('unexpected_reply', { status, retryAfter });
};
