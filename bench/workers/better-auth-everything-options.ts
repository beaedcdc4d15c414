import { apiKey } from '@better-auth/api-key'
import { oauthProvider } from '@better-auth/oauth-provider'
import { passkey } from '@better-auth/passkey'
import { admin } from 'better-auth/plugins/admin'
import { bearer } from 'better-auth/plugins/bearer'
import { emailOTP } from 'better-auth/plugins/email-otp'
import { jwt } from 'better-auth/plugins/jwt'
import { magicLink } from 'better-auth/plugins/magic-link'
import { organization } from 'better-auth/plugins/organization'
import { twoFactor } from 'better-auth/plugins/two-factor'
import { type PeerEnv, peerOptions } from './better-auth-options.ts'

const noMail = async () => {}

/** Better Auth with the plugins that give it, with those of a complete service, what Gatehouse has or plans. */
export const everythingOptions = (env: Partial<PeerEnv>, defer: (work: Promise<unknown>) => void) => ({
  ...peerOptions(env, defer),
  plugins: [
    admin(),
    apiKey(),
    bearer(),
    emailOTP({ sendVerificationOTP: noMail }),
    jwt(),
    magicLink({ sendMagicLink: noMail }),
    oauthProvider({ loginPage: '/sign-in', consentPage: '/consent', silenceWarnings: { oauthAuthServerConfig: true } }),
    organization(),
    passkey(),
    twoFactor(),
  ],
})
