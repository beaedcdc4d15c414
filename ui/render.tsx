import { raw } from 'hono/html'
import { type Files, Layout } from './layout.tsx'
import type { Page, PageProps } from './page.ts'

type Given = PageProps & {
  page: Page
  files: Files
  /** The texts for the script of the page. */
  texts?: Record<string, string>
}

/** Data for the script. A browser does not run it, so the policy need not allow it. */
const Words = ({ texts }: { texts: Record<string, string> }) => (
  <script type="application/json" id="words">
    {raw(JSON.stringify(texts).replaceAll('<', '\\u003c').replaceAll('{{', '{\\u007b'))}
  </script>
)

/** Renders one page in one language. Called by the build, never by the Worker. */
export const render = async ({ page, files, texts, ...props }: Given): Promise<string> => {
  const markup = (
    <Layout page={page} files={files} words={texts && <Words texts={texts} />} {...props}>
      {page.content(props)}
    </Layout>
  )
  return `<!doctype html>\n${await markup.toString()}`
}
