export type Clock = () => Date

/** Work that goes on after the reply, and may be cut off: nothing that must happen lives only here. */
export type Defer = (work: Promise<unknown>) => void

/** Waits until the reply has left, so that its time reveals nothing about the work that follows. */
export type Replied = () => Promise<void>
