import type { AlertSender } from '../domain/ports/alerts.ts'
import { timed } from '../meter.ts'
import type { Settings } from '../settings.ts'
import { oneLine } from './messages.ts'

/** Milliseconds that sending may take: the cron runs again in a minute. */
const timeoutMs = 10_000

/**
 * Sends alerts by mail, by a POST to a webhook, or both. They bypass the outbox, which may itself be the problem.
 * @param failed called for each channel that failed; the error may contain the address
 */
export const createAlertSender = (
  binding: SendEmail,
  { alerts, appName, appUrl, mailFrom }: Pick<Settings, 'alerts' | 'appName' | 'appUrl' | 'mailFrom'>,
  failed: (way: string, error: unknown) => void,
): AlertSender => {
  const attempt = (way: string, work: () => Promise<unknown>) =>
    work().then(
      () => true,
      (error) => failed(way, error),
    )

  return async (alert, says, now) => {
    const { mail, webhook } = alerts ?? {}
    const name = oneLine(appName)
    const text = `${name} (${appUrl}): ${says}`
    const sent = await Promise.all([
      mail &&
        attempt('mail', () =>
          timed('mail', () =>
            binding.send({
              from: { email: mailFrom.email, name: oneLine(mailFrom.name) },
              to: mail,
              subject: `${name}: ${says}`,
              text: `${text}\n\nWhat to do: docs/operate/runbooks.md\n`,
              headers: { 'Auto-Submitted': 'auto-generated' },
            }),
          ),
        ),
      webhook &&
        attempt('webhook', () =>
          timed('fetch', async () => {
            const response = await fetch(webhook, {
              method: 'POST',
              headers: { 'Content-Type': 'application/json', 'User-Agent': 'Gatehouse' },
              // Slack, Mattermost and others show `text`.
              body: JSON.stringify({ text, alert, service: appUrl, at: now.toISOString() }),
              redirect: 'manual',
              signal: AbortSignal.timeout(timeoutMs),
            })
            await response.body?.cancel()
            if (!response.ok) throw Object.assign(new Error('refused'), { code: response.status })
          }),
        ),
    ])
    return sent.some((one) => one === true)
  }
}
