import type { Outgoing } from './requests.ts';
/** What the client itself has to know of an operation. */
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
export declare const takesTransport: ({ method, path }: {
    method: string;
    path: string;
}) => boolean;
export declare const resetsPassword: ({ method, path }: {
    method: string;
    path: string;
}) => boolean;
/** Whether this device is a known one counts here. */
export declare const asksDevice: (request: Outgoing) => boolean;
export declare const deletesAccount: ({ method, path }: {
    method: string;
    path: string;
}) => boolean;
export declare const saysWho: ({ method, path }: {
    method: string;
    path: string;
}) => boolean;
/** Says 401 of what was sent, and not of the session. */
export declare const speaksOfBody: (request: Outgoing) => boolean;
/** Works on whoever is signed in. */
export declare const isOwn: ({ path }: Outgoing) => boolean;
export declare const acts: (request: Outgoing) => boolean;
