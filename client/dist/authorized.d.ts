export type Tokens = {
    accessToken: string;
    refreshToken: string;
};
/** Where tokens are kept between requests. `set` with undefined forgets them. */
export type TokenStore = {
    get: () => Tokens | undefined | Promise<Tokens | undefined>;
    set: (tokens: Tokens | undefined) => void | Promise<void>;
};
/** Where that is kept which makes this device a known one: over log-outs, and apart from what they forget. It opens nothing. */
export type DeviceStore = {
    get: () => string | undefined | Promise<string | undefined>;
    set: (device: string) => void | Promise<void>;
};
export type Fetch = (input: string, init: RequestInit) => Promise<Response>;
export type Needs = {
    url: string;
    tokens: TokenStore | undefined;
    device: DeviceStore | undefined;
    onSignedOut: (() => void) | undefined;
    fetch: Fetch;
};
/**
 * `fetch` that says who asks, and that throws {@link GatehouseError} for every reply but a success. Where the access
 * token has expired it refreshes once, for all requests that wait, and sends each of them once more.
 */
export declare const authorized: ({ url, tokens, device, onSignedOut, fetch: send }: Needs) => Fetch;
