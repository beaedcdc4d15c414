/// <reference types="astro/client" />

/** The variables and bindings in wrangler.toml that this site uses. */
declare module 'cloudflare:workers' {
  export const env: {
    GATEHOUSE_URL: string
    GATEHOUSE_ISSUER: string
    /** The service's URL, if browsers call it directly. Empty: this site forwards to it. */
    PUBLIC_API_URL?: string
    PROXY_KEY?: string
    /** The service, if both are deployed to one account. */
    GATEHOUSE?: { fetch: typeof fetch }
  }
}

declare namespace App {
  interface Locals {
    /**
     * The signed-in visitor according to the access token. Undefined if nobody is signed in, or if only the browser
     * has the cookies.
     */
    visitor: import('./lib/visitor.ts').Visitor | undefined
  }
}
