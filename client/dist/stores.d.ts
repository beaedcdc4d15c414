/** `userId`: whose they are. A store that keeps it lets the client tell users apart. */
export type Tokens = {
    accessToken: string;
    refreshToken: string;
    userId?: string | undefined;
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
/** Tokens in memory: gone with the page or the process. */
export declare const memoryTokens: (initial?: Tokens) => TokenStore;
export declare const memoryDevice: () => DeviceStore;
