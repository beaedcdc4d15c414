// Runs before any package manager installs the project. Only npm reads package-lock.json, which has the checksums.
const [manager = ''] = (process.env.npm_config_user_agent ?? 'npm').split('/')

if (manager !== 'npm') {
  console.error(`This project is installed by npm and no other: package-lock.json has the checksums. Instead of ${manager}:
  npm start
It installs what is missing. Files that ${manager} left here (.pnp.cjs, .yarn, yarn.lock, pnpm-lock.yaml, bun.lock) can go.`)
  process.exit(1)
}
