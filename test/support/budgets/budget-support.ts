import type { World } from '../app/population.ts'
import { linkIn, type TestApp } from '../app/support.ts'
import type { budgets } from './budgets.ts'

/** What is sent. Its method and path are the operation's, but where that has a parameter or a query is needed. */
export type Sent = NonNullable<Parameters<TestApp['cost']>[1]> & { path?: string; app?: TestApp }

/** Arranges all that the request needs, before anything is counted. */
export type Request = (world: World) => Promise<Sent> | Sent

type Budgets = typeof budgets

/** The operations with cases of their own; the others are another name of one of these. */
export type Operation = { [O in keyof Budgets]: Budgets[O] extends string ? never : O }[keyof Budgets]

/** A request for every row of the table. */
export type Requests = { [O in Operation]: Record<keyof Budgets[O] & string, Request> }

export const newPassword = 'another fine passphrase'

/** Of no link, and long enough to look like one. */
export const forgedLink = { json: { token: `${'A'.repeat(22)}.${'A'.repeat(43)}` } }

export const forged = (token: string) => `${token.slice(0, -2)}${token.endsWith('AA') ? 'BB' : 'AA'}`

/** The link of the newest mail to an address, as a body. */
export const linkTo = ({ app }: World, address: string) => ({ json: { token: linkIn(app, address) } })
