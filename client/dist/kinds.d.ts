import type { Outgoing } from './requests.ts';
/** What the client itself must know about some operations. */
export declare const isLogIn: ({ method, path }: {
    method: string;
    path: string;
}) => boolean;
export declare const isLogOut: ({ method, path }: {
    method: string;
    path: string;
}) => boolean;
export declare const changesPassword: ({ method, path }: {
    method: string;
    path: string;
}) => boolean;
export declare const takesTransport: (request: Outgoing) => boolean;
/** Whether the reply has the next tokens of the session. */
export declare const givesTokens: (request: Outgoing) => boolean;
export declare const resetsPassword: ({ method, path }: {
    method: string;
    path: string;
}) => boolean;
/** Whether the operation distinguishes known devices. */
export declare const asksDevice: (request: Outgoing) => boolean;
export declare const deletesAccount: ({ method, path }: {
    method: string;
    path: string;
}) => boolean;
export declare const saysWho: ({ method, path }: {
    method: string;
    path: string;
}) => boolean;
/** Whether a 401 is about the body and not about the session. */
export declare const speaksOfBody: (request: Outgoing) => boolean;
/** Whether the operation acts on the signed-in user. */
export declare const isOwn: ({ path }: Outgoing) => boolean;
export declare const acts: (request: Outgoing) => boolean;
