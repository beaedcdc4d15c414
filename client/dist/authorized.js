import { GatehouseError, refusal } from './errors.js';
/**
 * A refresh serves every request that waits for it, so it ends by itself and not with one of them. An answer that does
 * not come is asked for once more: both fit into the 30 seconds in which the service gives the same one again.
 */
const refreshMilliseconds = 10_000;
/** What a write leaves and a read brings back, where replicas answer: so a read shows what was written. */
const bookmarkHeader = 'Gatehouse-Bookmark';
/** Operations whose reply holds new tokens. */
const givesTokens = /\/api\/auth\/(?:login|refresh|reauthenticate)$/;
/** Operations whose reply makes this device a known one, and those that ask whether it is. */
const givesDevice = /\/api\/(?:auth\/(?:login|reset-password)|user\/change-password)$/;
const asksDevice = /\/api\/(?:auth\/(?:login|refresh|reset-password)|user\/change-password)$/;
/** Operations that say 401 of what was sent, and not of the session. */
const speaksOfBody = /\/api\/auth\/(?:login|refresh|logout)$/;
const endsSession = /\/api\/auth\/logout$/;
const deletesAccount = /\/api\/user\/(?:account|profile)$/;
/** Rejects when the signal does. What the promise stands for goes on for others. */
const abortable = async (promise, signal) => {
    if (!signal)
        return promise;
    if (signal.aborted)
        throw signal.reason;
    let abort = () => { };
    const aborted = new Promise((_, reject) => {
        abort = () => reject(signal.reason);
    });
    signal.addEventListener('abort', abort);
    return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', abort));
};
/** Aborts what takes longer. React Native has no `AbortSignal.timeout`. */
const inTime = async (milliseconds, work) => {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(new Error('no answer in time')), milliseconds);
    try {
        return await work(controller.signal);
    }
    finally {
        clearTimeout(timer);
    }
};
/**
 * `fetch` that says who asks, and that throws {@link GatehouseError} for every reply but a success. Where the access
 * token has expired it refreshes once, for all requests that wait, and sends each of them once more.
 */
