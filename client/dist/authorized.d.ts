import { type Outgoing } from './requests.ts';
import type { DeviceStore, TokenStore } from './stores.ts';
import { type Told } from './users.ts';
export type Fetch = (input: string, init: RequestInit) => Promise<Response>;
export type Needs = Told & {
    url: string;
    tokens: TokenStore | undefined;
    device: DeviceStore;
    fetch: Fetch;
};
/**
 * Returns a `fetch` that authenticates requests and throws {@link GatehouseError} for every reply but a success. If the
 * access token has expired it refreshes once for all waiting requests and sends each of them once more.
 */
export declare const authorized: ({ url, tokens, device, fetch, onSignedOut, onUserChanged }: Needs) => {
    send: (request: Outgoing) => Promise<Response>;
    /** @throws GatehouseError `not_authenticated` if there is no session to refresh */
    refresh: () => Promise<void>;
};
