import { GatehouseError } from './errors.js';
import { asksDevice, isLogIn, takesTransport } from './kinds.js';
import { searchOf } from './requests.js';
/** Under REPLICA_READS, a write returns this and a later read sends it back, so that the read sees the write. */
const bookmarkHeader = 'Gatehouse-Bookmark';
/** Creates a function that sends a request once, with the tokens, the device and the bookmark of this client. */
export const createAttempt = ({ url, tokens, device, trust, fetch }) => {
    const base = url.replace(/\/+$/, '');
    /** The bookmark of the last write. With cookies, it is also a cookie. */
    let bookmark = null;
    return async (request, { turn }) => {
        const headers = new Headers(request.init.headers);
        if (tokens && asksDevice(request)) {
            const known = await device.get();
            if (known)
                headers.set('Gatehouse-Device', known);
        }
        if (tokens && isLogIn(request)) {
            const trusted = await trust.get();
            if (trusted)
                headers.set('Gatehouse-Trust', trusted);
        }
        if (tokens && turn && !headers.has('Authorization'))
            headers.set('Authorization', `Bearer ${turn}`);
        if (bookmark && request.method === 'GET' && !headers.has(bookmarkHeader))
            headers.set(bookmarkHeader, bookmark);
        // Tokens go where scripts cannot read them, unless this client keeps them.
        const transport = takesTransport(request) ? { transport: tokens ? 'body' : 'cookie' } : {};
        // `fetch` in Workers has no `credentials`, and bearer tokens do not need it.
        const credentials = tokens ? {} : { credentials: 'include' };
        const target = base + request.path + searchOf({ ...transport, ...request.query });
        try {
            const response = await fetch(target, { ...credentials, ...request.init, headers });
            if (tokens)
                bookmark = response.headers.get(bookmarkHeader) ?? bookmark;
            return response;
        }
        catch (cause) {
            if (request.init.signal?.aborted)
                throw cause;
            throw new GatehouseError('unreachable', { cause });
        }
    };
};
