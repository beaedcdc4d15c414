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
 * `fetch` that says who asks, and that throws {@link GatehouseError} for every reply but a success. Where the access
 * token has expired it refreshes once, for all requests that wait, and sends each of them once more.
 */
export declare const authorized: ({ url, tokens, device, fetch, onSignedOut, onUserChanged }: Needs) => {
    send: (request: Outgoing) => Promise<Response>;
    /** @throws GatehouseError `not_authenticated` where there is no session to refresh */
    refresh: () => Promise<void>;
};
