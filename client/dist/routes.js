/** A path that grows by each member that is asked of it; `$get` and its like send. */
const grown = (path, call) => new Proxy((() => { }), {
    get: (_, key) => {
        // Whoever awaits it asks whether it is a promise.
        if (typeof key !== 'string' || key === 'then')
            return undefined;
        if (!key.startsWith('$'))
            return grown(`${path}/${key}`, call);
        return (parts = {}, options = {}) => call(key.slice(1).toUpperCase(), path, parts, options);
    },
});
export const routes = (call) => grown('/api', call);
