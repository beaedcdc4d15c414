const description = `
Registration, verified e-mail, log-in, rotating refresh tokens and password recovery.

### Tokens and cookies
A log-in gives an **access token** (a JWT by RFC 9068, good for 15 minutes, verified by other services with the keys at
[\`/.well-known/jwks.json\`](/.well-known/jwks.json)) and a **refresh token** (good for one refresh within 7 days, and never
past 30 days from the log-in). Both come in the body and as HttpOnly cookies, \`token\` and \`refresh_token\`; over https their
names begin with \`__Host-\`. A request authenticates with \`Authorization: Bearer …\` or with the cookie; the header wins, and
one that does not hold never falls back to the cookie.

### Transport
\`?transport=body\` leaves the cookies out, \`?transport=cookie\` leaves the tokens out of the body. The setting
\`TOKEN_TRANSPORT\` gives the default and may forbid tokens in bodies. A browser that sends or is to receive cookies must be on
our own origin or on one in \`CORS_ORIGINS\`; its unsafe requests from anywhere else are \`cross_site\`. Clients that are no
browsers may keep cookies or not.

### Errors
Every failure is \`application/problem+json\` (RFC 9457): \`code\` is stable and for programs, \`detail\` is a sentence for people,
\`errors\` says which member of the input is wrong. \`type\` leads to the page that [explains every code](/errors). \`429\` and
\`503\` say in \`Retry-After\` how many seconds to wait.

### Older paths
The service also answers where older APIs kept the same operations: each names its older paths. Bodies may spell
\`currentPassword\`, \`newPassword\`, \`rememberMe\`, \`is_verified\`, and a name in two parts (\`first_name\` and \`last_name\`,
\`firstName\` and \`lastName\`, \`fname\` and \`lname\`); a list takes \`limit\` for \`per_page\` and \`is_verified\` for
\`email_verified\`. Replies are those that stand here, whatever the path: a client of an older API has to be changed where it
reads others. A member that other services know and this one does not is named in \`warnings\`. A value of a query that is
empty counts as absent. A password or token in the query of a request that acts is refused, but for the link that verifies.
`

export const info = {
  title: 'Gatehouse',
  description: description.trim(),
  license: { name: 'MIT', identifier: 'MIT' },
}
