import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../../cli/lib/process.ts'

/**
 * Runs npm in a folder of the project: the npm that runs this script, or else the installed one.
 * @returns its standard output, whatever the exit code: several commands report findings by it
 */
export const npm = (args: string[], folder = '.'): Promise<string> =>
  new Promise((resolve, reject) => {
    const { npm_execpath: path = '' } = process.env
    const [command, first] = /npm-cli\.c?js$/.test(path) ? [process.execPath, [path]] : ['npm', []]
    // On Windows `npm` is a .cmd file, which only a shell can run.
    const shell = command === 'npm' && process.platform === 'win32'
    const child = spawn(command, [...first, '--loglevel=error', '--no-update-notifier', ...args], {
      cwd: join(root, folder),
      shell,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
    child.once('error', reject).once('close', () => resolve(output))
  })
