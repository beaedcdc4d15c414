/** Whether a request is one of these operations, none of which has a path parameter. */
export const among = (...operations) => {
    const all = new Set(operations);
    return ({ method, path }) => all.has(`${method} ${path}`);
};
