import { html } from 'hono/html'
import { type ErrorCode, problems } from '../../domain/problems.ts'

/** Returns every code with its status, its usual words, and advice. */
export const errorList = () =>
  (Object.entries(problems) as [ErrorCode, (typeof problems)[ErrorCode]][]).map(([code, words]) => ({ code, ...words }))

/** Renders text between backticks as code. */
const withCode = (text: string) => text.split('`').map((part, index) => (index % 2 ? html`<code>${part}</code>` : part))

export const errorsContent = () => html`
  <h1>Errors</h1>
  <p class="lead">Every refusal is <code>application/problem+json</code>. Its <code>code</code> is one of these and never changes its meaning; <code>detail</code> is for people and may change.</p>
  <ul class="codes">${errorList().map(({ code }) => html`<li><a href="#${code}">${code}</a></li>`)}</ul>
  ${errorList().map(
    ({ code, status, title, detail, advice }) => html`
  <section class="error" id="${code}" aria-labelledby="${code}-title">
    <h2 id="${code}-title"><code>${code}</code> <span class="status">${status}</span></h2>
    <p><strong>${title}.</strong> ${detail}</p>
    <p class="soft">${withCode(advice)}</p>
  </section>`,
  )}`
