import type { Stats } from '../../../client/index.ts'
import { auth } from '../client.ts'
import { all, byId, make } from '../dom.ts'
import { pageError } from '../forms.ts'
import { word } from '../words.ts'
import { cronState } from './cron.ts'
import { drawBars } from './plot.ts'
import { day, number } from './show.ts'

type Days = Stats['logins']

const fill = (card: HTMLElement, days: Days) => {
  const part = (name: string) => card.querySelector<HTMLElement>(`[data-${name}]`)!
  const counts = days.map(({ count }) => count)
  const most = Math.max(0, ...counts)
  const sum = counts.reduce((total, count) => total + count, 0)
  // A person who is active on two days counts in both, so the sum would mean nothing: only the highest number is shown.
  const people = card.dataset.plot!.startsWith('active_users')
  const words = people
    ? word('console.overview.at_most', { most: number(most) })
    : word('console.overview.sum', { sum: number(sum), most: number(most) })
  part('sum').textContent = sum === 0 ? word('console.overview.none') : words
  part('most').textContent = number(Math.max(1, most))
  part('first').textContent = days[0] ? day(days[0].day) : ''
  part('last').textContent = days.length > 1 ? day(days.at(-1)!.day) : ''
  const each = days.map((one) => `${day(one.day)}: ${number(one.count)}`)
  drawBars(card.querySelector<SVGSVGElement>('svg')!, counts, each)
  const rows = days
    .toReversed()
    .map((one) => make('tr', {}, make('td', {}, day(one.day)), make('td', { class: 'number' }, number(one.count))))
  part('rows').replaceChildren(...rows)
}

const showStats = (stats: Stats) => {
  for (const place of all('[data-stat]')) place.textContent = number(stats[place.dataset.stat as 'total_users'])
  byId('tiles').removeAttribute('aria-busy')
  for (const card of all('[data-plot]')) fill(card, stats[card.dataset.plot as 'logins'])
}

/** Lists what an admin should look at: mails that fail, weak settings, and many failures today. */
const showAttention = (stats: Stats, advice: string[], failed: number) => {
  const usual = stats.failures.slice(0, -1).map(({ count }) => count)
  const mean = usual.reduce((sum, count) => sum + count, 0) / Math.max(1, usual.length)
  const today = stats.failures.at(-1)?.count ?? 0
  const item = (href: string, text: string) => make('li', {}, make('a', { href }, text))
  const items = [
    ...(failed > 0 ? [item('/console/mails', word('console.overview.failed_mails', { n: failed }))] : []),
    ...(advice.length > 0 ? [item('/console/settings', word('console.overview.weak', { n: advice.length }))] : []),
    ...(today >= 50 && today > 3 * mean
      ? [item('/console/audit', word('console.overview.many_failures', { n: today }))]
      : []),
  ]
  const { late, said } = cronState(stats)
  if (late) items.unshift(item('/console/settings', said))
  if (stats.cron_faults > 0)
    items.unshift(item('/console/settings', word('console.cron.faults', { n: stats.cron_faults })))
  byId('attention-list').replaceChildren(...items)
  byId('attention').hidden = items.length === 0
}

const load = async () => {
  try {
    const days = Number(byId<HTMLSelectElement>('days').value)
    const stats = await auth.admin.getStats({ days })
    showStats(stats)
    const { advice } = await auth.admin.getSettings()
    showAttention(stats, advice, stats.failed_mails)
    pageError(undefined)
  } catch (error) {
    pageError(error)
  }
}

byId('days').addEventListener('change', load)
load()
