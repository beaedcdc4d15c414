/** Returns a path that grows with each member that is read; `$get` and the like send the request. */
const grown = (path, call) => new Proxy((() => { }), {
    get: (_, key) => {
        // `await` checks whether the object is a promise.
        if (typeof key !== 'string' || key === 'then')
            return undefined;
        if (!key.startsWith('$'))
            return grown(`${path}/${key}`, call);
        return (parts = {}, options = {}) => call(key.slice(1).toUpperCase(), path, parts, options);
    },
});
export const routes = (call) => grown('/api', call);
