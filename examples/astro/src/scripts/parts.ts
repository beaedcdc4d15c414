import type { User } from 'gatehouse-auth'
import { make } from './dom.ts'

/** Parts that several pages show. */

export const nameOf = (user: Pick<User, 'name' | 'email'>) => user.name ?? user.email

/** Shows the picture or, without one, the first letter. The name stands next to it, so screen readers skip it. */
export const fillAvatar = (place: HTMLElement, user: User) => {
  const letter = [...nameOf(user)][0]?.toUpperCase() ?? '?'
  place.replaceChildren(user.avatar_url ? make('img', { src: user.avatar_url, alt: '' }) : letter)
  place.setAttribute('aria-hidden', 'true')
}

export const badge = (text: string, kind = '') => make('span', { class: `badge ${kind}`.trim() }, text)

/** Returns what an admin needs to see about a user at a glance. */
export const badges = (user: User): HTMLElement[] => [
  user.status === 'disabled'
    ? badge('Disabled', 'bad')
    : user.email_verified
      ? badge('Active', 'good')
      : badge('Not verified', 'waiting'),
  ...(user.role === 'admin' ? [badge('Admin')] : []),
]

/** Shows admins their link in the header even if the server does not know who they are. */
export const showAdminLink = (user: User) => {
  for (const link of document.querySelectorAll<HTMLElement>('[data-admins-only]')) link.hidden = user.role !== 'admin'
}
