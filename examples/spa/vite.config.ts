import { defineConfig, loadEnv, type Plugin } from 'vite'

/**
 * Writes the Content-Security-Policy into the built page: scripts of this app alone, and requests to the service alone.
 * The tokens are where every script of the page can read them, so no other script may run. Not for the development
 * server, which needs inline scripts.
 */
const policy = (service: string): Plugin => ({
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      injectTo: 'head-prepend',
      attrs: {
        'http-equiv': 'Content-Security-Policy',
        content: [
          "default-src 'none'",
          "script-src 'self'",
          "style-src 'self'",
          `img-src 'self' ${service}`,
          `connect-src ${service}`,
          "form-action 'none'",
          "base-uri 'none'",
          "require-trusted-types-for 'script'",
          "trusted-types 'none'",
        ].join('; '),
      },
    },
  ],
})

export default defineConfig(({ mode }) => {
  const { VITE_GATEHOUSE_URL: service = '' } = loadEnv(mode, '.')
  if (!URL.canParse(service)) throw new Error('VITE_GATEHOUSE_URL must be the URL of the service.')
  return {
    plugins: [policy(new URL(service).origin)],
    // A data: URL would need an exception in the policy.
    build: { assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  }
})
