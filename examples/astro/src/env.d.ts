/// <reference types="astro/client" />

/** What wrangler.toml gives this site, as far as it is used. */
declare module 'cloudflare:workers' {
  export const env: {
    GATEHOUSE_URL: string
    GATEHOUSE_ISSUER: string
    /** The service's address, where browsers call it themselves. Empty: this site forwards `/api/*`. */
    PUBLIC_API_URL?: string
    PROXY_KEY?: string
    /** The service itself, where both are deployed to one account. */
    GATEHOUSE?: { fetch: typeof fetch }
  }
}

declare namespace App {
  interface Locals {
    /** Who is signed in, by the access token. Undefined for nobody, and where the browser alone has the cookies. */
    visitor: import('./lib/visitor.ts').Visitor | undefined
  }
}
