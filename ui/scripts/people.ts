import type { User } from '../../client/index.ts'
import { all, make } from './dom.ts'

export const nameOf = (user: Pick<User, 'name' | 'email'>) => user.name ?? user.email

/** Shows the picture or, without one, the first letter. The name stands next to it, so screen readers skip it. */
export const fillAvatar = (place: HTMLElement, user: Pick<User, 'name' | 'email' | 'avatar_url'>) => {
  const letter = [...nameOf(user)][0]?.toUpperCase() ?? '?'
  place.replaceChildren(user.avatar_url ? make('img', { src: user.avatar_url, alt: '' }) : letter)
  place.setAttribute('aria-hidden', 'true')
}

export const badge = (text: string, kind = '') => make('span', { class: `badge ${kind}`.trim() }, text)

/** Shows admins the link to the console. */
export const showConsoleLink = (user: Pick<User, 'role'>) => {
  for (const link of all('[data-admins-only]')) link.hidden = user.role !== 'admin'
}
