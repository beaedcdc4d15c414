/** `userId`: the user of the tokens. A store that keeps it lets the client tell users apart. */
export type Tokens = {
    accessToken: string;
    refreshToken: string;
    userId?: string | undefined;
};
/** Where tokens are kept between requests. `set` with undefined removes them. */
export type TokenStore = {
    get: () => Tokens | undefined | Promise<Tokens | undefined>;
    set: (tokens: Tokens | undefined) => void | Promise<void>;
};
/**
 * Where the device token, or the token of a trusted device, is kept: separately, so that it survives log-outs. Neither
 * grants access without the password.
 */
export type DeviceStore = {
    get: () => string | undefined | Promise<string | undefined>;
    set: (device: string) => void | Promise<void>;
};
/** Keeps tokens in memory: they are gone with the page or the process. */
export declare const memoryTokens: (initial?: Tokens) => TokenStore;
export declare const memoryDevice: () => DeviceStore;
