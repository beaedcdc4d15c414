import { chapters, groups } from './all.ts'
import type { Evidence, Shown } from './evidence.ts'
import type { Group, Instead, Requirement } from './requirement.ts'

/** docs/contribute/asvs.md. */

const text = (words: string) => words.replace(/[|*_<>[\]]/g, (sign) => `\\${sign}`).replaceAll('`', "'")

/** Returns a path as a link from docs/contribute/asvs.md. */
const linked = (path: string) => `../../${path}`.replace('../../docs/', '../').replace('../contribute/', '')

/** `docs/reference/limits.md` and `src/…` in a sentence become links. */
const withLinks = (words: string) =>
  words
    .replaceAll('|', '\\|')
    .replace(
      /`[^`]*`|(?<![\w/])(?:(?:docs|src|cli|tools|test|ui)\/[\w./-]*\w(?:#[\w-]+)?|(?:SECURITY|README|CONTRIBUTING)\.md(?:#[\w-]+)?|wrangler\.toml)/g,
      (found) =>
        found.startsWith('`')
          ? found
          : `[${found.replace(/^docs\/(?:[a-z]+\/(?:\d{4}-)?)?/, '').replace(/\.md(#.*)?$/, '')}](${linked(found)})`,
    )

const reasons: Record<Instead['because'], string> = {
  zone: 'no test: the deployed zone decides',
  document: 'a document',
  decision: 'no test: decided otherwise',
}

const because = ({ because, see }: Instead) => (see ? `${reasons[because]}, ${withLinks(see)}` : reasons[because])

const most = 3

/** Orders tests so that one of each file comes first, and the few that are named come from different files. */
const chosen = (tests: Shown[]) => {
  const first = tests.filter(({ file }, at) => tests.findIndex((other) => other.file === file) === at)
  return [...first, ...tests.filter((test) => !first.includes(test))].slice(0, most)
}

const shownBy = ({ id, instead }: Requirement, { shown }: Evidence) => {
  const tests = shown.get(id) ?? []
  const named = chosen(tests).map(
    ({ file, title }) =>
      `[${file.replace(/^test\/(?:worker|node)\/|\.test\.ts$/g, '')}](${linked(file)}): ${text(title)}`,
  )
  const more = tests.length > most ? [`and ${tests.length - most} more`] : []
  return [...(instead ? [because(instead)] : []), ...named, ...more].join('<br>') || '**nothing**'
}

const table = ({ requirements }: Group, found: Evidence) => {
  const levels = requirements.some(({ level }) => level)
  return [
    levels ? '| Id | L | Requirement | How it is met | Shown by |' : '| Id | Requirement | How it is met | Shown by |',
    levels ? '|---|--:|---|---|---|' : '|---|---|---|---|',
    ...requirements.map((row) =>
      [
        '',
        row.id,
        ...(levels ? [`${row.level}`] : []),
        withLinks(row.asks),
        withLinks(row.does),
        shownBy(row, found),
        '',
      ]
        .join(' | ')
        .trim(),
    ),
  ].join('\n')
}

const section = (group: Group, found: Evidence) =>
  [
    `## ${group.heading}`,
    group.about && withLinks(group.about),
    group.requirements.length > 0 && table(group, found),
    group.absent &&
      ['Not applicable:', ...group.absent.map(({ why, ids }) => `- ${ids.join(', ')}: ${why}`)].join('\n'),
  ]
    .filter(Boolean)
    .join('\n\n')

/** Counts the rows of each level, and those that a test shows. */
const sums = () => {
  const rows = chapters.flatMap(({ requirements }) => requirements)
  return [1, 2, 3].map((level) => {
    const of = rows.filter((row) => row.level === level)
    const without = (reason: Instead['because']) => `${of.filter(({ instead }) => instead?.because === reason).length}`
    const shown = `${of.filter(({ instead }) => !instead).length}`
    const kinds = ['zone', 'document', 'decision'] as const
    return `| ${[`Level ${level}`, `${of.length}`, shown, ...kinds.map(without)].join(' | ')} |`
  })
}

const head = () => `# Requirements and the tests that show them

**The claim: OWASP ASVS 5.0 Level 2, with \`MFA_REQUIRED=all\` and without trusted devices (\`TRUSTED_DEVICE_DAYS=0\`, the
default).** With other values, the claim is Level 1, and Level 2 except that not every log-in needs a second factor
(6.3.3). This page lists every requirement of both levels in our words, with what is done about it and the tests that
show it, or the reason why no test can. It also has those requirements of Level 3 that are met. [OWASP's own
text](https://github.com/OWASP/ASVS/tree/v5.0.0/5.0/en) is authoritative. NIST SP 800-63B-4 and our own lists of attacks,
races, faults and invariants follow.

\`npm run asvs\` makes this page, after \`npm test\`, from tools/requirements and the names of the tests, which have the ids
in parentheses. \`npm test\` fails if a requirement loses its test, if a test names an unknown requirement, or if this page
is out of date.

| ASVS 5.0.0 | Rows | Shown by tests | Zone | Document | Decided otherwise |
|---|--:|--:|--:|--:|--:|
${sums().join('\n')}`

/** Returns the current page. A series of cases counts as one test. */
export const requirementsPage = (found: Evidence) =>
  `${[head(), ...groups.map((group) => section(group, found))].join('\n\n')}\n`
