import type { EndpointOf, Operation } from './operations.ts';
import type { CallOptions, Parts } from './requests.ts';
type Part<Input, Name extends string> = Input extends {
    [N in Name]: infer Members;
} ? Members : unknown;
/** Query parameters are text, but callers pass numbers and booleans in their own types. */
type Loose<T> = {
    [K in keyof T]: [Exclude<T[K], undefined>] extends ['true' | 'false'] ? boolean | T[K] : string extends T[K] ? number | T[K] : T[K];
};
/** One object with an operation's path parameters, query and body. The client sets `transport` itself. */
type Flat<Input> = Part<Input, 'param'> & Loose<Omit<Part<Input, 'query'>, 'transport'>> & Part<Input, 'json'> & Part<Input, 'form'>;
export type InputOf<O extends Operation> = {
    [K in keyof Flat<EndpointOf<O>['input']>]: Flat<EndpointOf<O>['input']>[K];
};
/** Resolves to the body of the reply, or throws GatehouseError. */
export type Verb<O extends Operation> = Record<never, never> extends InputOf<O> ? (input?: InputOf<O>, options?: CallOptions) => Promise<EndpointOf<O>['output']> : (input: InputOf<O>, options?: CallOptions) => Promise<EndpointOf<O>['output']>;
export type Verbs<Table extends Record<string, Operation>> = {
    [Name in keyof Table]: Verb<Table[Name]>;
};
export type Call = (method: string, path: string, parts: Parts, options: CallOptions) => Promise<Response>;
export declare const flat: <Table extends Record<string, Operation>>(table: Table, forms: readonly Operation[], call: Call) => Verbs<Table>;
export {};
