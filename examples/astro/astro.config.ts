import cloudflare from '@astrojs/cloudflare'
import { defineConfig, sessionDrivers } from 'astro/config'

export default defineConfig({
  output: 'server',
  adapter: cloudflare({ imageService: 'passthrough' }),
  // The session is Gatehouse's; without a driver the adapter would ask for a KV namespace.
  session: { driver: sessionDrivers.lruCache() },
  server: { host: 'localhost', port: Number(process.env.PORT ?? 4321) },
  devToolbar: { enabled: false },
  // No inline script or style, so that the content security policy needs no exception.
  build: { inlineStylesheets: 'never' },
  // What is forwarded is checked by the service (docs/concepts/tokens-and-cookies.md, "The cross-site rule"), which answers in its
  // own form; and this site itself takes no form.
  security: { checkOrigin: false },
  vite: {
    build: { assetsInlineLimit: 0 },
    ssr: { optimizeDeps: { include: ['jose'] } },
  },
})
