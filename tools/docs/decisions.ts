import { basename } from 'node:path'
import { pages, rows } from './markdown.ts'

/** Checks that each decision has a number of its own in its name, a date, a status, and a matching row in the index. */

const folder = 'docs/decisions/'
const index = `${folder}README.md`

const stated = /^# .+\n\nDate: (\d{4}-\d\d-\d\d)\. Status: (accepted|replaced by \[(\d{4})\]\(\3-[\w-]+\.md\))\.\n/

export const decisions = () => {
  const files = pages.filter(({ path }) => path.startsWith(folder) && path !== index)
  const listed = rows(index).map(([number = '', link = '', , date = '', status = '']) => ({
    number,
    file: /\]\(([^)]+)\)/.exec(link)?.[1],
    date,
    status,
  }))
  const faults = files.flatMap(({ path, text }) => {
    const name = basename(path)
    const number = name.slice(0, 4)
    if (!/^\d{4}-/.test(name) || files.filter((file) => basename(file.path).startsWith(number)).length > 1)
      return `${path}: a decision begins with a number of its own`
    const [head, date, status] = stated.exec(text) ?? []
    if (!head)
      return `${path}: below its title a decision says "Date: YYYY-MM-DD. Status: accepted." or what replaced it`
    const row = listed.find(({ file }) => file === name)
    if (!row) return `${index} does not list ${name}`
    return row.number === number && row.date === date && row.status === status
      ? []
      : `${index}: ${name} has the number ${number}, the date ${date} and the status "${status}"`
  })
  const strangers = listed.filter(({ file }) => !files.some(({ path }) => basename(path) === file))
  return [...faults, ...strangers.map(({ number }) => `${index}: ${number} leads to no decision`)]
}
