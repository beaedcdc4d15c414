/**
 * Goes where the visitor wanted to go before the log-in. The service has checked the address and written it into the
 * page; no script reads an address out of the URL.
 */
export const goOn = () => location.assign(document.getElementById('main')?.dataset.returnTo || '/account')
