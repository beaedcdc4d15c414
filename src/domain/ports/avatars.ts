/** Where pictures are kept, as squares without metadata: in R2 or at another provider. */
export type AvatarStore = {
  /** Stores the picture under the key and returns the new value of `User.avatar`. Undefined if it cannot be decoded. */
  keep(key: string, picture: Uint8Array<ArrayBuffer>): Promise<string | undefined>
  /** Removes pictures; ignores those that are kept elsewhere or already gone. */
  remove(avatars: string[]): Promise<void>
}

/** Pictures that this service keeps and serves itself. */
export type OwnAvatarStore = AvatarStore & {
  read(key: string): Promise<{ body: ReadableStream; size: number } | undefined>
  /** Returns at most `limit` pictures: those after the key `after`, then from the first key on. */
  some(after: string, limit: number): Promise<{ key: string; keptAt: Date }[]>
}
