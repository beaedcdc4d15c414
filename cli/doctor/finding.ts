/**
 * `ok`: as it should be. `hint`: allowed, but weaker or older than recommended. `fault`: something will not work or is
 * not safe.
 */
export type Level = 'ok' | 'hint' | 'fault'

/** The result of a check. `says` is one line; for a fault or a hint, it includes what to do. */
export type Finding = { level: Level; about: string; says: string }

const finding =
  (level: Level) =>
  (about: string, says: string): Finding => ({ level, about, says })

export const ok = finding('ok')
export const hint = finding('hint')
export const fault = finding('fault')

export const line = ({ level, about, says }: Finding) => `${level.padEnd(5)}  ${about.padEnd(10)}  ${says}`

const counted = (findings: Finding[], level: Level) => {
  const n = findings.filter((finding) => finding.level === level).length
  return `${n} ${level}${n === 1 ? '' : 's'}`
}

export const summary = (findings: Finding[]) => `${counted(findings, 'fault')}, ${counted(findings, 'hint')}.`

export const faulty = (findings: Finding[]) => findings.some(({ level }) => level === 'fault')
