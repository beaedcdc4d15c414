declare namespace Cloudflare {
  interface Env {
    TEST_MIGRATIONS: import('cloudflare:test').D1Migration[]
    /** Numbers of users, for `scale.test.ts`. */
    TEST_SCALE: string
    /** The start that the link to the first admin belongs to. */
    FIRST_ADMIN: string
    /** A second database, for `lagging.ts`. */
    REPLICA: D1Database
  }
}

/** Vite replaces the call by the modules that it finds. */
interface ImportMeta {
  glob(pattern: string, options: { query: '?raw'; import: 'default'; eager: true }): Record<string, string>
}
