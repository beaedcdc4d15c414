import type { Page } from '../page.ts'

/** Renders text between backticks as code. */
const withCode = (text: string) => text.split('`').map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part))

/** The list of codes, for developers. It is in English like the `detail` of replies. */
export const page: Page = {
  title: 'page.errors.title',
  layout: 'wide',
  content: ({ t, errors }) => (
    <>
      <h1>{t('page.errors.title')}</h1>
      <p class="lead">{t('page.errors.lead')}</p>
      <div lang="en" dir="ltr">
        <ul class="codes">
          {errors.map(({ code }) => (
            <li>
              <a href={`#${code}`}>{code}</a>
            </li>
          ))}
        </ul>
        {errors.map(({ code, status, title, detail, advice }) => (
          <section class="entry" id={code} aria-labelledby={`${code}-title`}>
            <h2 id={`${code}-title`}>
              <code>{code}</code> <span class="status">{status}</span>
            </h2>
            <p>
              <strong>{title}.</strong> {detail}
            </p>
            <p class="muted">{withCode(advice)}</p>
          </section>
        ))}
      </div>
    </>
  ),
}
