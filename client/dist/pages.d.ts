type Page = {
    next_cursor: string | null;
};
type List = (query: never) => Promise<Page>;
/**
 * Yields all pages of a list, one after the other.
 * @example for await (const { users } of pages(auth.admin.listUsers, { role: 'admin' })) …
 */
export declare function pages<L extends List>(list: L, query?: NonNullable<Parameters<L>[0]>): AsyncGenerator<Awaited<ReturnType<L>>, void, undefined>;
export {};
