import cloudflare from '@astrojs/cloudflare'
import { defineConfig, sessionDrivers } from 'astro/config'

export default defineConfig({
  output: 'server',
  adapter: cloudflare({ imageService: 'passthrough' }),
  // Gatehouse keeps the session; without a driver the adapter would require a KV namespace.
  session: { driver: sessionDrivers.lruCache() },
  server: { host: 'localhost', port: Number(process.env.PORT ?? 4321) },
  devToolbar: { enabled: false },
  // No inline scripts or styles, so that the content security policy needs no exception.
  build: { inlineStylesheets: 'never' },
  // The service checks what is forwarded (docs/concepts/tokens-and-cookies.md, "The cross-site rule") and answers in its own
  // form; this site itself accepts no form.
  security: { checkOrigin: false },
  vite: {
    build: { assetsInlineLimit: 0 },
    ssr: { optimizeDeps: { include: ['jose'] } },
  },
})
