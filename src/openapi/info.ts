const description = `
Registration, verified e-mail, log-in, rotating refresh tokens and password recovery.

### Tokens and cookies
A log-in returns an **access token** (a JWT by RFC 9068, valid for 15 minutes, verified by other services with the keys at
[\`/.well-known/jwks.json\`](/.well-known/jwks.json)) and a **refresh token** (valid for one refresh within 7 days, and never
past 30 days from the log-in). Both are sent in the body and as HttpOnly cookies, \`token\` and \`refresh_token\`; over https their
names begin with \`__Host-\`. A request authenticates with \`Authorization: Bearer …\` or with the cookie; the header wins, and
an invalid one never falls back to the cookie.

### Transport
\`?transport=body\` leaves the cookies out, \`?transport=cookie\` leaves the tokens out of the body. The setting
\`TOKEN_TRANSPORT\` gives the default and may forbid tokens in bodies. A browser page that sends or receives cookies must be on
our own origin or on one in \`CORS_ORIGINS\`; unsafe requests from anywhere else are \`cross_site\`. Other clients may use
cookies or not.

### Errors
Every failure is \`application/problem+json\` (RFC 9457): \`code\` is stable and for programs, \`detail\` is a sentence for people,
\`errors\` names the faulty members of the input. \`type\` leads to the page that [explains every code](/errors). \`429\` and
\`503\` say in \`Retry-After\` how many seconds to wait.

### Older paths
The service also answers at the paths of older APIs: each operation names them. Bodies may use the spellings
\`currentPassword\`, \`newPassword\`, \`rememberMe\`, \`is_verified\`, and a name in two parts (\`first_name\` and \`last_name\`,
\`firstName\` and \`lastName\`, \`fname\` and \`lname\`); a list takes \`limit\` for \`per_page\` and \`is_verified\` for
\`email_verified\`. Replies are those documented here, whatever the path: a client of an older API must be changed where it
reads other members. \`warnings\` names members of a request that other services know and this one does not. An empty value
in a query counts as absent. A password or token in the query of a request that changes something is refused. The
exception is the token of a verification link.
`

export const info = {
  title: 'Gatehouse',
  description: description.trim(),
  license: { name: 'MIT', identifier: 'MIT' },
}
