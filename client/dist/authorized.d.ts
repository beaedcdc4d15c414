import { type Sending } from './attempts.ts';
import type { Outgoing } from './requests.ts';
import { type Told } from './users.ts';
export type Needs = Told & Sending;
/**
 * Returns `send`, which authenticates requests and throws {@link GatehouseError} for every reply but a success, and
 * `refresh`. If the access token has expired, `send` refreshes once for all waiting requests and sends each of them
 * once more.
 */
export declare const authorized: ({ onSignedOut, onUserChanged, ...sending }: Needs) => {
    send: (request: Outgoing) => Promise<Response>;
    /** @throws GatehouseError `not_authenticated` if there is no session to refresh */
    refresh: () => Promise<void>;
};
