import type { Deployment } from './deployment.ts'

/**
 * Returns what `sub` of the service's tokens names now; undefined if nothing is deployed there, or if the service does
 * not answer.
 */
const published = async (appUrl: string): Promise<string | undefined> => {
  try {
    const url = `${appUrl}/.well-known/oauth-authorization-server`
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
    const { issuer, gatehouse_token_subject: subject = 'id' } = (await response.json()) as Record<string, unknown>
    return response.ok && issuer === appUrl ? String(subject) : undefined
  } catch {}
}

/**
 * Returns what is wrong if a deployment would change TOKEN_SUBJECT: other services store the subject as the key of
 * their rows, and would take every imported user for a new one. The deployed service publishes its own value.
 */
export const subjectChanges = async ({ vars }: Deployment): Promise<string | undefined> => {
  const now = vars.TOKEN_SUBJECT || 'id'
  const before = await published(vars.APP_URL ?? '')
  return before === undefined || before === now
    ? undefined
    : `TOKEN_SUBJECT: is ${now} here, and the deployed service has ${before}: other services would take users for new ones`
}
