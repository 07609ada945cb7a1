/**
 * `npm test`. Stops this rot: a test file that nobody runs, because a script's list or a glob forgot its
 * folder. Every `*.test.ts` of the repository is found here, and a name that matches none is an error.
 *
 *     node tools/run-tests.ts [--slow] [PATH or part of one …] [flags of node --test, as --name=value]
 *
 * The exit status and the last lines are those of Node's own runner.
 */
import { spawnSync } from 'node:child_process'
import { listFiles, repositoryRoot, TEST_PATTERNS } from './lib/files.ts'

export interface Selection {
  readonly files: readonly string[]
  /** Passed on to `node --test`. */
  readonly flags: readonly string[]
  /** Words that matched no test file. */
  readonly unmatched: readonly string[]
}

/** Naming a slow test by its whole path runs it without `--slow` as well. */
export function selectTests(root: string, args: readonly string[]): Selection {
  const slow = args.includes('--slow')
  const flags = args.filter((arg) => arg.startsWith('-') && arg !== '--slow')
  const words = args
    .filter((arg) => !arg.startsWith('-'))
    .map((arg) => arg.replace(/^\.\//, '').replaceAll('\\', '/'))
  const all = listFiles(root, TEST_PATTERNS)
  const everyday = all.filter((file) => slow || words.includes(file) || !isSlow(file))
  return {
    files: everyday.filter((file) => words.length === 0 || words.some((w) => file.includes(w))),
    flags,
    unmatched: words.filter((word) => !everyday.some((file) => file.includes(word))),
  }
}

const isSlow = (file: string) => file.endsWith('.slow.test.ts')

function main(): number {
  const { files, flags, unmatched } = selectTests(repositoryRoot, process.argv.slice(2))
  for (const word of unmatched) console.error(`${word}: no test file to run has this in its path`)
  if (unmatched.length > 0) return 1
  if (files.length === 0) {
    console.error('no test files found')
    return 1
  }
  const runner = ['--test', '--test-reporter=spec', '--test-concurrency=2', ...flags]
  // Tests that can do more when there is time for it look here.
  const thorough = process.argv.includes('--slow')
  const { status } = spawnSync(process.execPath, [...runner, ...files], {
    cwd: repositoryRoot,
    stdio: 'inherit',
    env: { ...process.env, ...(thorough && { HALFMINUTE_TEST_THOROUGH: '1' }) },
  })
  return status ?? 1
}

if (import.meta.main) process.exitCode = main()
