import { createDocument } from 'zod-openapi'
import { aliases } from '../aliases.ts'
import { documentOrigin } from '../routes/assets.ts'
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
import { info } from './info.ts'
import { logIn } from './log-in.ts'
import { logInCodes } from './log-in-codes.ts'
import { logInEnrolments } from './log-in-enrolments.ts'
import { mailDirectory } from './mail-directory.ts'
import { mailLogIns } from './mail-log-ins.ts'
import { describe, type Group, type Operation } from './operation.ts'
import { overrides } from './overrides.ts'
import { ownSessions } from './own-sessions.ts'
import { passkeyLogIns } from './passkey-log-ins.ts'
import { passkeys } from './passkeys.ts'
import { passwordChanges } from './password-changes.ts'
import { passwordRemovals } from './password-removals.ts'
import { Problem } from './problem-schema.ts'
import { problemExamples, problemResponses } from './problems.ts'
import { profiles } from './profiles.ts'
import { reauthentication } from './reauthentication.ts'
import { registration } from './registration.ts'
import { service } from './service.ts'
import { sessions } from './sessions.ts'
import { tags } from './tags.ts'
import { trustedDevices } from './trusted-devices.ts'
import { userDirectory } from './user-directory.ts'
import { verification } from './verification.ts'
import { wayBack } from './way-back.ts'

/** The order of operations within a tag. */
const groups: Group[] = [
  registration,
  firstAdmin,
  verification,
  logIn,
  logInCodes,
  logInEnrolments,
  mailLogIns,
  passkeyLogIns,
  sessions,
  reauthentication,
  profiles,
  avatars,
  emailChanges,
  wayBack,
  passwordChanges,
  passwordRemovals,
  factors,
  passkeys,
  accountDeletion,
  ownSessions,
  trustedDevices,
  factorRecovery,
  dataExport,
  userDirectory,
  administration,
  auditTrail,
  auditArchive,
  mailDirectory,
  advice,
  service,
]

/** Every operation with its tag. */
const operations = groups.flatMap((group) =>
  Object.entries(group.operations).map(([key, operation]) => ({ key, tag: operation.tag ?? group.tag, operation })),
)

const olderPaths = Map.groupBy(Object.keys(aliases), (older) => aliases[older])

/** Adds the paths of the same operation in older APIs. */
const withOlderPaths = (path: string, operation: Operation): Operation => {
  const older = olderPaths.get(path)?.map((alias) => `\`${alias}\``)
  return older
    ? { ...operation, description: `${operation.description}\n\nOlder paths: ${older.join(', ')}.` }
    : operation
}

const paths = () => {
  const all: Record<string, Record<string, ReturnType<typeof describe>>> = {}
  for (const { name } of tags)
    for (const { key, tag, operation } of operations.filter((one) => one.tag === name)) {
      const [method, path] = key.split(' ') as [string, string]
      all[path] = { ...all[path], [method.toLowerCase()]: describe(method, path, tag, withOlderPaths(path, operation)) }
    }
  return all
}

const refsOf = (all: ReturnType<typeof paths>) =>
  Object.values(all)
    .flatMap((item) => Object.values(item))
    .flatMap(({ responses }) => Object.values(responses))
    .flatMap((reply) => ('$ref' in reply ? [reply.$ref] : []))

/**
 * Generates the OpenAPI 3.1 document from the schemas that validate requests. Runs in Node and is not part of the
 * Worker.
 */
export const openApiDocument = (version: string) => {
  const all = paths()
  const responses = problemResponses(refsOf(all))
  return createDocument(
    {
      openapi: '3.1.0',
      info: { ...info, version },
      servers: [
        { url: documentOrigin, description: 'The service: its `APP_URL`, if the service serves this document.' },
      ],
      tags: [...tags],
      paths: all,
      components: {
        schemas: { Problem },
        responses,
        examples: problemExamples(Object.values(responses)),
        parameters: {
          Bookmark: {
            name: 'Gatehouse-Bookmark',
            in: 'header',
            description:
              'If `REPLICA_READS` is on: the bookmark of the last write, so that the reply includes it; or `primary`, so that no replica answers. An invalid value counts as `primary`.',
            schema: { type: 'string' },
          },
          Proof: {
            name: 'Gatehouse-Proof',
            in: 'header',
            description:
              'Full proof instead of the password: the `proof` of a log-in (5 minutes) or of a re-authentication (1 minute) of this session. Valid for one request.',
            schema: { type: 'string' },
          },
          Device: {
            name: 'Gatehouse-Device',
            in: 'header',
            description:
              "The last `device_token` of this device, for clients without cookies. Strangers' wrong passwords then do not count against this device. The header wins over the cookie `device`. An invalid value counts as none.",
            schema: { type: 'string' },
          },
          Trust: {
            name: 'Gatehouse-Trust',
            in: 'header',
            description:
              'The `trust_token` of this device, for clients without cookies: a log-in by password then needs no second factor. The header wins over the cookie `trust`. An invalid value counts as none.',
            schema: { type: 'string' },
          },
        },
        headers: {
          'WWW-Authenticate': {
            description: 'RFC 6750 §3: `Bearer`, with `error="invalid_token"` if the request had an invalid token.',
            schema: { type: 'string' },
          },
          'Gatehouse-Bookmark': {
            description:
              'If `REPLICA_READS` is on: the state of the database after this write. Opaque. Sent back with `GET /api/user/profile` and `GET /api/user/sessions`, it makes them see the write. Browsers also get it as the cookie `bookmark`.',
            schema: { type: 'string' },
          },
          'Retry-After': { description: 'Whole seconds to wait.', schema: { type: 'integer' } },
        },
        securitySchemes: {
          // First, because /docs offers the first one.
          passwordFlow: {
            type: 'oauth2',
            description: 'Log in here with e-mail (as `username`) and password. Leave the client id and secret empty.',
            flows: { password: { tokenUrl: '/api/auth/login', scopes: {} } },
          },
          bearerAuth: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'An access token, in the header `Authorization: Bearer …`. It wins over the cookie.',
          },
          cookieAuth: {
            type: 'apiKey',
            in: 'cookie',
            name: 'token',
            description:
              'The access token as an HttpOnly cookie: `token` over http (localhost), `__Host-token` over https.',
          },
        },
      },
    },
    { override: overrides },
  )
}
