import type { Key, PageProps, Text } from '../../page.ts'
import { Choice, consolePage, DataTable } from '../../parts/console.tsx'

/** The name of an example: the kind of mail, and for passkeys what the mail is about. */
const nameOf = (t: Text, name: string) => {
  const kind = name.replace('passkey', 'factor')
  const said = t(`mail_kind.${kind}` as Key)
  return kind === name ? said : `${said} (${t('console.user.passkey')})`
}

/** Shows a part of the mail in a frame of its own, because the mail has styles of its own. */
const Part = ({
  t,
  tag,
  mail,
  part,
  label,
}: Pick<PageProps, 't' | 'tag'> & { mail: string; part: string; label: Key }) => (
  <div class="field">
    <span class="label" aria-hidden="true">
      {t(label)}
    </span>
    <iframe
      class="preview"
      sandbox=""
      loading="lazy"
      title={t(label)}
      src={`/ui/previews/${tag}/${mail}${part}`}
      data-part={part}
    />
  </div>
)

/** Examples of all mails, made by the build: the console shows no mail that somebody got. */
const Examples = ({ t, tag, languages, mails }: PageProps) => (
  <section class="card spaced" aria-labelledby="examples-title">
    <header>
      <h2 id="examples-title">{t('console.mails.examples')}</h2>
      <p>{t('console.mails.examples_text')}</p>
    </header>
    <form class="two spaced-below" id="choice" aria-labelledby="examples-title">
      <div class="field">
        <label for="kind">{t('console.mails.mail')}</label>
        <select class="input" id="kind" name="kind">
          {mails.map((name) => (
            <option value={name}>{nameOf(t, name)}</option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="language">{t('layout.languages')}</label>
        <select class="input" id="language" name="language">
          {languages.map(({ tag: other, name, reviewed }) => (
            <option value={other} lang={reviewed ? other : undefined} selected={other === tag}>
              {reviewed ? name : t('console.mails.unreviewed', { name })}
            </option>
          ))}
        </select>
      </div>
    </form>
    <div class="previews">
      <Part t={t} tag={tag} mail={mails[0]!} part="" label="console.mails.html" />
      <Part t={t} tag={tag} mail={mails[0]!} part="-text" label="console.mails.text" />
    </div>
  </section>
)

export const page = consolePage({
  title: 'console.mails.title',
  intro: 'console.mails.intro',
  path: '/console/mails',
  script: 'mails',
  content: (t, props) => (
    <>
      <form class="filters" id="filters" aria-label={t('console.mails.title')}>
        <Choice
          t={t}
          name="state"
          label="console.users.state"
          options={[
            ['failed', 'console.mails.failed'],
            ['waiting', 'console.mails.waiting'],
          ]}
        />
      </form>
      <p class="small muted" role="status" id="found">
        &nbsp;
      </p>
      <DataTable
        t={t}
        label="console.mails.title"
        columns={['console.mails.mail', 'console.mails.to', 'console.users.state', 'console.invitations.actions']}
        nothing="console.mails.none"
        more="console.audit.more"
      />
      <Examples {...props} />
    </>
  ),
})
