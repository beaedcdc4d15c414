/** Whether a request is one of these, none of which has a parameter in its path. */
export const among = (...operations) => {
    const all = new Set(operations);
    return ({ method, path }) => all.has(`${method} ${path}`);
};
