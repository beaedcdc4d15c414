const isPlain = (value) => [Object.prototype, null].includes(Object.getPrototypeOf(value));
/** Sorts the members: path parameters go into the path, the others into the query of a GET, a form or JSON. */
const partsOf = (name, operation, input, form) => {
    // A button passes its event if somebody writes `onClick={auth.logOut}`.
    if (!isPlain(input))
        throw new TypeError(`${name} takes a plain object`);
    const [method, path] = operation.split(' ');
    const named = [...path.matchAll(/:(\w+)/g)].map(([, parameter]) => parameter);
    const param = Object.fromEntries(named.map((parameter) => [parameter, input[parameter]]));
    const rest = Object.fromEntries(Object.entries(input).filter(([member]) => !named.includes(member)));
    if (method === 'GET')
        return { param, query: rest };
    if (form)
        return { param, form: rest };
    return method === 'DELETE' && Object.keys(rest).length === 0 ? { param } : { param, json: rest };
};
export const flat = (table, forms, call) => {
    const verb = (name, operation) => async (input = {}, options = {}) => {
        const [method, path] = operation.split(' ');
        const response = await call(method, path, partsOf(name, operation, input, forms.includes(operation)), options);
        return response.json();
    };
    return Object.fromEntries(Object.entries(table).map(([name, operation]) => [name, verb(name, operation)]));
};
