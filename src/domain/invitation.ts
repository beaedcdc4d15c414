/** Milliseconds an invitation lives; also one that the command line makes. */
export const invitation = 7 * 86_400_000
