/** Written by hand: the `URLSearchParams` of older React Native versions can only append. */
export const searchOf = (query) => {
    const pairs = Object.entries(query)
        .filter(([, value]) => value !== undefined && value !== null)
        .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
    return pairs.length > 0 ? `?${pairs.join('&')}` : '';
};
/**
 * Returns the path with its parameters. If a parameter were missing, or were `..` (which URL parsing removes), the path
 * would be that of another operation: all sessions instead of one.
 * @throws TypeError
 */
const filled = (template, param) => template.replace(/:(\w+)/g, (_, name) => {
    const value = param[name];
    if (typeof value !== 'string' || /^\.{0,2}$/.test(value))
        throw new TypeError(`${template} needs ${name}`);
    return encodeURIComponent(value);
});
const formOf = (members) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(members))
        if (value !== undefined)
            form.append(name, value);
    return form;
};
/** @throws TypeError if a path parameter is missing */
export const outgoing = (method, template, { param = {}, query = {}, json, form }, { signal, headers, init, proof, expectedUser }, own) => {
    const all = new Headers(own);
    for (const [name, value] of Object.entries(headers ?? {}))
        all.set(name, value);
    if (proof !== undefined)
        all.set('Gatehouse-Proof', proof);
    if (json !== undefined)
        all.set('Content-Type', 'application/json');
    const body = form ? formOf(form) : json === undefined ? undefined : JSON.stringify(json);
    return {
        method,
        path: filled(template, param),
        query,
        init: { ...init, method, headers: all, ...(signal && { signal }), ...(body !== undefined && { body }) },
        expectedUser,
    };
};
