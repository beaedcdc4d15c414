import type { EndpointOf, Operation } from './operations.ts'
import type { CallOptions, Parts } from './requests.ts'

type Part<Input, Name extends string> = Input extends { [N in Name]: infer Members } ? Members : unknown

/** Query parameters are text, but callers pass numbers and booleans in their own types. */
type Loose<T> = {
  [K in keyof T]: [Exclude<T[K], undefined>] extends ['true' | 'false']
    ? boolean | T[K]
    : string extends T[K]
      ? number | T[K]
      : T[K]
}

/** One object with an operation's path parameters, query and body. The client sets `transport` itself. */
type Flat<Input> = Part<Input, 'param'> &
  Loose<Omit<Part<Input, 'query'>, 'transport'>> &
  Part<Input, 'json'> &
  Part<Input, 'form'>

export type InputOf<O extends Operation> = {
  [K in keyof Flat<EndpointOf<O>['input']>]: Flat<EndpointOf<O>['input']>[K]
}

/** Resolves to the body of the reply, or throws GatehouseError. */
export type Verb<O extends Operation> =
  Record<never, never> extends InputOf<O>
    ? (input?: InputOf<O>, options?: CallOptions) => Promise<EndpointOf<O>['output']>
    : (input: InputOf<O>, options?: CallOptions) => Promise<EndpointOf<O>['output']>

export type Verbs<Table extends Record<string, Operation>> = { [Name in keyof Table]: Verb<Table[Name]> }

export type Call = (method: string, path: string, parts: Parts, options: CallOptions) => Promise<Response>

const isPlain = (value: object) => [Object.prototype, null].includes(Object.getPrototypeOf(value))

/** Sorts the members: path parameters go into the path, the others into the query of a GET, a form or JSON. */
const partsOf = (name: string, operation: Operation, input: Record<string, unknown>, form: boolean): Parts => {
  // A button passes its event if somebody writes `onClick={auth.logOut}`.
  if (!isPlain(input)) throw new TypeError(`${name} takes a plain object`)
  const [method, path] = operation.split(' ') as [string, string]
  const named = [...path.matchAll(/:(\w+)/g)].map(([, parameter]) => parameter!)
  const param = Object.fromEntries(named.map((parameter) => [parameter, input[parameter] as string]))
  const rest = Object.fromEntries(Object.entries(input).filter(([member]) => !named.includes(member)))
  if (method === 'GET') return { param, query: rest }
  if (form) return { param, form: rest }
  return method === 'DELETE' && Object.keys(rest).length === 0 ? { param } : { param, json: rest }
}

export const flat = <Table extends Record<string, Operation>>(
  table: Table,
  forms: readonly Operation[],
  call: Call,
): Verbs<Table> => {
  const verb =
    (name: string, operation: Operation) =>
    async (input: Record<string, unknown> = {}, options: CallOptions = {}) => {
      const [method, path] = operation.split(' ') as [string, string]
      const response = await call(method, path, partsOf(name, operation, input, forms.includes(operation)), options)
      return response.json()
    }
  return Object.fromEntries(
    Object.entries(table).map(([name, operation]) => [name, verb(name, operation)]),
  ) as Verbs<Table>
}
