type Page = { next_cursor: string | null }
type List = (query: never) => Promise<Page>

/**
 * Yields all pages of a list, one after the other.
 * @example for await (const { users } of pages(auth.admin.listUsers, { role: 'admin' })) …
 */
export async function* pages<L extends List>(
  list: L,
  query?: NonNullable<Parameters<L>[0]>,
): AsyncGenerator<Awaited<ReturnType<L>>, void, undefined> {
  const ask = (cursor?: string) => list({ ...(query as object), ...(cursor && { cursor }) } as never)
  let page = await ask()
  yield page as Awaited<ReturnType<L>>
  while (page.next_cursor !== null) {
    page = await ask(page.next_cursor)
    yield page as Awaited<ReturnType<L>>
  }
}
