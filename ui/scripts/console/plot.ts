const svg = (name: string, attributes: Record<string, number>) => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  return element
}

const [width, height] = [600, 192]

/** The greatest width of a bar: with few bars, a wider one would look like a wall. */
const widest = 80

/**
 * Draws a bar for each number, with its words as a tooltip. A day without events has a short stub, so that it is
 * visible. The table below the plot says the same to screen readers.
 */
export const drawBars = (place: SVGSVGElement, values: number[], words: string[]) => {
  const most = Math.max(1, ...values)
  const step = width / Math.max(1, values.length)
  const gap = Math.min(4, step / 4)
  const lines = [0, height / 2, height].map((y) => svg('line', { x1: 0, x2: width, y1: y, y2: y }))
  const bars = values.map((value, index) => {
    const tall = Math.max(value === 0 ? 1.5 : 4, (value / most) * height)
    const bar = svg('rect', {
      x: index * step + gap / 2,
      y: height - tall,
      width: Math.min(widest, step - gap),
      height: tall,
      rx: gap / 2,
    })
    const title = svg('title', {})
    title.textContent = words[index] ?? ''
    bar.append(title)
    return bar
  })
  // In right-to-left languages, time runs to the left.
  place.classList.toggle('mirrored', document.documentElement.dir === 'rtl')
  place.replaceChildren(...lines, ...bars)
}
