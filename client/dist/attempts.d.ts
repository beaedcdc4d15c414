import type { Mark } from './marks.ts';
import { type Outgoing } from './requests.ts';
import type { DeviceStore, TokenStore } from './stores.ts';
export type Fetch = (input: string, init: RequestInit) => Promise<Response>;
export type Sending = {
    url: string;
    tokens: TokenStore | undefined;
    device: DeviceStore;
    trust: DeviceStore;
    fetch: Fetch;
};
/** Creates a function that sends a request once, with the tokens, the device and the bookmark of this client. */
export declare const createAttempt: ({ url, tokens, device, trust, fetch }: Sending) => (request: Outgoing, { turn }: Mark) => Promise<Response>;
