import { searchText } from '../../../src/storage/search-text.ts'

/** People of a crowd with names and addresses beyond A to Z, and how admins search for them. */

const names = [
  'José García',
  'Nguyễn Thị Ánh',
  'İbrahim Işık',
  'Weißstraße',
  'Élodie Brontë',
  'Łukasz Đinh',
  'Αθηνά Παπαδοπούλου',
  '山田 太郎',
  '김민준',
]

const domain = 'xn--bcher-kva.example'

/** One user in `share` is of each kind. A prime, so that these users are spread over the filters of the crowd. */
const share = 19

const text = (value: string) => `'${value.replaceAll("'", "''")}'`

/** Returns SQL for row `i`: its address, from the expression `local`, and its name, in place of `name`. */
export const written = (local: string, name: string) => {
  const chosen = (of: (name: string) => string) =>
    `case i / ${share} % ${names.length} ${names.map((each, n) => `when ${n} then ${text(of(each))}`).join(' ')} end`
  const [named, idn, dialled] = [7, 11, 13].map((rest) => `i % ${share} = ${rest}`)
  const email = `iif(${idn}, ${local} || '@${domain}', ${local} || '@example.com')`
  const phone = `iif(${dialled}, '+4420' || (79460000 + i), null)`
  // Like the result of `searchText`, but for an address that SQL computes.
  const searchEmail = text(searchText({ email: `@${domain}`, emailCanonical: `@${domain}` }).searchEmail!)
  return {
    email,
    name: `iif(${named}, ${chosen((each) => each)}, ${name})`,
    phone,
    search_name: `iif(${named}, ${chosen((each) => searchText({ name: each }).searchName!)}, null)`,
    search_email: `iif(${idn}, ${local} || replace(${searchEmail}, char(10, 10) || '@', char(10, 10) || ${local} || '@'), null)`,
    search_phone: phone,
  }
}

/** Searches in other spellings than those stored, and for parts of an address, a phone number and an id. */
export const spellings = [
  'josé',
  'Jose\u0301 garcia',
  'nguyễn'.normalize('NFD'),
  'ibrahim',
  'IŞIK',
  'STRASSE',
  'weiss',
  'elodie',
  'lukasz',
  'dinh',
  'αθηνα',
  '太郎',
  '郎',
  '민준',
  'bücher',
  '@bücher.example',
  '+44',
  '7946',
  '020 7946',
  `${'a'.repeat(64)}@${'b'.repeat(60)}.ex`,
  '019aa2f6-4c7b-7a0e-9f7e-0f3d6a1f2b3c',
]
