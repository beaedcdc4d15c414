import { nativeScrypt } from './native-scrypt.ts'
import { createWorker } from './worker.ts'

/**
 * The entry point for `PASSWORD_ENGINE = "native"`. The default one does without `node:crypto` and what wrangler adds
 * for it.
 */
export default createWorker({ nativeScrypt })
