import type { Budget } from '../support/budgets/budget.ts'
import type { Operation as FaultOperation } from '../support/faults/fault-world.ts'
import { accountDeletion } from './account-deletion.ts'
import { administration } from './administration.ts'
import { advice } from './advice.ts'
import { auditArchive } from './audit-archive.ts'
import { auditTrail } from './audit-trail.ts'
import { avatars } from './avatars.ts'
import { dataExport } from './data-export.ts'
import { emailChanges } from './email-changes.ts'
import { factorRecovery } from './factor-recovery.ts'
import { factors } from './factors.ts'
import { firstAdmin } from './first-admin.ts'
import { logIn } from './log-in.ts'
import { logInCodes } from './log-in-codes.ts'
import { logInEnrolments } from './log-in-enrolments.ts'
import { mailDirectory } from './mail-directory.ts'
import { mailLogIns } from './mail-log-ins.ts'
import type { Address, Ask, Operations } from './operation.ts'
import { ownSessions } from './own-sessions.ts'
import { passkeyLogIns } from './passkey-log-ins.ts'
import { passkeys } from './passkeys.ts'
import { passwordChanges } from './password-changes.ts'
import { passwordRemovals } from './password-removals.ts'
import { profiles } from './profiles.ts'
import { reauthentication } from './reauthentication.ts'
import { registration } from './registration.ts'
import { service } from './service.ts'
import { sessions } from './sessions.ts'
import { trustedDevices } from './trusted-devices.ts'
import { userDirectory } from './user-directory.ts'
import { verification } from './verification.ts'
import { wayBack } from './way-back.ts'

/** Subjects in the order of docs/reference/costs.md. */
export const subjects = {
  registration,
  firstAdmin,
  verification,
  passwordChanges,
  passwordRemovals,
  logIn,
  logInCodes,
  logInEnrolments,
  mailLogIns,
  passkeyLogIns,
  sessions,
  reauthentication,
  profiles,
  accountDeletion,
  ownSessions,
  factors,
  passkeys,
  trustedDevices,
  factorRecovery,
  dataExport,
  avatars,
  emailChanges,
  wayBack,
  userDirectory,
  administration,
  auditTrail,
  auditArchive,
  mailDirectory,
  advice,
  service,
} satisfies Record<string, Operations>

/** Every operation of the API. A test fails if docs/openapi.json has another one or lacks one. */
export const operations: Operations = Object.assign({}, ...Object.values(subjects))

/** Returns method and path as they are sent. */
export const addressed = (operation: string, { id = '', factor = '', query = '' }: Address = {}) =>
  operation.replace('{factor}', factor).replace(/\{\w+\}/, id) + query

/** The operations that take a mailed link: those with a page at the same path. */
export const ofLinks = Object.keys(operations).filter(
  (operation) => operation.startsWith('POST ') && operations[operation.replace('POST', 'GET')]?.costs?.['its page'],
)

/** The names of the pages of these links. */
export const linkPages = ofLinks.map((operation) => operation.slice('POST /api/auth/'.length))

/** A case of an operation with what it may cost. */
export type Row = { operation: string; what: string; budget: Budget; request: Ask }

/** Every case. An operation that is another name of one (`like`) must keep the first case of that operation. */
export const rows: Row[] = Object.entries(operations).flatMap(([operation, { like, costs }]) =>
  Object.entries(like ? operations[like]!.costs! : costs!)
    .map(([what, { request, ...budget }]) => ({ operation, what, budget, request }))
    .slice(0, like ? 1 : undefined),
)

/** Returns what one case may cost. */
export const budgetOf = (operation: string, what: string): Budget => {
  const found = rows.find((row) => row.operation === operation && row.what === what)
  if (!found) throw new Error(`no case "${what}" of ${operation}`)
  return found.budget
}

/** Returns the requests of a subject whose calls are made to fail. */
export const faultsOf = (subject: Operations): FaultOperation[] =>
  Object.entries(subject).flatMap(([operation, { faults = [] }]) =>
    faults.map(({ name = operation, arrange, ...fault }) => ({
      ...fault,
      name,
      operation,
      arrange: async (app) => {
        const { request, ...shows } = await arrange(app)
        const { id, factor, query, ...call } = request
        return { ...shows, request: { operation: addressed(operation, { id, factor, query }), ...call } }
      },
    })),
  )

export const faults = faultsOf(operations)
