import { nativeScrypt } from './native-scrypt.ts'
import { createWorker } from './worker.ts'

/** The entry for `PASSWORD_ENGINE = "native"`. The default entry does without `node:crypto` and what wrangler adds for it. */
export default createWorker({ nativeScrypt })
