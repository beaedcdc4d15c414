import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'

const signingKey = (kid: string) => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
  kid,
  alg: 'ES256',
})

/** Secrets of this run. They take precedence over a developer's `.dev.vars`, so that no test depends on that file. */
const bindings = {
  APP_URL: 'http://localhost:8787',
  SIGNING_KEYS: JSON.stringify({ keys: [signingKey('first'), signingKey('second')] }),
  TOKEN_KEYS: ['a', 'b'].map((id) => `${id}.${randomBytes(32).toString('base64url')}`).join(),
  DATA_KEYS: `d.${randomBytes(32).toString('base64url')}`,
  // The start that the link to the first admin belongs to; it ends in the year 2286.
  FIRST_ADMIN: `${randomBytes(16).toString('base64url')}.9999999999999`,
  // Off by default.
  TRUSTED_DEVICE_DAYS: '30',
  FACTOR_RECOVERY_HOURS: '72',
  MAIL_LOGIN: 'on',
  PASSWORDLESS: 'on',
  // Two passes of scrypt instead of 100,000. One suite runs at full cost.
  PASSWORD_SCRYPT: 'ln=1,r=8,p=1',
}

const fromEnvironment = (name: string, otherwise: number) => Number(process.env[name] ?? otherwise)

/**
 * How often random tests are repeated, and from which seed: `npm run soak` sets both. test/provided.d.ts explains each.
 *
 */
const provide = {
  seed: fromEnvironment('SOAK_SEED', 20_261_121),
  fuzzRuns: fromEnvironment('FUZZ_RUNS', 100),
  raceRuns: fromEnvironment('RACE_RUNS', 3),
  lifeCycleRuns: fromEnvironment('LIFE_CYCLE_RUNS', 8),
}

export default defineConfig(async () => ({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        d1Databases: ['REPLICA'],
        bindings: {
          ...bindings,
          TEST_MIGRATIONS: await readD1Migrations(path.join(import.meta.dirname, 'migrations')),
          TEST_SCALE: process.env.TEST_SCALE ?? '1000,20000',
        },
      },
    }),
  ],
  test: {
    include: ['test/worker/*.test.ts'],
    setupFiles: ['./test/worker/setup.ts'],
    // Each file has its own workerd. By default vitest leaves one core idle, which is half of two.
    maxWorkers: availableParallelism(),
    provide,
    // Names of cases end with the ids of requirements, and would be cut at 40 characters.
    taskTitleValueFormatTruncate: 200,
    // A test sends dozens of requests to a real database, and a busy machine may take six times as long.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Without this, Vite rewrites every imported call, and hashes take ten times as long. Only the noble module that most
    // tests run is included: a second one would share modules with it, and calls between those are rewritten again.
    deps: { optimizer: { ssr: { enabled: true, include: ['@noble/hashes/scrypt.js', 'bcryptjs'] } } },
  },
}))
