/**
 * Runs other programs for the tools: the ones this repository pins, under the very Node that runs the
 * tool, so that a machine's own older `node`, `npm` or `tsc` is never picked up by accident.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { repositoryRoot } from './files.ts'

export interface Finished {
  /** Exit status; 1 when the program was ended by a signal or could not be started. */
  readonly status: number
  readonly stdout: string
  /** Both streams, as they came. */
  readonly output: string
}

export interface RunOptions {
  readonly cwd: string
  readonly timeoutSeconds?: number
}

export function run(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Finished> {
  const ours = [dirname(process.execPath), join(repositoryRoot, 'node_modules', '.bin')]
  // NODE_TEST_CONTEXT is set inside a running test; a runner that inherits it silently runs nothing.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env
  const env = { ...inherited, PATH: [...ours, process.env['PATH']].join(delimiter) }
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: (options.timeoutSeconds ?? 600) * 1000,
    })
    let stdout = ''
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.on('error', (error) => resolve({ status: 1, stdout, output: `${output}${error}\n` }))
    child.on('close', (code, signal) => {
      const ended = signal ? `ended by ${signal}\n` : ''
      resolve({ status: code ?? 1, stdout, output: output + ended })
    })
  })
}

/** Runs the `bin` that a pinned dev dependency of the root brings. */
export function runPinned(
  packageName: string,
  args: readonly string[],
  options: RunOptions & { readonly bin?: string },
): Promise<Finished> {
  const folder = join(repositoryRoot, 'node_modules', packageName)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>
  }
  const script = typeof bin === 'string' ? bin : bin[options.bin ?? packageName]
  if (script === undefined) throw new RangeError(`bin: ${packageName} has no ${options.bin}`)
  return run(process.execPath, [join(folder, script), ...args], options)
}

/** npm itself: the one that started us, else the one on the PATH. */
export function runNpm(args: readonly string[], options: RunOptions): Promise<Finished> {
  const started = process.env['npm_execpath']
  return started !== undefined && /npm-cli\.[cm]?js$/.test(started)
    ? run(process.execPath, [started, ...args], options)
    : run('npm', args, options)
}
