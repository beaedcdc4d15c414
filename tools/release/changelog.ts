/**
 * CHANGELOG.md in the form of Keep a Changelog 1.1: `## [Unreleased]`, then `## [1.2.3] - 2026-01-31`, newest first.
 */

const numbers = (version: string) => /^(\d+)\.(\d+)\.(\d+)$/.exec(version)?.slice(1).map(Number)

/** Whether a version is valid (Semantic Versioning, without pre-releases) and follows the last one. */
export const follows = (version: string, last: string | undefined): boolean => {
  const [ours, theirs] = [numbers(version), numbers(last ?? '0.0.0')]
  if (!ours || !theirs) return false
  const first = ours.findIndex((number, index) => number !== theirs[index])
  return first >= 0 && ours[first]! > theirs[first]!
}

export type Entry = { version: string; date: string | undefined; text: string }

/** Returns the parts of the file, including `Unreleased`. */
export const entriesOf = (changelog: string): Entry[] =>
  changelog
    .split(/^(?=## \[)/m)
    .slice(1)
    .map((part) => {
      const [, version = '', date] = /^## \[([^\]]+)\](?: - (\d{4}-\d\d-\d\d))?[^\n]*\n/.exec(part) ?? []
      return { version, date, text: part.slice(part.indexOf('\n')).trim() }
    })

/** Gives the unreleased part its version and date. @throws Error if there is nothing to release */
export const released = (changelog: string, version: string, date: string): string => {
  const unreleased = entriesOf(changelog).find((entry) => entry.version === 'Unreleased')
  if (!unreleased?.text) throw new Error('CHANGELOG.md has nothing under [Unreleased].')
  return changelog.replace('## [Unreleased]', `## [Unreleased]\n\n## [${version}] - ${date}`)
}
