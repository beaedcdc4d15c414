/** Measures the cost of the simulator alone, which is subtracted from every CPU time that is compared. */
export default { fetch: () => new Response(null, { status: 204 }) }
