import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../cli/lib/process.ts'
import { read } from './markdown.ts'

/**
 * A generated part of a page, between `<!-- made: node tools/… -->` and `<!-- /made -->`. The text around it is written
 * by hand.
 * @param script the path of the script that makes the part: the page contains it, and `npm test` names it if the page is
 * out of date
 */
export const madePart = (path: string, script: string, make: () => string, part?: string) => {
  const opening = `<!-- made: node ${script}${part ? ` (${part})` : ''} -->`
  const closing = '<!-- /made -->'
  const whole = () => {
    const [head, rest] = read(path).split(opening)
    const end = rest?.indexOf(closing) ?? -1
    const tail = rest?.slice(end + closing.length)
    if (head === undefined || end === -1) throw new Error(`${path} has no part that begins with ${opening}`)
    return `${head}${opening}\n${make()}\n${closing}${tail}`
  }
  return {
    /** Returns the faults of the page, a sentence each. */
    faults: (): string[] => (read(path) === whole() ? [] : [`${path} is out of date: node ${script}`]),
    write: () => writeFileSync(join(root, path), whole()),
  }
}

/** Renders a table, head first; all but the first column are numbers. */
export const table = (rows: (string | number)[][]) =>
  [rows[0]!, rows[0]!.map((_, at) => (at === 0 ? '---' : '--:')), ...rows.slice(1)]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
