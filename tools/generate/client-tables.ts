import { problems } from '../../src/domain/problems.ts'
import { openApiDocument } from '../../src/openapi/document.ts'

/**
 * The tables of the typed client that are generated from the service: a verb for each operation, and a sentence for
 * each code.
 */

/** Operations without a verb: they exist under another method or path, or the client calls them by itself. */
export const withoutVerb: Record<string, string> = {
  logOutByGet: 'logOut, for a link: cookies authenticate it, and it redirects a browser',
  replaceProfile: 'updateProfile',
  deleteProfile: 'deleteAccount',
  replacePassword: 'changePassword',
  replaceAvatar: 'uploadAvatar',
  putUser: 'updateUser',
  refresh: 'the client refreshes when it has to, once for all waiting calls; its `refresh` does it at once',
}

type Documented = {
  operationId?: string
  summary?: string
  requestBody?: { content?: Record<string, unknown> }
  responses?: Record<string, { content?: Record<string, unknown> }>
}

/** Returns every operation below /api, and whether it answers with a page. */
export const operations = () =>
  Object.entries(openApiDocument('').paths ?? {})
    .filter(([path]) => path.startsWith('/api/'))
    .flatMap(([path, item]) =>
      Object.entries(item as Record<string, Documented>).map(([method, { operationId: id = '', ...said }]) => ({
        id,
        operation: `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
        summary: said.summary ?? '',
        isForm: 'multipart/form-data' in (said.requestBody?.content ?? {}),
        isPage: 'text/html' in (said.responses?.[200]?.content ?? {}),
      })),
    )

type Row = ReturnType<typeof operations>[number]

const table = (name: string, rows: Row[]) => `export const ${name} = {
${rows.map(({ id, operation, summary }) => `  /** ${summary}. */\n  ${id}: '${operation}',`).join('\n')}
} as const satisfies Record<string, Operation>
`

/** client/verbs.ts */
export const verbsModule = () => {
  const rows = operations().filter(({ id, isPage }) => !isPage && !(id in withoutVerb))
  const isAdmins = ({ operation }: Row) => operation.includes(' /api/admin/')
  return `// Generated from src/openapi by \`npm run client\`.

import type { Operation } from './operations.ts'

${table(
  'verbs',
  rows.filter((row) => !isAdmins(row)),
)}
${table('adminVerbs', rows.filter(isAdmins))}
/** Operations that take a form with a file. */
export const forms: readonly Operation[] = [${rows
    .filter(({ isForm }) => isForm)
    .map(({ operation }) => `'${operation}'`)
    .join(', ')}]
`
}

/** Sentences for the client's own codes. */
const ownSentences = {
  unreachable: 'The service cannot be reached. Check the connection and try again.',
  unexpected_reply: 'Something went wrong on the way to the service. Try again in a moment.',
  user_changed: 'Somebody else has logged in in the meantime. Nothing was changed. Load this page again.',
}

/** client/sentences.ts */
export const sentencesModule = () => {
  const all = [...Object.entries(problems).map(([code, { detail }]) => [code, detail]), ...Object.entries(ownSentences)]
  return `// Generated from src/domain/problems.ts by \`npm run client\`.

import type { Code } from './errors.ts'

/** A sentence for people, in English, about every code. */
export const sentences = {
${all.map(([code, sentence]) => `  ${code}: ${JSON.stringify(sentence)},`).join('\n')}
} as const satisfies Record<Code, string>
`
}
