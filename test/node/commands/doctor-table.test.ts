import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type Finding, faulty } from '../../../cli/doctor/finding.ts'
import { checkKeys } from '../../../cli/doctor/keys.ts'
import { checkBindings, checkSender } from '../../../cli/doctor/places.ts'
import { checkSettings } from '../../../cli/doctor/settings.ts'
import { checkShared, deploymentsBeside } from '../../../cli/doctor/shared.ts'
import { readDeployment } from '../../../cli/lib/deployment.ts'
import { addMissingSecrets, readVars } from '../../../cli/lib/dev-vars.ts'
import { root } from '../../../cli/lib/process.ts'
import { siteOf } from '../../../src/origins.ts'
import { secretNames } from '../../../src/secret-settings.ts'
import { project } from './project.ts'

const key = 'k'.repeat(40)

/** Returns everything that the doctor reports about production without asking anybody, in a project of its own. */
const examine = (edit: (toml: string) => string, more: (folder: string) => void = () => {}): Finding[] => {
  const made = project(edit)
  try {
    addMissingSecrets([made.file('.dev.vars.production')])
    addMissingSecrets([made.file('.dev.vars.staging')])
    more(made.folder)
    const production = readDeployment('production', made.config)
    const { deployments, unreadable } = deploymentsBeside(made.config)
    return [
      ...checkBindings(production, readDeployment(undefined, made.config)),
      ...unreadable,
      ...checkShared(deployments, made.config),
      ...checkSettings(production, readVars([production.secretFile])),
      ...checkKeys(
        production,
        true,
        deployments.map(({ secretFile }) => secretFile),
      ),
      checkSender(production, undefined),
    ]
  } finally {
    made.remove()
  }
}

const set = (name: string, value: string) => (toml: string) =>
  toml.replace('[env.production.vars]\n', (line) => `${line}${name} = ${JSON.stringify(value)}\n`)
const instead = (name: string, value: string) => (toml: string) => {
  const [before, after] = toml.split('[env.production.vars]\n') as [string, string]
  return `${before}[env.production.vars]\n${after.replace(new RegExp(`^${name} = .*$`, 'm'), `${name} = ${JSON.stringify(value)}`)}`
}
const swap = (from: string | RegExp, to: string) => (toml: string) => {
  const changed = toml.replace(from, to)
  assert.notEqual(changed, toml, `${from} is in wrangler.toml no more`)
  return changed
}
const inBoth = (list: string, line: string) => (toml: string) =>
  ['production', 'staging'].reduce((text, env) => `${text}\n[[env.${env}.${list}]]\n${line}\n`, toml)

const backups = (bucket: string) => (toml: string) =>
  `${toml}\n[[env.production.r2_buckets]]\nbinding = "BACKUPS"\nbucket_name = "${bucket}"\n`

