/** What an operation is sent, by where it goes. */
export type Parts = {
    param?: Record<string, string>;
    query?: Record<string, unknown>;
    json?: unknown;
    form?: Record<string, unknown>;
};
export type CallOptions = {
    signal?: AbortSignal | undefined;
    headers?: Record<string, string>;
    /** What `fetch` is given besides. */
    init?: RequestInit;
    /** `proof` of a log-in or a reauthentication, for one operation that asks for full proof. */
    proof?: string | undefined;
    /** Whom this is meant for: refused as `user_changed`, unsent, where another user is known to have logged in. */
    expectedUser?: string | undefined;
};
/** A request before it is known who asks. */
export type Outgoing = {
    method: string;
    /** Below the address of the service, with its parameters filled in. */
    path: string;
    query: Record<string, unknown>;
    init: RequestInit & {
        headers: Headers;
    };
    expectedUser: string | undefined;
};
/** By hand: older React Native has a `URLSearchParams` that only appends. */
export declare const searchOf: (query: Record<string, unknown>) => string;
/** @throws TypeError for a parameter of the path that is missing */
export declare const outgoing: (method: string, template: string, { param, query, json, form }: Parts, { signal, headers, init, proof, expectedUser }: CallOptions, own: Record<string, string>) => Outgoing;
