import type { User } from 'gatehouse-auth'
import { make } from './dom.ts'

/** Pieces that several pages show. */

export const nameOf = (user: Pick<User, 'name' | 'email'>) => user.name ?? user.email

/** The picture, or the first letter in its place. The name stands beside it, so it says nothing of its own. */
export const fillAvatar = (place: HTMLElement, user: User) => {
  const letter = [...nameOf(user)][0]?.toUpperCase() ?? '?'
  place.replaceChildren(user.avatar_url ? make('img', { src: user.avatar_url, alt: '' }) : letter)
  place.setAttribute('aria-hidden', 'true')
}

export const badge = (text: string, kind = '') => make('span', { class: `badge ${kind}`.trim() }, text)

/** What an admin has to know of a user at a glance. */
export const badges = (user: User): HTMLElement[] => [
  user.status === 'disabled'
    ? badge('Disabled', 'bad')
    : user.email_verified
      ? badge('Active', 'good')
      : badge('Not verified', 'waiting'),
  ...(user.role === 'admin' ? [badge('Admin')] : []),
]

/** Admins get their link in the header also where the server does not know who they are. */
export const showAdminLink = (user: User) => {
  for (const link of document.querySelectorAll<HTMLElement>('[data-admins-only]')) link.hidden = user.role !== 'admin'
}