/** What is wrong, how it comes about, and what the doctor reports: one fault each. */
const table: [string, (toml: string) => string, RegExp][] = [
  [
    'one bucket',
    swap('"gatehouse-staging-avatars"', '"gatehouse-production-avatars"'),
    /have the same bucket, gatehouse-production-avatars: each removes the pictures/,
  ],
  [
    'one database by its name',
    swap('database_name = "gatehouse-staging"', 'database_name = "gatehouse-production"'),
    /have the same database, gatehouse-production: each changes the users/,
  ],
  [
    'one database by its id',
    (toml) => toml.replaceAll(/(database_name = "gatehouse-(?:production|staging)")/g, '$1\ndatabase_id = "d1"'),
    /have the same database, d1: /,
  ],
  [
    'one KV namespace',
    (toml) => toml.replaceAll(/(\[\[env\.\w+\.kv_namespaces\]\]\nbinding = "DENYLIST")/g, '$1\nid = "kv1"'),
    /have the same KV namespace, kv1: each ends sessions/,
  ],
  ['one rate limit', swap('"4287"', '"4288"'), /have the same namespace_id of a rate limit, 4288: /],
  [
    'one Worker',
    (toml) => toml.replace('[env.staging.vars]', '[env.staging]\nname = "gatehouse-production"\n\n$&'),
    /have the same Worker, gatehouse-production: /,
  ],
  ['one queue', inBoth('queues.consumers', 'queue = "events"'), /have the same queue, events: /],
  [
    'one address',
    swap(/auth-staging\.gatehouse\.test/g, 'auth.gatehouse.test'),
    /have the same address, auth\.gatehouse\.test: only one/,
  ],
  [
    'one dataset',
    inBoth('analytics_engine_datasets', 'binding = "EVENTS"\ndataset = "gatehouse"'),
    /have the same dataset, gatehouse: /,
  ],
  [
    'a shield with holes',
    swap(/(namespace_id = "4288"\nsimple = \{ limit = )100/, '$120000'),
    /^SHIELD: 20000 requests in 10 seconds are no shield/,
  ],
  [
    'a shield without a door',
    swap(/(namespace_id = "4288"\nsimple = \{ limit = )100/, '$15'),
    /^SHIELD: 5 requests in 10 seconds lock out/,
  ],
  [
    'a wish for backups without a bucket',
    set('BACKUP_EVERY_HOURS', '24'),
    /^BACKUPS: BACKUP_EVERY_HOURS is set, and no bucket is bound/,
  ],
  [
    'a wish for an archive without a bucket',
    set('AUDIT_ARCHIVE_AFTER_DAYS', '7'),
    /^AUDIT_ARCHIVE: AUDIT_ARCHIVE_AFTER_DAYS is set, and no bucket is bound/,
  ],
  [
    'one bucket for pictures and the archive',
    (toml) =>
      backups('gatehouse-production-avatars')(toml).replace(
        '"BACKUPS"\nbucket_name = "gatehouse-p',
        '"AUDIT_ARCHIVE"\nbucket_name = "gatehouse-p',
      ),
    /^AUDIT_ARCHIVE: shares the bucket gatehouse-production-avatars with AVATARS/,
  ],
  ['a wish for backups without a key', set('BACKUP_EVERY_HOURS', '24'), /^BACKUP_KEYS: must be set if/],
  [
    'a bucket of backups that nothing is written to',
    backups('own'),
    /^BACKUPS: is bound, and BACKUP_EVERY_HOURS is not set/,
  ],
  [
    'one bucket for pictures and backups',
    (toml) => set('BACKUP_EVERY_HOURS', '24')(backups('gatehouse-production-avatars')(toml)),
    /^BACKUPS: has the bucket of AVATARS/,
  ],
  [
    'a cron once a day',
    swap('crons = ["* * * * *"]', 'crons = ["0 3 * * *"]'),
    /^crons: 0 3 \* \* \* is not every minute/,
  ],
  ['a cron every quarter of an hour', swap('crons = ["* * * * *"]', 'crons = ["*/15 * * * *"]'), /is not every minute/],
  ['no cron', swap('crons = ["* * * * *"]', 'crons = []'), /^no cron: /],
  [
    'no logs',
    swap('[observability]\nenabled = true', '[observability]\nenabled = false'),
    /^observability: the logs are off/,
  ],
  [
    'logs that are off by themselves',
    swap('[observability.logs]', '[observability.logs]\nenabled = false'),
    /^observability: the logs are off/,
  ],
  [
    'a site on this computer',
    instead('FRONTEND_URL', 'https://localhost:4321'),
    /^FRONTEND_URL: .* is this computer or an example/,
  ],
  [
    'a site that is an example',
    instead('FRONTEND_URL', 'https://www.example.com'),
    /^FRONTEND_URL: .* is this computer or an example/,
  ],
  [
    'a site elsewhere, with cookies alone',
    (toml) => set('TOKEN_TRANSPORT', 'cookie')(instead('FRONTEND_URL', 'https://app.pages.dev')(toml)),
    /^FRONTEND_URL: app\.pages\.dev is on another site .* browsers send no cookies/,
  ],
  [
    'an allowed page over http',
    instead('CORS_ORIGINS', 'http://www.gatehouse.test'),
    /^CORS_ORIGINS: http:\/\/www\.gatehouse\.test is not https/,
  ],
  [
    'an allowed page on this computer',
    instead('CORS_ORIGINS', 'https://localhost:3000'),
    /^CORS_ORIGINS: .* is this computer/,
  ],
  [
    'an allowed page on this computer, over http',
    instead('CORS_ORIGINS', 'http://localhost:3000'),
    /^CORS_ORIGINS: .* is not https/,
  ],
  ['a limit that locks everybody out', set('LIMIT_LOGIN_NETWORK', '1/1d'), /^LIMIT_LOGIN_NETWORK: is so much tighter/],
  ['all limits so', set('THROTTLE_FACTOR', '0.0001'), /^THROTTLE_FACTOR=0\.0001: every limit is so tight/],
  [
    'links to a third party',
    set('RESET_PASSWORD_URL', 'https://reset.third-party.test/#token={token}'),
    /^RESET_PASSWORD_URL: reset\.third-party\.test belongs neither/,
  ],
  [
    'links to this computer',
    set('RESET_PASSWORD_URL', 'https://localhost:4321/#token={token}'),
    /^RESET_PASSWORD_URL: localhost is this computer/,
  ],
  [
    'a sender of a mail service',
    instead('MAIL_FROM', 'ada@gmail.com'),
    /^ada@gmail\.com: gmail\.com belongs to its own mail service/,
  ],
  [
    'a sender that is an example',
    instead('MAIL_FROM', 'no-reply@example.com'),
    /^MAIL_FROM: example\.com is an example/,
  ],
  ['a secret in wrangler.toml', set('PROXY_KEY', key), /^PROXY_KEY: is a secret, and wrangler\.toml is in git/],
  [
    'an account of Cloudinary in wrangler.toml',
    set('CLOUDINARY_URL', `cloudinary://123456789012345:${'s'.repeat(27)}@somebody`),
    /^CLOUDINARY_URL: is a secret/,
  ],
  ['a secret of the bridge in wrangler.toml', set('MIGRATION_SECRET', key), /^MIGRATION_SECRET: is a secret/],
  ['an http address', instead('APP_URL', 'http://auth.gatehouse.test'), /^APP_URL: must be https/],
  ['an address that no route leads to', instead('APP_URL', 'https://elsewhere.gatehouse.test'), /^APP_URL: no route/],
  ['all origins', instead('CORS_ORIGINS', '*'), /^CORS_ORIGINS/],
]

describe('what the doctor says of a configuration', () => {
  it('knows every setting that docs/reference/settings.md calls a secret', () => {
    const page = readFileSync(join(root, 'docs', 'reference', 'settings.md'), 'utf8')
    const documented = [...page.matchAll(/^\| `([A-Z_]+)` \|.*\| Secret[.,]/gm)].map(([, name]) => name!)

    assert.deepEqual([...documented].sort(), [...secretNames].sort())
  })

  it('has no fault if nothing is wrong', () => {
    const findings = examine((toml) => toml)
    assert.ok(!faulty(findings), JSON.stringify(findings.filter(({ level }) => level === 'fault')))
  })

  for (const [what, edit, words] of table)
    it(`has one fault if there is ${what}`, () => {
      const faults = examine(edit).filter(({ level }) => level === 'fault')

      assert.ok(
        faults.some(({ says }) => words.test(says)),
        `${words}: ${faults.map(({ says }) => says).join('\n')}`,
      )
      for (const { says } of faults) assert.ok(!says.includes(key))
    })

  const files: [string, (folder: string) => void, RegExp][] = [
    [
      'a secret of another environment',
      (folder) => copyFileSync(join(folder, '.dev.vars.production'), join(folder, '.dev.vars.staging')),
      /^SIGNING_KEYS is the same in \.dev\.vars\.staging/,
    ],
    [
      'an optional secret of another environment',
      (folder) => {
        for (const env of ['production', 'staging'])
          writeFileSync(join(folder, `.dev.vars.${env}`), `PROXY_KEY='${key}'\n`)
        for (const env of ['production', 'staging']) addMissingSecrets([join(folder, `.dev.vars.${env}`)])
      },
      /^PROXY_KEY is the same in \.dev\.vars\.staging, so the site of one may name visitors/,
    ],
    [
      'a secret of the bridge of another environment',
      (folder) => {
        for (const env of ['production', 'staging']) {
          writeFileSync(join(folder, `.dev.vars.${env}`), `MIGRATION_SECRET='${key}'\n`)
          addMissingSecrets([join(folder, `.dev.vars.${env}`)])
        }
      },
      /^MIGRATION_SECRET is the same in \.dev\.vars\.staging, so whoever knows it/,
    ],
    [
      'another configuration beside it with the same bucket',
      (folder) =>
        writeFileSync(
          join(folder, 'wrangler.preview.jsonc'),
          '{ "name": "preview", "r2_buckets": [{ "binding": "AVATARS", "bucket_name": "gatehouse-production-avatars" }] }',
        ),
      /wrangler\.preview\.jsonc \(no environment\) have the same bucket, gatehouse-production-avatars/,
    ],
    [
      'another configuration that cannot be read',
      (folder) => writeFileSync(join(folder, 'wrangler.preview.toml'), 'name = '),
      /wrangler\.preview\.toml cannot be read/,
    ],
    [
      'no file of secrets any more',
      (folder) => rmSync(join(folder, '.dev.vars.production')),
      /If it was lost, put a copy back: .*npm run rotate -- --emergency/,
    ],
  ]
  for (const [what, prepare, words] of files)
    it(`has one fault if there is ${what}`, () => {
      const faults = examine((toml) => toml, prepare).filter(({ level }) => level === 'fault')

      assert.ok(
        faults.some(({ says }) => words.test(says)),
        `${words}: ${faults.map(({ says }) => says).join('\n')}`,
      )
    })

  const hinted: [string, (toml: string) => string, RegExp][] = [
    [
      'a site elsewhere, with tokens in bodies too',
      instead('FRONTEND_URL', 'https://app.pages.dev'),
      /^FRONTEND_URL: is on another site/,
    ],
    [
      'a token in the query of a link',
      set('RESET_PASSWORD_URL', 'https://auth.gatehouse.test/auth/reset-password?token={token}'),
      /^RESET_PASSWORD_URL: the token is not after #/,
    ],
    [
      'addresses of visitors in the logs',
      swap('invocation_logs = false', 'invocation_logs = true'),
      /^invocation_logs: /,
    ],
  ]
  for (const [what, edit, words] of hinted)
    it(`has a hint if there is ${what}`, () => {
      const findings = examine(edit)

      assert.ok(!faulty(findings), JSON.stringify(findings.filter(({ level }) => level === 'fault')))
      assert.ok(findings.some(({ level, says }) => level === 'hint' && words.test(says)))
    })
})

describe('the site of a host', () => {
  const sites: [string, string][] = [
    ['auth.gatehouse.test', 'gatehouse.test'],
    ['gatehouse.test', 'gatehouse.test'],
    ['a.b.example.co.uk', 'example.co.uk'],
    ['app.pages.dev', 'app.pages.dev'],
    ['preview.app.pages.dev', 'app.pages.dev'],
    ['localhost', 'localhost'],
    ['127.0.0.1', '127.0.0.1'],
  ]
  for (const [host, site] of sites) it(`of ${host} is ${site}`, () => assert.equal(siteOf(host), site))
})
