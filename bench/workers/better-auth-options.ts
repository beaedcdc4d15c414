import { scrypt } from '@noble/hashes/scrypt.js'
import { bytesToHex, hexToBytes, randomBytes } from '@noble/hashes/utils.js'
import { admin } from 'better-auth/plugins/admin'
import { jwt } from 'better-auth/plugins/jwt'

/** The settings that differ between runs. Everything else is the same in all of them. */
export type Variant = {
  /** `advanced.database.joins`: its documentation's advice for fewer queries. */
  JOINS?: string
  /** `session.cookieCache`: its documentation's advice for checking a session without asking the database each time. */
  COOKIE_CACHE?: string
  /** Gatehouse's hash instead of its own. */
  HASH?: string
  /**
   * `on`: the plugins that list users and issue JWTs. `everything`: those of better-auth-everything-options.ts. Plugins
   * cost round trips in other operations too.
   */
  PLUGINS?: 'on' | 'everything'
}

export type PeerEnv = Variant & {
  DB: D1Database
  EMAIL: SendEmail
  BETTER_AUTH_SECRET: string
  BETTER_AUTH_URL: string
}

const cost = { N: 2 ** 15, r: 8, p: 3, dkLen: 32 }

const ours = {
  hash: async (password: string) => {
    const salt = randomBytes(16)
    return `${bytesToHex(salt)}:${bytesToHex(scrypt(password, salt, cost))}`
  },
  verify: async ({ hash, password }: { hash: string; password: string }) => {
    const [salt, key] = hash.split(':') as [string, string]
    return bytesToHex(scrypt(password, hexToBytes(salt), cost)) === key
  },
}

/**
 * Better Auth as its documentation describes it for Workers and D1, doing what Gatehouse does: e-mail and password, the
 * address verified by a mailed link before the first log-in, users listed by admins. It has no rate limits, because its
 * own would refuse the load; without an additional table they are kept in the memory of an isolate.
 */
export const peerOptions = (env: Partial<PeerEnv>, defer: (work: Promise<unknown>) => void) => ({
  secret: env.BETTER_AUTH_SECRET,
  baseURL: env.BETTER_AUTH_URL,
  emailAndPassword: {
    enabled: true,
    requireEmailVerification: true,
    ...(env.HASH === 'gatehouse' && { password: ours }),
  },
  emailVerification: {
    sendOnSignUp: true,
    sendVerificationEmail: async ({ user, url }: { user: { email: string }; url: string }) => {
      await env.EMAIL!.send({
        from: 'no-reply@example.com',
        to: user.email,
        subject: 'Verify your address',
        text: `Verify your address: ${url}`,
        html: `<p>Verify your address: <a href="${url}">${url}</a></p>`,
      })
    },
  },
  session: { cookieCache: { enabled: env.COOKIE_CACHE === 'on', maxAge: 300 } },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: env.PLUGINS === 'on' ? [admin(), jwt()] : [],
  advanced: {
    database: { joins: env.JOINS === 'on' },
    backgroundTasks: { handler: defer },
    ipAddress: { ipAddressHeaders: ['cf-connecting-ip'] },
  },
})
