/** What the people of `npm start -- --demo` are made of. Names are common ones of many places; nobody is meant. */

export const names =
  `Amara Okafor, José García, Łukasz Nowak, Mei Tanaka, Priya Sharma, Liam Murphy, Fatima Zahra, Noah Weber,
Sofia Rossi, Ahmed Hassan, Chloé Dubois, Mateo Fernández, Yuki Sato, Olivia Smith, Ivan Petrov, Aisha Bello, Lucas Silva,
Emma Johansson, Omar Farouk, Hannah Fischer, Daniel Kim, Zoë de Vries, Gabriel Costa, Ingrid Larsen, Tariq Aziz, Elena Popescu,
Hugo Martin, Nadia Haddad, Oscar Lindqvist, Grace Wanjiru, Pedro Alves, Anika Gupta, Tom Baker, Leila Karimi, Marek Dvořák,
Sara Cohen, Kofi Mensah, Julia Schäfer, Diego Torres, Wei Chen, Aoife Byrne, Samir Patel, Marta Kowalska, Felix Braun,
Lina Nguyen, Paolo Ricci, Ebba Nilsson, Thabo Dlamini, Clara Moreau, Rafael Souza, Hana Suzuki, Jonas Müller, Zainab Yusuf,
Erik Olsen, Camila Rojas, Peter Novak, Nora Jensen, Kwame Boateng, Isabel Ortiz, Theo Laurent, Maya Levi, Anton Ivanov,
Rosa Greco, Finn Becker, Alice Brown, Mohamed Salah, Eva Horváth, Bruno Lima, Naomi Mori, George Taylor, Salma Idrissi,
Victor Hugo Reis, Greta Wagner, Arjun Reddy, Louise Petit, Stefan Ionescu, Lucia Marino, Henry Wilson, Amina Diallo,
Kenji Ito, Katarina Kovač, Simon Keller, Beatriz Santos, Ravi Iyer, Agnes Berg, Carlos Mendoza, Freya Madsen, Jamal Carter,
Inês Ferreira, Nils Hansen, Ruth Adeyemi, Adrian Vidal, Sana Malik, Otto Schneider, Teresa Gomez, Joon Park, Elif Yılmaz,
Max Hoffmann, Sienna Clarke, Ada Byron`
    .split(',')
    .map((name) => name.trim())

/** City and country, as Cloudflare would report them. */
export const places: [string, string][] = [
  ['Lagos', 'NG'],
  ['Madrid', 'ES'],
  ['Warsaw', 'PL'],
  ['Tokyo', 'JP'],
  ['Mumbai', 'IN'],
  ['Dublin', 'IE'],
  ['Berlin', 'DE'],
  ['São Paulo', 'BR'],
  ['Paris', 'FR'],
  ['Toronto', 'CA'],
]

export const agents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
]

/** Returns the address of a person: letters of other alphabets and accents are left out. */
export const addressOf = (name: string): string => {
  const plain = name
    .normalize('NFKD')
    .replaceAll('Ł', 'L')
    .replaceAll('ı', 'i')
    .replace(/[^A-Za-z ]/g, '')
  return `${plain.toLowerCase().replaceAll(' ', '.')}@example.com`
}