export const authorized = ({ url, tokens, device = inMemory(), onSignedOut, fetch: send }) => {
    const lock = `gatehouse ${url}`;
    const shared = sharedMark(lock);
    let pending;
    /** Refreshes that ended this client's session. */
    let ended = 0;
    /** That of the last write. Where the tokens are cookies, it is one as well. */
    let bookmark = null;
    const attempt = async (input, init, accessToken) => {
        const headers = new Headers(init.headers);
        if (tokens && asksDevice.test(input.split('?')[0])) {
            const known = await device.get();
            if (known)
                headers.set('Gatehouse-Device', known);
        }
        if (accessToken && !headers.has('Authorization'))
            headers.set('Authorization', `Bearer ${accessToken}`);
        if (bookmark && init.method === 'GET' && !headers.has(bookmarkHeader))
            headers.set(bookmarkHeader, bookmark);
        // A Worker's fetch has no `credentials`, and bearer tokens need none.
        const credentials = tokens ? {} : { credentials: 'include' };
        try {
            const response = await send(input, { ...credentials, ...init, headers });
            if (tokens)
                bookmark = response.headers.get(bookmarkHeader) ?? bookmark;
            return response;
        }
        catch (cause) {
            if (init.signal?.aborted)
                throw cause;
            throw new GatehouseError('unreachable', { detail: 'The service cannot be reached.', cause });
        }
    };
    /** What tells whether somebody refreshed between two looks: the access token, or a mark that tabs share. */
    const present = async () => (tokens ? (await tokens.get())?.accessToken : shared.read());
    const keep = async (response) => {
        const { access_token, refresh_token } = (await response.clone().json());
        if (access_token && refresh_token)
            await tokens?.set({ accessToken: access_token, refreshToken: refresh_token });
    };
    const signOut = async () => {
        ended++;
        await tokens?.set(undefined);
        onSignedOut?.();
        return false;
    };
    const refresh = async (seen, endedBefore) => {
        if (ended !== endedBefore)
            return false;
        const held = await tokens?.get();
        if (tokens && !held)
            return false;
        if ((await present()) !== seen)
            return true;
        const json = JSON.stringify(held ? { refresh_token: held.refreshToken } : {});
        const ask = () => inTime(refreshMilliseconds, (signal) => attempt(`${url.replace(/\/+$/, '')}/api/auth/refresh${transport('')}`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: json,
            signal,
        }));
        const response = await ask()
            .catch(ask)
            .catch((error) => {
            if (error instanceof GatehouseError)
                throw error;
            throw new GatehouseError('unreachable', { detail: 'The service did not answer in time.', cause: error });
        });
        if (!response.ok) {
            const problem = await refusal(response);
            if (problem.code === 'invalid_token')
                return signOut();
            throw problem;
        }
        await keep(response);
        shared.write();
        return true;
    };
    /** One refresh at a time: in this client by the promise, among tabs by a lock. */
    const refreshOnce = (seen, endedBefore) => {
        if (!pending) {
            pending = exclusively(lock, () => refresh(seen, endedBefore)).finally(() => {
                pending = undefined;
            });
            // Everybody who waits may have gone.
            pending.catch(() => { });
        }
        return pending;
    };
    /** Tokens go where scripts cannot read them unless this client is the one to keep them. */
    const transport = (query) => {
        const parameters = new URLSearchParams(query);
        if (!parameters.has('transport'))
            parameters.set('transport', tokens ? 'body' : 'cookie');
        return `?${parameters}`;
    };
    const succeeded = async (path, init, response) => {
        if (init.method === 'DELETE' && response.ok && deletesAccount.test(path))
            await tokens?.set(undefined);
        if (!response.ok)
            throw await refusal(response);
        if (givesTokens.test(path))
            await keep(response);
        if (tokens && givesDevice.test(path)) {
            const { device_token } = (await response.clone().json());
            if (device_token)
                await device.set(device_token);
        }
        return response;
    };
    return async (input, init) => {
        const [path = '', query = ''] = input.split('?');
        const target = givesTokens.test(path) ? path + transport(query) : input;
        const [seen, endedBefore] = [await present(), ended];
        // Whoever logs out is out here, whatever becomes of the request.
        const sent = attempt(target, init, tokens && seen);
        const first = await (endsSession.test(path) ? sent.finally(() => tokens?.set(undefined)) : sent);
        if (first.status !== 401 || speaksOfBody.test(path))
            return succeeded(path, init, first);
        const problem = await refusal(first);
        if (problem.code !== 'not_authenticated' && problem.code !== 'invalid_token')
            throw problem;
        if (!(await abortable(refreshOnce(seen, endedBefore), init.signal)))
            throw problem;
        return succeeded(path, init, await attempt(target, init, tokens && (await present())));
    };
};
const inMemory = () => {
    let kept;
    return {
        get: () => kept,
        set: (device) => {
            kept = device;
        },
    };
};
/** Web Locks reach over tabs and workers of an origin. Where there are none, there are no tabs. */
const exclusively = (name, work) => {
    const locks = globalThis.navigator?.locks;
    return locks ? locks.request(name, work) : work();
};
/** When the cookies were last refreshed, for all tabs to see: none of them can read the cookies. It is no secret. */
const sharedMark = (name) => {
    let own;
    // Node has a `localStorage` that warns when it is touched, and a browser may forbid it.
    const storage = () => (typeof document === 'undefined' ? undefined : localStorage);
    return {
        read: () => {
            try {
                return storage()?.getItem(name) ?? own;
            }
            catch {
                return own;
            }
        },
        write: () => {
            // `crypto.randomUUID` is missing in React Native and on pages without TLS.
            own = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
            try {
                storage()?.setItem(name, own);
            }
            catch { }
        },
    };
};
