import { encoding } from './01-encoding.ts'
import { validation } from './02-validation.ts'
import { browser } from './03-browser.ts'
import { api } from './04-api.ts'
import { files } from './05-files.ts'
import { authentication } from './06-authentication.ts'
import { sessions } from './07-sessions.ts'
import { authorization } from './08-authorization.ts'
import { tokens } from './09-tokens.ts'
import { oauth } from './10-oauth.ts'
import { cryptography } from './11-cryptography.ts'
import { communication } from './12-communication.ts'
import { configuration } from './13-configuration.ts'
import { data } from './14-data.ts'
import { architecture } from './15-architecture.ts'
import { logging } from './16-logging.ts'
import { webrtc } from './17-webrtc.ts'
import { nist } from './18-nist.ts'
import { guessing } from './19-guessing.ts'
import { tokenAttacks } from './20-token-attacks.ts'
import { dataAttacks } from './21-data-attacks.ts'
import { resourceAttacks } from './22-resource-attacks.ts'
import { rotation } from './23-rotation.ts'
import { faults, invariants } from './24-faults.ts'
import type { Chapter, Group } from './requirement.ts'

/** OWASP ASVS 5.0.0, by its chapters. */
export const chapters: Chapter[] = [
  encoding,
  validation,
  browser,
  api,
  files,
  authentication,
  sessions,
  authorization,
  tokens,
  oauth,
  cryptography,
  communication,
  configuration,
  data,
  architecture,
  logging,
  webrtc,
]

export const groups: Group[] = [
  ...chapters,
  nist,
  guessing,
  tokenAttacks,
  dataAttacks,
  resourceAttacks,
  rotation,
  faults,
  invariants,
]
