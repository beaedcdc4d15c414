/** Red, green and blue from 0 to 255. */
type Colour = [number, number, number]

const read = (hex: string) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as Colour

const write = (colour: Colour) => `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`

/** Relative luminance (WCAG 2.2). */
const luminance = (colour: Colour) => {
  const [r, g, b] = colour.map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as Colour
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** Returns the contrast ratio of two colours such as `#0f6b63` (WCAG 2.2), from 1 to 21. */
export const contrast = (one: string, other: string): number => {
  const [light, dark] = [read(one), read(other)].map(luminance).sort((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

/** The least contrast of text (WCAG 2.2, 1.4.3). */
export const leastContrast = 4.5

/** Moves a colour towards black or white until text in it can be read on the background. */
const readable = (colour: string, ground: string, towards: 0 | 255) => {
  for (let step = 0; ; step++) {
    const moved = write(read(colour).map((part) => Math.round(part + ((towards - part) * step) / 32)) as Colour)
    if (step === 32 || contrast(moved, ground) >= leastContrast) return moved
  }
}

/** Black or white: one of them has a contrast of at least 4.58 with any colour. */
const on = (colour: string) => (contrast(colour, '#ffffff') >= leastContrast ? '#ffffff' : '#000000')

/**
 * The backgrounds of pages and mails: in light mode at least as light as the first, in dark mode at least as dark as
 * the second.
 */
const grounds = { light: '#efede8', dark: '#26292d' }

/**
 * The colours of buttons, of the text on them, and of links. In dark mode (`dark`, `onDark`), links have the colour of
 * buttons.
 */
export type Colours = { button: string; onButton: string; link: string; dark: string; onDark: string }

/** Returns the colours that follow from the operator's one. */
export const coloursOf = (colour: string | undefined): Colours => {
  if (!colour) return { button: '#0f6b63', onButton: '#ffffff', link: '#0f6b63', dark: '#4fd1c0', onDark: '#06231f' }
  const dark = readable(colour, grounds.dark, 255)
  return {
    ...{ button: colour, onButton: on(colour), link: readable(colour, grounds.light, 0) },
    ...{ dark, onDark: on(dark) },
  }
}
