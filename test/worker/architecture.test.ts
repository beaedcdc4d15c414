import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { namedTwice } from '../support/app/batch-columns.ts'
import { startApp } from '../support/app/support.ts'

const code = import.meta.glob('../../src/**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true })
const migrations = import.meta.glob('../../migrations/*.sql', { query: '?raw', import: 'default', eager: true })

/** Path under src → text. Declarations contain no code, and those of `wrangler types` are generated. */
const files = Object.entries(code)
  .map(([path, text]) => ({ path: path.replace('../../src/', ''), text }))
  .filter(({ path }) => !path.endsWith('.d.ts'))

/** Returns the modules that a file imports, in every form of import. */
const importsOf = (text: string): string[] =>
  [
    /\b(?:import|export)\b[^'"`;]*?\bfrom\s*(['"`])(.*?)\1/gs,
    /\bimport\s*(['"`])(.*?)\1/g,
    /\b(?:import|require)\s*\(\s*(['"`])(.*?)\1/g,
    /\bimport\.meta\.glob\s*\(\s*(['"`])(.*?)\1/g,
  ].flatMap((form) => [...text.matchAll(form)].map(([, , name]) => name!))

/** Resolves an import in the file to a path under src; a package keeps its name. */
const target = (from: string, name: string) =>
  name.startsWith('.') ? new URL(name, `file:///src/${from}`).pathname.replace(/^\/src\//, '') : name

/**
 * Which part may import what. A folder `x/` means everything in it, and a package also its subpaths. Importing a type
 * counts like importing a value.
 */
const allowed: { from: string; may: string[] }[] = [
  {
    from: 'domain/',
    may: [
      'domain/',
      'settings.ts',
      'setting-values.ts',
      'origins.ts',
      'jose',
      '@noble/hashes',
      'argon2id',
      'bcryptjs',
      'uuid',
      'image-dimensions',
    ],
  },
  {
    from: 'routes/',
    may: [
      'routes/',
      'domain/',
      'aliases.ts',
      'misconfigured.ts',
      'settings.ts',
      'setting-values.ts',
      'env.ts',
      'locale.ts',
      'log.ts',
      'origins.ts',
      'meter.ts',
      'report.ts',
      '/package.json',
      'hono',
      'zod',
      '@hono/zod-validator',
    ],
  },
  {
    from: 'storage/',
    may: [
      'storage/',
      'domain/',
      'settings.ts',
      'setting-values.ts',
      'log.ts',
      'meter.ts',
      'drizzle-orm',
      'image-dimensions',
      'node:async_hooks',
      'zod',
    ],
  },
  { from: 'mail/', may: ['mail/', 'domain/', 'settings.ts', 'meter.ts'] },
  { from: 'openapi/', may: ['openapi/', 'routes/', 'domain/', 'aliases.ts', 'zod', 'zod-openapi'] },
  {
    from: 'settings.ts',
    may: [
      'rate-settings.ts',
      'secret-settings.ts',
      'setting-rules.ts',
      'setting-values.ts',
      'shown-settings.ts',
      'misconfigured.ts',
      'origins.ts',
      'passkey-sites.ts',
      'domain/limits.ts',
      'locale.ts',
      'mail-settings.ts',
      'zod',
    ],
  },
  {
    from: 'mail-settings.ts',
    may: ['domain/brand.ts', 'domain/languages.ts', 'domain/mails.ts', 'setting-values.ts', 'zod'],
  },
  { from: 'rate-settings.ts', may: ['domain/limits.ts', 'setting-values.ts', 'zod'] },
  { from: 'shown-settings.ts', may: ['secret-settings.ts', 'setting-values.ts'] },
  { from: 'secret-settings.ts', may: ['setting-values.ts', 'zod'] },
  { from: 'setting-rules.ts', may: ['misconfigured.ts', 'setting-values.ts'] },
  { from: 'locale.ts', may: ['zod'] },
  { from: 'setting-values.ts', may: ['origins.ts', 'domain/email.ts', 'domain/model.ts', 'zod'] },
  { from: 'origins.ts', may: [] },
  { from: 'passkey-sites.ts', may: ['misconfigured.ts', 'origins.ts'] },
  { from: 'misconfigured.ts', may: [] },
  { from: 'optional-bindings.ts', may: ['misconfigured.ts', 'settings.ts'] },
  { from: 'env.ts', may: ['services.ts', 'domain/', 'hono'] },
  { from: 'aliases.ts', may: ['domain/mails.ts'] },
  { from: 'meter.ts', may: ['node:async_hooks'] },
  { from: 'log.ts', may: ['meter.ts'] },
  { from: 'report.ts', may: ['meter.ts', 'log.ts', 'domain/problems.ts'] },
  { from: 'cron.ts', may: ['meter.ts', 'log.ts', 'services.ts'] },
  {
    from: 'services.ts',
    may: [
      'domain/',
      'storage/',
      'mail/',
      'settings.ts',
      'misconfigured.ts',
      'optional-bindings.ts',
      'log.ts',
      'meter.ts',
      'report.ts',
    ],
  },
  { from: 'app.ts', may: ['routes/', 'domain/', 'services.ts', 'env.ts', 'aliases.ts', 'hono'] },
  { from: 'worker.ts', may: ['app.ts', 'services.ts', 'cron.ts', 'cloudflare:workers'] },
  { from: 'index.ts', may: ['worker.ts'] },
  { from: 'native-scrypt.ts', may: ['domain/scrypt.ts', 'node:crypto', '@noble/hashes'] },
  // The other entry. Nothing may import it, so that the default one contains no part of Node.
  { from: 'native.ts', may: ['worker.ts', 'native-scrypt.ts'] },
]

const covers = (rule: string, path: string) =>
  rule.endsWith('/') ? path.startsWith(rule) : path === rule || path.startsWith(`${rule}/`)

const faultsOf = (from: string, text: string, rules = allowed) => {
  const rule = rules.find((candidate) => covers(candidate.from, from))
  return importsOf(text)
    .map((name) => target(from, name))
    .filter((path) => !rule?.may.some((candidate) => covers(candidate, path)))
}

/** Returns each import cycle once, starting with its first file. */
const circles = (all: { path: string; text: string }[]) => {
  const imports = new Map(all.map(({ path, text }) => [path, importsOf(text).map((name) => target(path, name))]))
  const found: string[][] = []
  const done = new Set<string>()
  const follow = (path: string, way: string[]) => {
    const at = way.indexOf(path)
    if (at >= 0) found.push(way.slice(at))
    if (at >= 0 || done.has(path) || !imports.has(path)) return
    for (const next of imports.get(path)!) follow(next, [...way, path])
    done.add(path)
  }
  for (const { path } of all) follow(path, [])
  return found
}

describe('imports', () => {
  it.for(files)('of $path point inwards', ({ path, text }, { expect }) => {
    const faults = faultsOf(path, text)

    expect(faults).toEqual([])
  })

  it.for([
    `import { Hono } from 'hono'`,
    `import { Hono } from "hono"`,
    `import type { Context } from 'hono'`,
    `import * as hono from 'hono/cookie'`,
    `import hono, {\n  type Context,\n} from 'hono'`,
    `import 'hono'`,
    `import"hono"`,
    `export { Hono } from 'hono'`,
    `export * from "hono"`,
    `export type * from 'hono'`,
    `const { Hono } = await import('hono')`,
    'const { Hono } = await import(`hono`)',
    `const later = () => import( "hono" )`,
    `type Context = import('hono').Context`,
    `const hono = require('hono')`,
    `import { getCookie } from '../routes/cookies.ts'`,
    `export { getCookie } from "../routes/cookies.ts"`,
    `import { drizzle } from 'drizzle-orm/d1'`,
    `import { env } from 'cloudflare:workers'`,
    `import { database } from '../storage/database.ts'`,
    `import { database } from './../storage/database.ts'`,
    `import { createServices } from '../services.ts'`,
    `import type { AppEnv } from '../env.ts'`,
    `import { createHash } from 'node:crypto'`,
    `import { joseph } from 'joseph'`,
  ])('that a rule must not have are seen: %s', (line, { expect }) => {
    const faults = faultsOf('domain/registration.ts', `import { jwtVerify } from 'jose'\n${line}\nconst x = 'y'`)

    expect(faults).toHaveLength(1)
  })

  it.for([
    { what: 'a package of a longer name', text: 'import("jose-evil")', faults: ['jose-evil'] },
    { what: 'nothing', text: "const text = 'hono'\nconst from = 1", faults: [] },
    { what: 'a part of a package', text: "import { scrypt } from '@noble/hashes/scrypt.js'", faults: [] },
  ])('are told apart from $what', ({ text, faults }, { expect }) => {
    expect(faultsOf('domain/x.ts', text)).toEqual(faults)
  })

  it('have a rule for every file', ({ expect }) => {
    const without = files.filter(({ path }) => !allowed.some(({ from }) => covers(from, path)))

    expect(without.map(({ path }) => path)).toEqual([])
    expect(files.length).toBeGreaterThan(50)
  })

  it('name files by their whole name, and modules by a literal', ({ expect }) => {
    const relative = files.flatMap(({ path, text }) =>
      importsOf(text)
        .filter((name) => name.startsWith('.') && !/\.(tsx?|json)$/.test(name))
        .map((name) => `${path}: ${name}`),
    )
    const computed = files.filter(({ text }) => /\bimport\s*\(\s*[^'"`\s)]/.test(text)).map(({ path }) => path)

    expect(relative).toEqual([])
    expect(computed).toEqual([])
  })

  it('form no cycle, types included', ({ expect }) => {
    expect(circles(files)).toEqual([])
  })

  it.for([
    { what: 'two files', texts: { 'a.ts': "import { b } from './b.ts'", 'b.ts': "import type { A } from './a.ts'" } },
    {
      what: 'three, through a folder',
      texts: {
        'a.ts': "export { b } from './x/b.ts'",
        'x/b.ts': "const c = () => import('./c.ts')",
        'x/c.ts': "import '../a.ts'",
      },
    },
  ])('of a circle are seen: $what', ({ texts }, { expect }) => {
    const found = circles(Object.entries(texts).map(([path, text]) => ({ path, text })))

    expect(found).toEqual([Object.keys(texts)])
  })

  it('bring nothing of the OpenAPI document into the Worker', ({ expect }) => {
    const importers = files.filter(
      ({ path, text }) =>
        !path.startsWith('openapi/') && importsOf(text).some((name) => /openapi/.test(target(path, name))),
    )

    expect(importers.map(({ path }) => path)).toEqual([])
  })
})

/** Text that no file may contain, why, and the exceptions. */
const forbidden: { what: string; form: RegExp; only?: string[]; tried: string[] }[] = [
  {
    what: 'zod itself, where `zod/mini` does: 20 KiB, and a third of the start of an isolate',
    form: /from\s+['"]zod['"]/,
    // Only in Node, never in the Worker.
    only: [
      'admin-reply-schemas',
      'avatars',
      'factor-reply-schemas',
      'enrolment-reply-schemas',
      'operation',
      'overrides',
      'registration',
      'problem-schema',
      'reply-schemas',
      'service',
      'service-replies',
    ].map((name) => `openapi/${name}.ts`),
    tried: ["import * as z from 'zod'", 'import { z } from "zod"'],
  },
  {
    what: 'every language of zod, which `import * as z` leaves out',
    form: /import\s+(?:type\s+)?(?:\{[^}]*\}|\w+(?:\s*,\s*\{[^}]*\})?)\s+from\s+['"]zod(?:\/mini)?['"]|\bz\.locales\b/,
    tried: [
      "import { z } from 'zod/mini'",
      'import z from "zod"',
      "import { type ZodType, z } from 'zod'",
      "import z, { string } from 'zod/mini'",
      'z.config(z.locales.en())',
    ],
  },
  {
    what: 'a transaction, which D1 does not have',
    form: /\.\s*transaction\s*\(/,
    tried: ['await db.transaction(async (tx) => {', 'db\n  .transaction(work)'],
  },
  {
    what: 'another clock than the one it is given',
    form: /\bDate\.now\s*\(|new Date\(\s*\)|performance\.now\s*\(/,
    // The gate measures how long a waiting request has been silent, and the meter how long requests waited; neither is
    // compared with stored times.
    only: ['worker.ts', 'domain/gate.ts', 'meter.ts'],
    tried: ['Date.now()', 'new Date()', 'performance.now()'],
  },
  {
    what: 'chance that can be guessed',
    form: /Math\.random/,
    // The wait before asking again.
    only: ['storage/database.ts', 'routes/errors.ts'],
    tried: ['Math.random()'],
  },
  {
    what: 'a batch whose results are read by position, where one statement more would renumber the others',
    form: /\.\s*batch\s*\(/,
    // The file that reads results by name, and two files between that one and D1.
    only: ['storage/database.ts', 'storage/metered.ts', 'storage/replicas.ts'],
    tried: ['const [, ended] = await db.batch([', 'nearest\n  .batch([a, b])'],
  },
  {
    what: 'a hash under the name of a password',
    form: /\bpassword\s*=\s*await\s+\w*[pP]asswords?\.hash|\.password\s*(?:,\s*\w*[hH]ash|===\s*null)|checkedPassword|\bpassword: (?:text\(|string \| null)|(?:users|user|mail)\.password\b/,
    tried: [
      'const password = await passwords.hash(newPassword)',
      'eq(users.password, checkedPassword)',
      "password: text('password'),",
      'password: string | null',
      'if (user.password) return',
    ],
  },
  { what: 'a second default', form: /export default/, only: ['index.ts', 'native.ts'], tried: ['export default app'] },
  { what: 'code made of text', form: /\beval\s*\(|new Function\s*\(/, tried: ['eval(x)', "new Function('x')"] },
  {
    what: 'markup that is not escaped: a value without quotes about it, or raw',
    form: /\s[a-z-]+=\$\{|\braw\b[^\n]*from\s+['"]hono\/html['"]|dangerouslySetInnerHTML/,
    tried: ['html`<input name=${name}>`', "import { html, raw } from 'hono/html'", '<p dangerouslySetInnerHTML={x} />'],
  },
  { what: 'failing open', form: /passThroughOnException/, tried: ['ctx.passThroughOnException()'] },
  {
    what: 'a hash that is broken (ASVS 11.4.1)',
    form: /['"`]sha-?1['"`]|\bsha1\b|\bmd5\b/i,
    // Hashes from other systems, which the first log-in replaces, and the digits under which Have I Been Pwned lists a
    // password. Neither protects anything of ours.
    // One-time passwords are HMAC-SHA-1 (RFC 4226 §5.2), which needs no collision resistance.
    only: [
      'domain/hashes/crypts.ts',
      'domain/hashes/digests.ts',
      'domain/hashes/format.ts',
      'domain/hashes/pbkdf2.ts',
      'domain/hashes/prehashed.ts',
      'domain/hashes/primitives.ts',
      'domain/totp.ts',
      'storage/pwned-passwords.ts',
    ],
    tried: ["crypto.subtle.digest('SHA-1', x)", "import { sha1 } from '@noble/hashes/legacy.js'", 'md5(x)'],
  },
  {
    what: "WebCrypto's PBKDF2, which refuses more than 100,000 rounds, but only in production",
    form: /['"`]PBKDF2['"`]|\bpbkdf2(Sync)?\b[^\n]*['"`](node:)?crypto['"`]/i,
    tried: [
      "crypto.subtle.deriveBits({ name: 'PBKDF2', salt, iterations }, key, 256)",
      "crypto.subtle.importKey('raw', password, 'pbkdf2', false, ['deriveBits'])",
      "import { pbkdf2Sync } from 'node:crypto'",
    ],
  },
  {
    what: 'a log line that may hold what was sent',
    form: /console\.\w+/,
    only: ['log.ts', 'routes/errors.ts'],
    tried: ['console.log(error)', 'console.error(message)'],
  },
]

describe('no file has', () => {
  it.for(forbidden)('$what', ({ form, only = [] }, { expect }) => {
    const found = files.filter(({ text }) => form.test(text)).map(({ path }) => path)

    expect(found.sort()).toEqual([...only].sort())
  })

  it.for(forbidden.flatMap(({ form, tried }) => tried.map((text) => ({ form, text }))))(
    'unnoticed: $text',
    ({ form, text }, { expect }) => {
      expect(text).toMatch(form)
    },
  )
})

/** Files of more than two hundred lines, and why. */
const long: Record<string, string> = {
  'domain/common-passwords.ts': 'generated: a list',
  'domain/phone-metadata.ts': 'generated: numbering plans',
  'domain/model.ts': 'every entity, on one page',
  'domain/problems.ts': 'every refusal, on one page',
  'routes/auth-schemas.ts': 'every request of /api/auth, on one page',
  'storage/schema.ts': 'all tables, on one page',
  'services.ts': 'every service, on one page',
}

describe('a file', () => {
  it('has two hundred lines at most, or a reason', ({ expect }) => {
    const over = files.filter(({ text }) => text.trimEnd().split('\n').length > 200).map(({ path }) => path)

    expect(over.sort()).toEqual(Object.keys(long).sort())
  })

  it('is named by what it is about, in lower case', ({ expect }) => {
    const names = files.map(({ path }) => path).filter((path) => !/^([a-z0-9-]+\/)*[a-z0-9-]+\.tsx?$/.test(path))
    const vague = files.filter(({ path }) => /\b(utils?|helpers?|common|types|misc|shared)\.tsx?$/.test(path))

    expect(names).toEqual([])
    expect(vague).toEqual([])
  })
})

/** Returns the names of the files in a folder of src, without subfolders. */
const namesIn = (folder: string) =>
  files
    .filter(({ path }) => path.startsWith(folder))
    .map(({ path }) => path.slice(folder.length).replace(/\.tsx?$/, ''))
    .filter((name) => !name.includes('/'))

/** Ports that storage does not implement, and where they are implemented. */
const elsewhere: Record<string, string> = {
  mailer: 'mail/mailer.ts',
  outside: 'worker.ts: the clock, and how work goes on after a reply',
}

/** Services whose name is not that of their file, and why. */
const services: Record<string, string> = {
  settings: 'what was configured',
  bindings: 'which bindings the deployment has',
  now: 'the clock',
  report: 'what a request did, for the log',
  accessTokens: 'one of two of domain/tokens.ts, which guards read',
  refreshTokens: 'the other',
  seeds: 'the encryption of stored seeds, of domain/sealing.ts',
  mailDelivery: 'of domain/outbox.ts, which the cron and the domain use: nobody calls the outbox by HTTP',
}

/** Files that all subjects share, for HTTP and for the OpenAPI document. */
const machinery: Record<string, string[]> = {
  'routes/': [
    // The members and the bodies of each group of paths.
    ...['auth', 'user', 'admin', 'auth-schemas', 'user-schemas', 'admin-schemas', 'fields'],
    // What the service says about itself.
    ...['service', 'health', 'assets', 'pages', 'ui'],
    // Used by every request and reply.
    ...[
      'cookies',
      'cors',
      'csrf',
      'errors',
      'guards',
      'headers',
      'media',
      'navigation',
      'policies',
      'replica-reads',
      'replies',
      'factor-replies',
    ],
    ...['request-log', 'return-to', 'spellings', 'validate', 'visitor'],
  ],
  'openapi/': [
    ...['document', 'info', 'tags', 'operation', 'mail-links', 'problems', 'descriptions', 'overrides', 'examples'],
    ...[
      'replies',
      'reply-schemas',
      'problem-schema',
      'admin-reply-schemas',
      'factor-reply-schemas',
      'passkey-examples',
      'passkey-descriptions',
      'enrolment-descriptions',
      'enrolment-reply-schemas',
      'describing',
      'service',
      'service-replies',
    ],
  ],
}

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

describe('a subject has one name', () => {
  const keys = Object.keys(startApp().services)
  const subjects = keys.filter((key) => !(key in services)).map(kebab)

  it('in storage and for its port', ({ expect }) => {
    const stored = namesIn('storage/')
    const without = namesIn('domain/ports/').filter((name) => !stored.includes(name))

    expect(without.sort()).toEqual(Object.keys(elsewhere).sort())
  })

  it('among the services and in the domain', ({ expect }) => {
    const files = namesIn('domain/')

    expect(subjects.filter((name) => !files.includes(name))).toEqual([])
    expect(Object.keys(services).filter((key) => !keys.includes(key))).toEqual([])
    expect(subjects.length).toBeGreaterThan(15)
  })

  it.for(Object.entries(machinery))(
    'in %s, where every other file is for all subjects',
    ([folder, shared], { expect }) => {
      const others = namesIn(folder).filter((name) => !subjects.includes(name))

      expect(others.sort()).toEqual([...shared].sort())
    },
  )

  it('in the routes and in the OpenAPI document', ({ expect }) => {
    const [called, described] = ['routes/', 'openapi/'].map((folder) =>
      namesIn(folder).filter((name) => subjects.includes(name)),
    )

    expect(described).toEqual(called)
    expect(called!.length).toBeGreaterThan(12)
  })
})

const statements = (text: string) => text.replace(/--.*$/gm, '')

describe('the migrations', () => {
  const users = /drop\s+table\s+(if\s+exists\s+)?[`"[]?users\b|rename\s+to\s+[`"[]?users\b/i

  it.for(Object.entries(migrations).map(([path, text]) => ({ path: path.replace('../../', ''), text })))(
    '$path leaves `users` where it is: dropping it would empty every table that refers to it',
    ({ text }, { expect }) => {
      expect(statements(text)).not.toMatch(users)
    },
  )

  it.for([
    'DROP TABLE `users`;',
    'drop table users',
    'DROP TABLE IF EXISTS "users"',
    'ALTER TABLE `__new_users` RENAME TO `users`;',
  ])('would be caught with %s', (text, { expect }) => {
    expect(statements(text)).toMatch(users)
  })

  it('leave every trigger, view and index that they made and did not drop by its name', async ({ expect }) => {
    const renamed = new Map(
      Object.values(migrations).flatMap((text) =>
        [...statements(text).matchAll(/alter table (\w+) rename to (\w+)/gi)].map(([, from, to]) => [from!, to!]),
      ),
    )
    const named = new Set<string>()
    // Dropping a table also drops its triggers and indexes: only a statement of its own says that one is not needed.
    for (const [, verb, name] of Object.values(migrations).flatMap((text) => [
      ...statements(text).matchAll(
        /(create|drop)\s+(?:unique\s+)?(?:trigger|view|index|(?:virtual\s+)?table)\s+(?:if not exists\s+)?[`"]?(\w+)/gi,
      ),
    ]))
      if (verb!.toLowerCase() === 'create') named.add(renamed.get(name!) ?? name!)
      else named.delete(name!)

    const { results } = await env.DB.prepare("select name from sqlite_master where name not like 'sqlite_%'").all<{
      name: string
    }>()
    const there = new Set(results.map(({ name }) => name))

    expect([...named].filter((name) => !there.has(name))).toEqual([])
    expect(named.size).toBeGreaterThan(20)
  })

  it('create no user (ASVS 6.3.2)', async ({ expect }) => {
    expect(Object.values(migrations).join('\n')).not.toMatch(/insert\s+into\s+[`"]?users\b/i)
    expect(await env.DB.prepare('select count(*) as n from users').first('n')).toBe(0)
  })
})

describe('a SELECT in a batch', () => {
  it.for([
    { sql: 'select "users"."id", "sessions"."id" from "sessions" inner join "users" on true', twice: ['id'] },
    { sql: 'select "id", "email", "id" from "users"', twice: ['id'] },
    { sql: 'select "users"."role", (select "role" from "x") as "role" from "users"', twice: ['role'] },
    { sql: 'select a.status, count(*) as status from a', twice: ['status'] },
    { sql: 'select "id", "email" from "users" where "id" = (select "id" from "sessions")', twice: [] },
    { sql: 'select "users"."id" as "user_id", "sessions"."id" as "sid" from "users", "sessions"', twice: [] },
    { sql: 'select max("blocked_until") as "until" from "throttles"', twice: [] },
    { sql: 'select 1', twice: [] },
    { sql: 'update "users" set "name" = ? returning "id", "id"', twice: [] },
  ])('must not name two columns alike: $sql', ({ sql, twice }, { expect }) => {
    expect(namedTwice(sql)).toEqual(twice)
  })
})
