const svg = (name: string, attributes: Record<string, number>) => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  return element
}

const [width, height, gap] = [600, 192, 4]

/**
 * Draws a bar for each number, with its words as a tooltip. A day without events has a short stub, so that it is
 * visible.
 */
export const drawBars = (place: SVGSVGElement, values: number[], words: string[]) => {
  const most = Math.max(1, ...values)
  const step = width / values.length
  const lines = [0, height / 2, height].map((y) => svg('line', { x1: 0, x2: width, y1: y, y2: y }))
  const bars = values.map((value, i) => {
    const tall = Math.max(value === 0 ? 1.5 : 4, (value / most) * height)
    const bar = svg('rect', { x: i * step + gap / 2, y: height - tall, width: step - gap, height: tall, rx: 2 })
    const title = svg('title', {})
    title.textContent = words[i] ?? ''
    bar.append(title)
    return bar
  })
  place.replaceChildren(...lines, ...bars)
}
