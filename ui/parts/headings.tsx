import type { Key, Text } from '../page.ts'

/** The headings of a page with several states. Until its script chooses another state, it shows the first. */
export const Headings = ({ t, states }: { t: Text; states: [state: string, heading: Key][] }) => (
  <>
    {states.map(([state, heading], at) => (
      <h1 tabindex={-1} data-state={state} hidden={at > 0}>
        {t(heading)}
      </h1>
    ))}
  </>
)
