export type Clock = () => Date

/** Continues work after the reply. It may be cut off, so nothing that must happen may depend on it alone. */
export type Defer = (work: Promise<unknown>) => void

/** Waits until the reply has been sent, so that its time reveals nothing about later work. */
export type Replied = () => Promise<void>
