import { searchText } from '../src/storage/search-text.ts'

/** People of a crowd whose names and addresses are written in other letters than A to Z, and how admins look for them. */

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

/** One of `share` is of each kind; prime, so that it has nothing in common with the filters of the crowd. */
const share = 19

const text = (value: string) => `'${value.replaceAll("'", "''")}'`

/** What the row numbered `i` has, as SQL: of `local`, an expression, and in place of `name`, another one. */
export const written = (local: string, name: string) => {
  const chosen = (of: (name: string) => string) =>
    `case i / ${share} % ${names.length} ${names.map((each, n) => `when ${n} then ${text(of(each))}`).join(' ')} end`
  const [named, idn, dialled] = [7, 11, 13].map((rest) => `i % ${share} = ${rest}`)
  const email = `iif(${idn}, ${local} || '@${domain}', ${local} || '@example.com')`
  const phone = `iif(${dialled}, '+4420' || (79460000 + i), null)`
  // As `searchText` has it, but of an address that SQL makes.
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

/** Each in another spelling than it was written in, and what stands in an address, a phone and an id. */
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
