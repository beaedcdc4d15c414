import { hc } from 'hono/client';
import { authorized } from './authorized.js';
export { GatehouseError } from './errors.js';
/**
 * Hono's `hc` for this service. Every operation resolves with a success or throws `GatehouseError`; an expired access
 * token is refreshed on the way.
 */
export const createClient = ({ url = '/', tokens, device, onSignedOut, fetch, headers = {} } = {}) => {
    // Called as a method of anything but the global object, the browser's fetch refuses to work.
    const send = fetch ?? ((input, init) => globalThis.fetch(input, init));
    const own = authorized({ url, tokens, device, onSignedOut, fetch: send });
    return hc(url, { headers, fetch: own });
};
/** The body of a reply: `await json(client.api.user.profile.$get())`. */
export const json = async (reply) => (await (await reply).json());
/** Tokens in memory: gone with the page or the process. */
export const memoryTokens = (initial) => {
    let tokens = initial;
    return {
        get: () => tokens,
        set: (next) => {
            tokens = next;
        },
    };
};
