/** The input of an operation, by the place where it is sent. */
export type Parts = {
    param?: Record<string, string>;
    query?: Record<string, unknown>;
    json?: unknown;
    form?: Record<string, unknown>;
};
export type CallOptions = {
    signal?: AbortSignal | undefined;
    headers?: Record<string, string>;
    /** Further options for `fetch`. */
    init?: RequestInit;
    /** The `proof` of a log-in or a re-authentication, for one operation that requires full proof. */
    proof?: string | undefined;
    /**
     * The user that the request is meant for. If another user is known to have logged in, it is not sent and fails as
     * `user_changed`.
     */
    expectedUser?: string | undefined;
};
/** A request before authentication is added. */
export type Outgoing = {
    method: string;
    /** The path below the service's URL, with its parameters filled in. */
    path: string;
    query: Record<string, unknown>;
    init: RequestInit & {
        headers: Headers;
    };
    expectedUser: string | undefined;
};
/** Written by hand: the `URLSearchParams` of older React Native versions can only append. */
export declare const searchOf: (query: Record<string, unknown>) => string;
/** @throws TypeError if a path parameter is missing */
export declare const outgoing: (method: string, template: string, { param, query, json, form }: Parts, { signal, headers, init, proof, expectedUser }: CallOptions, own: Record<string, string>) => Outgoing;
