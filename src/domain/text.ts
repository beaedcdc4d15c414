/**
 * Spaces of all kinds, line breaks, and marks that nobody sees: what comes along at the ends of a copied text. Not U+202E,
 * which contacts do not add and which turns what follows it around.
 */
const ends =
  /^[\u034f\p{White_Space}\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202d\u2060-\u206f\ufeff]+|[\u034f\p{White_Space}\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202d\u2060-\u206f\ufeff]+$/gu

/** A text too long to be looked at stays as it is: the time it takes grows with the square of a run of spaces. */
export const trimmed = (text: string) => (text.length > 1000 ? text : text.replace(ends, ''))

/**
 * Something that is seen: no space, mark, control character or joiner, nothing without a meaning (RFC 8264 §9), and none
 * of the letters that Unicode makes look like a space.
 */
const seen = /(?![\p{White_Space}\p{M}\p{C}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{13441}\u{13442}])./su

export const isVisible = (text: string) => seen.test(text)

/**
 * RFC 8266 §2.3: a name in NFC and without space at its ends; joiners inside are kept, for scripts and emoji need them.
 * One of nothing but space stays what it is, and is no name.
 */
export const tidyName = (text: string) => trimmed(text.normalize('NFC')) || text
