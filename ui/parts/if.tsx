import { raw } from 'hono/html'
import type { Child, Marker } from '../page.ts'

/** A part of the page that the Worker keeps only if the value is not empty, and what is there otherwise. */
export const If = ({ name, children, otherwise }: { name: Marker; children?: Child; otherwise?: Child }) => (
  <>
    {raw(`<!--?${name}-->`)}
    {children}
    {otherwise !== undefined && (
      <>
        {raw(`<!--:${name}-->`)}
        {otherwise}
      </>
    )}
    {raw(`<!--/${name}-->`)}
  </>
)
