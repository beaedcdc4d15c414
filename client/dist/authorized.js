import { GatehouseError, refusal } from './errors.js';
import { acts, asksDevice, changesPassword, deletesAccount, isLogIn, isLogOut, isOwn, resetsPassword, saysWho, speaksOfBody, takesTransport, } from './kinds.js';
import { marksOfTabs, marksOfTokens } from './marks.js';
import { searchOf } from './requests.js';
import { abortable, exclusively, inTime } from './timing.js';
import { users } from './users.js';
/**
 * A refresh serves every request that waits for it, so it ends by itself and not with one of them. An answer that does
 * not come is asked for once more: both fit into the 30 seconds in which the service gives the same one again.
 */
const refreshMilliseconds = 10_000;
/** What a write leaves and a read brings back, where replicas answer: so a read shows what was written. */
const bookmarkHeader = 'Gatehouse-Bookmark';
/**
 * `fetch` that says who asks, and that throws {@link GatehouseError} for every reply but a success. Where the access
 * token has expired it refreshes once, for all requests that wait, and sends each of them once more.
 */
export const authorized = ({ url, tokens, device, fetch, onSignedOut, onUserChanged }) => {
    const base = url.replace(/\/+$/, '');
    const lock = `gatehouse ${url}`;
    const marks = tokens ? marksOfTokens(tokens) : marksOfTabs(lock, (mark) => who.notice(mark));
    const begin = tokens ? undefined : (marks.read().user ?? null);
    const who = users(marks, { onSignedOut, onUserChanged }, begin);
    let pending;
    /** Refreshes that ended this client's session. */
    let ended = 0;
    /** That of the last write. Where the tokens are cookies, it is one as well. */
    let bookmark = null;
    const attempt = async (request, { turn }) => {
        const headers = new Headers(request.init.headers);
        if (tokens && asksDevice(request)) {
            const known = await device.get();
            if (known)
                headers.set('Gatehouse-Device', known);
        }
        if (tokens && turn && !headers.has('Authorization'))
            headers.set('Authorization', `Bearer ${turn}`);
        if (bookmark && request.method === 'GET' && !headers.has(bookmarkHeader))
            headers.set(bookmarkHeader, bookmark);
        // Tokens go where scripts cannot read them unless this client is the one to keep them.
        const transport = takesTransport(request) ? { transport: tokens ? 'body' : 'cookie' } : {};
        // A Worker's fetch has no `credentials`, and bearer tokens need none.
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
    /** Keeps what a success says of tokens and users. */
    const learn = async (request, response, mark) => {
        if (deletesAccount(request)) {
            await tokens?.set(undefined);
            who.left();
        }
        else if (isOwn(request))
            who.showed(mark);
        const gives = takesTransport(request) || changesPassword(request);
        if (!gives && !resetsPassword(request) && !saysWho(request))
            return response;
        const body = (await response.clone().json());
        if (tokens && body.device_token)
            await device.set(body.device_token);
        if (saysWho(request) && body.id !== undefined)
            who.learned(body.id, mark);
        if (!gives)
            return response;
        const { access_token: accessToken, refresh_token: refreshToken } = body;
        const userId = body.user?.id ?? mark.user ?? undefined;
        if (accessToken && refreshToken)
            await tokens?.set({ accessToken, refreshToken, ...(userId && { userId }) });
        if (isLogIn(request) && body.user)
            who.loggedIn(body.user.id);
        else
            who.turned(body.user?.id, mark);
        return response;
    };
    const signOut = async () => {
        ended++;
        await tokens?.set(undefined);
        who.ended();
        return false;
    };
    const refresh = async (seen, endedBefore) => {
        if (ended !== endedBefore)
            return false;
        const held = await tokens?.get();
        if (tokens && !held)
            return false;
        const mark = await marks.read();
        if (mark.turn !== seen)
            return true;
        const request = {
            method: 'POST',
            path: '/api/auth/refresh',
            query: {},
            init: {
                method: 'POST',
                headers: new Headers({ 'Content-Type': 'application/json' }),
                body: JSON.stringify(held ? { refresh_token: held.refreshToken } : {}),
            },
            expectedUser: undefined,
        };
        const ask = () => inTime(refreshMilliseconds, (signal) => 
        // The access token has expired, and the refresh token says who asks.
        attempt({ ...request, init: { ...request.init, signal } }, { ...mark, turn: undefined }));
        const response = await ask()
            .catch(ask)
            .catch((cause) => {
            throw cause instanceof GatehouseError ? cause : new GatehouseError('unreachable', { cause });
        });
        if (response.ok) {
            await learn(request, response, mark);
            return true;
        }
        const problem = await refusal(response);
        if (problem.code !== 'invalid_token')
            throw problem;
        // It may come late: after a log-in, whose tokens hold. Of its cookies the refusal took away the access token.
        const { turn } = await marks.read();
        if (turn === seen)
            return signOut();
        return tokens ? true : refresh(turn, endedBefore);
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
    const logOut = async (request, mark) => {
        try {
            const response = await attempt(request, mark);
            who.left();
            return response;
        }
        finally {
            // Whoever keeps the tokens is out without them, whatever becomes of the request.
            if (tokens) {
                await tokens.set(undefined);
                who.left();
            }
        }
    };
    const look = async (request) => {
        const mark = await marks.read();
        who.notice(mark);
        who.require(request.expectedUser, acts(request), mark);
        return mark;
    };
    const succeeded = async (request, response, mark) => {
        if (!response.ok)
            throw await refusal(response);
        return learn(request, response, mark);
    };
    return {
        send: async (request) => {
            const [mark, endedBefore] = [await look(request), ended];
            const first = await (isLogOut(request) ? logOut(request, mark) : attempt(request, mark));
            if (first.status !== 401 || speaksOfBody(request))
                return succeeded(request, first, mark);
            const problem = await refusal(first);
            if (problem.code !== 'not_authenticated' && problem.code !== 'invalid_token')
                throw problem;
            if (!(await abortable(refreshOnce(mark.turn, endedBefore), request.init.signal)))
                throw problem;
            const next = await look(request);
            return succeeded(request, await attempt(request, next), next);
        },
        /** @throws GatehouseError `not_authenticated` where there is no session to refresh */
        refresh: async () => {
            if (!(await refreshOnce((await marks.read()).turn, ended)))
                throw new GatehouseError('not_authenticated', { status: 401 });
        },
    };
};
