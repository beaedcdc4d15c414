/** Where pictures are kept, as squares without metadata: in R2, or with somebody else. */
export type AvatarStore = {
  /** Keeps the picture under the key and returns what `User.avatar` holds from now on. Undefined: it cannot be decoded. */
  keep(key: string, picture: Uint8Array<ArrayBuffer>): Promise<string | undefined>
  /** Ignores pictures that are kept elsewhere or are gone already. */
  remove(avatars: string[]): Promise<void>
}

/** Pictures that this service keeps and serves itself. */
export type OwnAvatarStore = AvatarStore & {
  read(key: string): Promise<{ body: ReadableStream; size: number } | undefined>
  /** At most `limit` of them: those that follow `after` in the order of their keys, then the first of all. */
  some(after: string, limit: number): Promise<{ key: string; keptAt: Date }[]>
}
