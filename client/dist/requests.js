/** By hand: older React Native has a `URLSearchParams` that only appends. */
export const searchOf = (query) => {
    const pairs = Object.entries(query)
        .filter(([, value]) => value !== undefined && value !== null)
        .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
    return pairs.length > 0 ? `?${pairs.join('&')}` : '';
};
/**
 * The path with its parameters. One that is missing, or that a URL resolves away, would make it the path of another
 * operation: of all sessions in place of one.
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
/** @throws TypeError for a parameter of the path that is missing */
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
