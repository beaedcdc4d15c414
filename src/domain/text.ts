/**
 * Spaces of all kinds, line breaks and invisible marks, which copied text has at its ends. Not U+202E, which address
 * books do not add and which reverses the text after it.
 */
const ends =
  /^[\u034f\p{White_Space}\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202d\u2060-\u206f\ufeff]+|[\u034f\p{White_Space}\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202d\u2060-\u206f\ufeff]+$/gu

/**
 * Removes such characters from both ends. A text over 1,000 characters stays as it is, because the time would grow with
 * the square of the length of a run of spaces.
 */
export const trimmed = (text: string) => (text.length > 1000 ? text : text.replace(ends, ''))

/**
 * A visible character: no space, mark, control character or joiner, no character without a meaning (RFC 8264 §9), and
 * none of the letters that Unicode displays like a space.
 */
const seen = /(?![\p{White_Space}\p{M}\p{C}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{13441}\u{13442}])./su

export const isVisible = (text: string) => seen.test(text)

/**
 * Returns a name in NFC without space at its ends (RFC 8266 §2.3). Joiners inside are kept, because scripts and emoji
 * need them. A name of white space only is returned as it is; it is refused elsewhere.
 */
export const tidyName = (text: string) => trimmed(text.normalize('NFC')) || text
