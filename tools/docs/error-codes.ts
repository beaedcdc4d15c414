import { sentences } from '../../client/sentences.ts'
import { errorCodes, errorList } from '../../src/domain/problems.ts'
import { madePart } from './generated-section.ts'

/** Makes the tables of docs/reference/errors.md: the codes of the service, and those that the typed client adds. */

const textTable = (rows: string[][]) =>
  [rows[0]!, rows[0]!.map(() => '---'), ...rows.slice(1)].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** The client's own codes, which no reply has, each with its sentence. */
const ofTheClient = Object.entries(sentences).filter(([code]) => !(errorCodes as readonly string[]).includes(code))

const make = () =>
  [
    '## Codes of the service',
    textTable([
      ['Code', 'Status', 'Sentence in `detail`', 'What a client does'],
      ...errorList().map(({ code, status, detail, advice }) => [`\`${code}\``, `${status}`, detail, advice]),
    ]),
    '## Codes of the typed client',
    'The service never sends these; `GatehouseError` carries them.',
    textTable([['Code', 'Sentence'], ...ofTheClient.map(([code, sentence]) => [`\`${code}\``, sentence])]),
  ].join('\n\n')

export const errorPage = madePart('docs/reference/errors.md', 'tools/docs/error-codes.ts', make)

if (import.meta.main) errorPage.write()
