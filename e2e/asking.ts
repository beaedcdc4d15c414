import type { Page } from 'playwright-core'

/** The ways in which a page's script can send a request to another origin. */

export type Init = { method?: string; mode?: string; cache?: string; json?: object; form?: Record<string, string> }

/** Sends a request from a script of the page. Returns the status and body that the script can read, or 'nothing'. */
export const ask = (page: Page, url: string, { json, form, ...init }: Init = {}) => {
  const body = json ? JSON.stringify(json) : form && new URLSearchParams(form).toString()
  const type = json ? 'application/json' : 'application/x-www-form-urlencoded'
  const sent = { ...init, credentials: 'include', ...(body && { body, headers: { 'Content-Type': type } }) }
  return page.evaluate<{ status: number; body: string } | 'nothing'>(
    `fetch(${JSON.stringify(url)}, ${JSON.stringify(sent)}).then(
      async (answer) => answer.type === 'opaque' ? 'nothing' : { status: answer.status, body: await answer.text() },
      () => 'nothing')`,
  )
}

export const statusOf = (answer: Awaited<ReturnType<typeof ask>>) => (answer === 'nothing' ? answer : answer.status)

/** Runs a script that navigates to `url`, and returns the status of the answer. */
const arrived = async (page: Page, url: string, script: string) => {
  const isThat = (answer: { url: () => string }) => answer.url() === url
  const [answer] = await Promise.all([page.waitForResponse(isThat), page.evaluate(script)])
  await answer.finished()
  return answer.status()
}

/** Submits a form from a script of the page. */
export const submitted = (page: Page, url: string, fields: Record<string, string>) =>
  arrived(
    page,
    url,
    `{
      const form = document.body.appendChild(document.createElement('form'))
      Object.assign(form, { method: 'post', action: ${JSON.stringify(url)} })
      for (const [name, value] of Object.entries(${JSON.stringify(fields)}))
        form.appendChild(Object.assign(document.createElement('input'), { name, value }))
      form.submit()
    }`,
  )

/** Clicks a link to `url` from a script of the page. */
export const followed = (page: Page, url: string) =>
  arrived(
    page,
    url,
    `document.body.appendChild(Object.assign(document.createElement('a'), { href: '${url}' })).click()`,
  )
