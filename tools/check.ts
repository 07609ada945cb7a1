/**
 * `npm run check`: everything about the code that is not a test, one line each. Stops this rot: checks
 * that each developer runs a different half of, and a first failure that hides the four behind it.
 *
 *     node tools/check.ts [NAME …]        all of them, or only those named
 */
import { styleText } from 'node:util'
import { repositoryRoot } from './lib/files.ts'
import { type Finished, run, runPinned } from './lib/process.ts'

const at = { cwd: repositoryRoot }
const tool = (script: string) => run(process.execPath, [`tools/${script}`], at)

async function buildAndTry(): Promise<Finished> {
  const built = await tool('build-packages.ts')
  return built.status === 0 ? tool('check-packages.ts') : built
}

const CHECKS: Readonly<Record<string, () => Promise<Finished>>> = {
  types: () => runPinned('typescript', ['-p', '.'], { ...at, bin: 'tsc' }),
  lint: () => runPinned('oxlint', ['--type-aware', '--deny-warnings'], at),
  format: () => runPinned('prettier', ['--check', '.'], at),
  imports: () => tool('check-imports.ts'),
  docs: () => tool('check-docs.ts'),
  unused: () => runPinned('knip', [], at),
  packages: buildAndTry,
}

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !Object.hasOwn(CHECKS, name))
  if (unknown.length > 0) {
    console.error(
      `no such check: ${unknown.join(', ')}; there are ${Object.keys(CHECKS).join(', ')}`,
    )
    return 2
  }
  let status = 0
  for (const [name, check] of Object.entries(CHECKS)) {
    if (names.length > 0 && !names.includes(name)) continue
    const started = performance.now()
    const finished = await check()
    const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(6)
    const verdict =
      finished.status === 0 ? styleText('green', 'ok    ') : styleText('red', 'FAILED')
    const words = name === 'docs' && finished.status === 0 ? `   ${finished.output.trim()}` : ''
    console.log(`${verdict} ${name.padEnd(9)}${seconds} s${words}`)
    if (finished.status === 0) continue
    console.log(finished.output.trimEnd().replaceAll(/^/gm, '       '))
    status = 1
  }
  return status
}

process.exitCode = await main(process.argv.slice(2))
