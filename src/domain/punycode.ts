/**
 * Returns the letters that an A-label encodes, given without its `xn--` (RFC 3492 §6.2). Undefined if it encodes none.
 */
const decoded = (encoded: string): string | undefined => {
  const cut = encoded.lastIndexOf('-')
  const letters = [...encoded.slice(0, Math.max(0, cut))].map((letter) => letter.codePointAt(0)!)
  let bias = 72
  let point = 128
  let place = 0
  for (let at = cut + 1; at < encoded.length; place++) {
    const before = place
    for (let weight = 1, k = 36; ; k += 36) {
      const digit = '0123456789'.includes(encoded[at]!)
        ? Number(encoded[at]) + 26
        : (encoded[at]?.charCodeAt(0) ?? 0) - 97
      at++
      if (digit < 0 || digit > 35) return
      place += digit * weight
      const threshold = Math.min(26, Math.max(1, k - bias))
      if (digit < threshold) break
      weight *= 36 - threshold
    }
    const length = letters.length + 1
    let delta = Math.floor((place - before) / (before === 0 ? 700 : 2))
    delta += Math.floor(delta / length)
    bias = 0
    for (; delta > 455; bias += 36) delta = Math.floor(delta / 35)
    bias += Math.floor((36 * delta) / (delta + 38))
    point += Math.floor(place / length)
    place %= length
    if (point > 0x10ffff) return
    letters.splice(place, 0, point)
  }
  return letters.length > 0 ? String.fromCodePoint(...letters) : undefined
}

/** Returns the domain in Unicode. Undefined if a label begins like an A-label but is not one. */
export const unicodeDomain = (ascii: string): string | undefined => {
  const labels = ascii.split('.').map((label) => (label.startsWith('xn--') ? decoded(label.slice(4)) : label))
  const written = labels.includes(undefined) ? '' : labels.join('.')
  const url = `http://${written}/`
  return written !== '' && URL.canParse(url) && new URL(url).hostname === ascii ? written : undefined
}
