import { type MetadataJson, parsePhoneNumberFromString } from 'libphonenumber-js/core'
import { phoneMetadata } from './phone-metadata.ts'

const metadata = JSON.parse(phoneMetadata) as MetadataJson

/** Undefined for what is not a number as a whole: without `extract: false`, one is looked for in any text. */
export const parseNumber = (text: string) => parsePhoneNumberFromString(text, { extract: false }, metadata)
