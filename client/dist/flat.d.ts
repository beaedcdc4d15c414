import type { EndpointOf, Operation } from './operations.ts';
import type { CallOptions, Parts } from './requests.ts';
type Part<Input, Name extends string> = Input extends {
    [N in Name]: infer Members;
} ? Members : unknown;
/** A query is text; here numbers and booleans are what they are. */
type Loose<T> = {
    [K in keyof T]: [Exclude<T[K], undefined>] extends ['true' | 'false'] ? boolean | T[K] : string extends T[K] ? number | T[K] : T[K];
};
/** One object of what an operation has in path, query and body. The client itself says how tokens travel. */
type Flat<Input> = Part<Input, 'param'> & Loose<Omit<Part<Input, 'query'>, 'transport'>> & Part<Input, 'json'> & Part<Input, 'form'>;
export type InputOf<O extends Operation> = {
    [K in keyof Flat<EndpointOf<O>['input']>]: Flat<EndpointOf<O>['input']>[K];
};
/** The body of the reply, or GatehouseError. */
export type Verb<O extends Operation> = Record<never, never> extends InputOf<O> ? (input?: InputOf<O>, options?: CallOptions) => Promise<EndpointOf<O>['output']> : (input: InputOf<O>, options?: CallOptions) => Promise<EndpointOf<O>['output']>;
export type Verbs<Table extends Record<string, Operation>> = {
    [Name in keyof Table]: Verb<Table[Name]>;
};
export type Call = (method: string, path: string, parts: Parts, options: CallOptions) => Promise<Response>;
export declare const flat: <Table extends Record<string, Operation>>(table: Table, forms: readonly Operation[], call: Call) => Verbs<Table>;
export {};
