/**
 * Yields all pages of a list, one after the other.
 * @example for await (const { users } of pages(auth.admin.listUsers, { role: 'admin' })) …
 */
export async function* pages(list, query) {
    const ask = (cursor) => list({ ...query, ...(cursor && { cursor }) });
    let page = await ask();
    yield page;
    while (page.next_cursor !== null) {
        page = await ask(page.next_cursor);
        yield page;
    }
}
