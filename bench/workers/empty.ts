/** Measures what the simulator costs by itself, which is subtracted from every CPU time that is compared. */
export default { fetch: () => new Response(null, { status: 204 }) }
