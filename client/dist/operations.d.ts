import type { Api } from './api.ts';
/** The input and output of a path's method. */
type Endpoint = {
    input: object;
    output: unknown;
};
/** `POST /api/auth/login`: every operation of the service. */
export type Operation = {
    [P in keyof Api]: {
        [M in keyof Api[P]]: M extends `$${infer Method}` ? `${Uppercase<Method>} ${P}` : never;
    }[keyof Api[P]];
}[keyof Api];
export type EndpointOf<O extends Operation> = O extends `${infer Method} ${infer P extends keyof Api}` ? Api[P][`$${Lowercase<Method>}` & keyof Api[P]] & Endpoint : never;
/** Whether a request is one of these operations, none of which has a path parameter. */
export declare const among: (...operations: Operation[]) => ({ method, path }: {
    method: string;
    path: string;
}) => boolean;
export {};
