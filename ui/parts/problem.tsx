/** The place for a fault of a whole form. The script fills it, and screen readers say it. */
export const Problem = () => <p class="note bad" role="alert" data-problem hidden />
