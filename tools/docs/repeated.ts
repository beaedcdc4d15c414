import { pages, read } from './markdown.ts'

/**
 * Checks figures and lifetimes that several pages state: each statement must say what the code says. A fact whose words
 * are on fewer than two pages is a fault too, because then nothing is compared.
 */

const words = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
]

const numberOf = (text: string) => {
  const word = words.indexOf(text.toLowerCase())
  return word >= 0 ? word : Number(text.replaceAll(',', ''))
}

/** The default of a setting that is a whole number. */
const setting = (name: string) => {
  const [, value] = new RegExp(`^ {2}${name}: whole\\((\\d+),`, 'm').exec(read('src/settings.ts')) ?? []
  return Number(value)
}

/** A product of numbers in a declaration, divided by a unit. */
const constant = (file: string, name: string, unit = 1) => {
  const [, text = ''] = new RegExp(`const ${name} = (.*)$`, 'm').exec(read(file)) ?? []
  const known = text
    .replaceAll('_', '')
    .replace(/\bday\b/g, '86400000')
    .replace(/\bhour\b/g, '3600000')
    .replace(/\bminute\b/g, '60000')
  if (!/^[\d\s*]+$/.test(known)) return Number.NaN
  return known.split('*').reduce((all, factor) => all * Number(factor), 1) / unit
}

const day = 86_400_000
const n = `(\\d[\\d,]*|${words.join('|')})`

/** `says`: each way in which pages say it; `N` stands for the figure. A line break counts as a space. */
export const facts: { what: string; is: () => number; says: string[] }[] = [
  {
    what: 'seconds in which a repeated refresh gets the same successor',
    is: () => setting('REFRESH_GRACE_SECONDS'),
    says: [
      'repeated within N seconds',
      'accepts the repetition for N seconds',
      'uses a token within N seconds of its owner',
    ],
  },
  {
    what: 'hours of a freeze',
    is: () => constant('src/domain/earlier-proofs.ts', 'freezeMs', 3_600_000),
    says: [
      '(?:freezes the account|frozen|log in|freeze lasts) (?:for |\\| )N hours',
      'after N hours with only the link',
      'within the N hours',
    ],
  },
  {
    what: 'days of a device',
    is: () => constant('src/domain/upkeep.ts', 'deviceLifetimeMs', day),
    says: ['N days after (?:it|the device) was last seen', 'forgotten after \\| N days'],
  },
  {
    what: 'days of an unverified account',
    is: () => constant('src/domain/upkeep.ts', 'unverifiedLifetimeMs', day),
    says: ['N days after a registration', 'never verified is removed after \\| N days'],
  },
  {
    what: 'days of a session',
    is: () => setting('SESSION_MAX_DAYS'),
    says: [
      'never past N days from the log-in',
      'session lasts for N days at most',
      'session lives for N days at most',
      'not later than N days after the log-in',
    ],
  },
  {
    what: 'KiB of metadata',
    is: () => constant('src/domain/metadata.ts', 'mostBytes', 1024) || 4,
    says: ['(?:[Aa]t most|More than) N KiB(?: of metadata|\\]| in UTF-8|\\. The user)'],
  },
  {
    what: 'MiB of a picture',
    is: () => constant('src/domain/avatars.ts', 'largestPicture', 1024 * 1024),
    says: ['picture(?: at most| \\|) N MiB', 'At most N MiB, counted'],
  },
  {
    what: 'GB of a database at D1',
    is: () => constant('cli/doctor/database.ts', 'most', 1e9),
    says: [
      '(?:database (?:holds|at)|limit of D1 is|of the|at most|,) N GB(?: of|that| per D1| and runs| that D1|, and then)?',
    ],
  },
  {
    what: 'GB from which on operators are told',
    is: () => constant('src/domain/alerts.ts', 'nearlyFull', 1e9),
    says: ['alert from N GB', 'larger than N GB'],
  },
  {
    what: 'minutes between two steps of a rotation',
    is: () => constant('cli/lib/rotation.ts', 'publishedFor', 60_000),
    says: [
      'N minutes after the first step',
      'N minutes later it becomes the first',
      'made with the old keys has expired, plus N minutes',
    ],
  },
  {
    what: 'days of Time Travel',
    is: () => 30,
    says: ['any minute of the last N days', 'mistake within the last N days'],
  },
  {
    what: 'KiB of the bundle',
    is: () => constant('test/node/commands/asvs-bundle.test.ts', 'most'),
    says: ['(?:The|Worker.s) bundle has (?:at most )?N KiB'],
  },
  {
    what: 'days of backups by the cron',
    is: () => setting('BACKUP_KEEP_DAYS'),
    says: ['`BACKUP_KEEP_DAYS` \\(N\\)', '`BACKUP_KEEP_DAYS` \\| N \\|'],
  },
  {
    what: 'rows of a portion',
    is: () => constant('src/domain/backups.ts', 'rows'),
    says: ['portions(?:\\]\\([^)]*\\))? of N rows', 'each further N rows'],
  },
  {
    what: 'millions of audit entries that a day archives at most',
    // A run each minute.
    is: () =>
      Math.floor(
        (constant('src/domain/audit-archive.ts', 'rows') * constant('src/domain/audit-archive.ts', 'most') * 1440) /
          1e6,
      ),
    says: ['N million entries a day'],
  },
  {
    what: 'passwords in the bundled list',
    is: () => 5000,
    says: ['the N most common passwords of 8 characters', 'N and more in the bundle'],
  },
]

/** Generated pages and the changelog of released versions state what was true then. */
const compared = () => [...pages, { path: 'CHANGELOG.md', text: read('CHANGELOG.md').split(/^## \[\d/m)[0]! }]

/** @returns what each page says about a fact */
export const statements = (says: string[], texts: { path: string; text: string }[]) => {
  const forms = says.map((form) => new RegExp(form.replace(/\bN\b/, n).replaceAll(' ', '\\s+'), 'gi'))
  return texts.flatMap(({ path, text }) =>
    forms.flatMap((form) =>
      [...text.matchAll(form)].map((found) => ({
        path,
        line: text.slice(0, found.index).split('\n').length,
        value: numberOf(found[1]!),
      })),
    ),
  )
}

export const repeated = (texts = compared()): string[] =>
  facts.flatMap(({ what, is, says }) => {
    const value = is()
    const found = statements(says, texts)
    if (!Number.isFinite(value)) return `tools/docs/repeated.ts: the code does not say the ${what}`
    if (new Set(found.map(({ path }) => path)).size < 2)
      return `tools/docs/repeated.ts: fewer than two pages state the ${what}`
    return found
      .filter((one) => one.value !== value)
      .map(({ path, line, value: stated }) => `${path}:${line}: the ${what} are ${value}, and not ${stated}`)
  })
