import { authorized } from './authorized.js';
import { flat } from './flat.js';
import { outgoing } from './requests.js';
import { routes } from './routes.js';
import { memoryDevice } from './stores.js';
import { adminVerbs, forms, verbs } from './verbs.js';
export { GatehouseError } from './errors.js';
export { pages } from './pages.js';
export { createPasskey, enrolPasskey, logInWithPasskey, passkeysFillFields, passkeysWork, proveWithPasskey, signalPasskeys, } from './passkeys.js';
export { memoryTokens } from './stores.js';
export { words, wordsFor } from './words.js';
/** Creates a client. It refreshes an expired access token by itself. */
export const createClient = (options = {}) => {
    const { url = '/', tokens, device = memoryDevice(), trust = memoryDevice(), headers = {} } = options;
    const { onSignedOut, onUserChanged } = options;
    // The browser's `fetch` throws if it is called as a method of any other object than the global one.
    const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    const { send, refresh } = authorized({ url, tokens, device, trust, onSignedOut, onUserChanged, fetch });
    const call = async (method, path, parts, own) => send(outgoing(method, path, parts, own, headers));
    return { ...flat(verbs, forms, call), refresh, admin: flat(adminVerbs, forms, call), api: routes(call) };
};
/** Returns the body of a reply: `await json(client.api.user.profile.$get())`. */
export const json = async (reply) => (await (await reply).json());
