/**
 * `npm run test:mutation`. Stops this rot: tests that run every line and would let it be wrong. Changes the
 * engine's decisions in one place at a time, a `<` to a `<=`, a condition to `true`, and runs the engine's
 * tests against each change. Prints the share that was noticed, file by file, and every change that was not.
 *
 *     node tools/mutation.ts [NAME or NAME:FIRST-LAST …]      as vault or login:60-90; all files by default
 *
 * Exits 1 where a file has less than 85 %, or where `mutation/equivalent.json`, the list of changes that
 * change nothing, names one that the tests notice. Works on a copy. Half an hour on two cores.
 */
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { Stryker } from '@stryker-mutator/core'
import { listFiles, repositoryRoot } from './lib/files.ts'
import { report } from './lib/report.ts'

const SOURCES = 'packages/engine/src'
const DECISIONS = ['verify', 'limits', 'pools', 'tries', 'login', 'sessions', 'vault']
const LEAST_PERCENT = 85

/** Begun with, as these notice most in the least time. */
const FIRST = ['vault', 'pools', 'limits', 'sessions', 'tickets', 'wrong-tries', 'verify-for-apps']
/** About other files than the changed ones, or of tests that take seconds. */
const LEFT_OUT = ['common-passwords', 'event-chain', 'qr', 'store-sqlite']
const TESTS = 'packages/engine/test'

function testFiles(): string[] {
  const named = (name: string) => `${TESTS}/${name}.test.ts`
  const first = FIRST.map(named)
  const others = listFiles(repositoryRoot, [`${TESTS}/*.test.ts`]).filter(
    (file) => !file.endsWith('.slow.test.ts') && !LEFT_OUT.map(named).includes(file),
  )
  return [...new Set([...first, ...others])]
}

type Mutant = Awaited<ReturnType<Stryker['runMutationTest']>>[number]

function mutate(names: readonly string[]): Promise<Mutant[]> {
  const words = [process.execPath, join(import.meta.dirname, 'mutation/until-failure.ts')]
  const stryker = new Stryker({
    mutate: names.map((name) => name.replace(/^[\w-]+/, `${SOURCES}/$&.ts`)),
    // The engine's tests name the package they stand in, so in the copy they find the copy.
    ignorePatterns: ['/.*', '/[!p]*', 'packages/otp', 'packages/server'],
    tempDirName: join(tmpdir(), 'halfminute-mutation'),
    testRunner: 'command',
    commandRunner: { command: [...words, ...testFiles()].map((word) => `"${word}"`).join(' ') },
    disableTypeChecks: false,
    // A change is noticed when a test fails, or never ends; not when the machine is busy.
    timeoutMS: 60_000,
    timeoutFactor: 4,
    concurrency: 2,
    plugins: [],
    reporters: [process.stdout.isTTY ? 'progress' : 'progress-append-only'],
    logLevel: 'warn' as never,
  })
  return stryker.runMutationTest()
}

interface Change {
  readonly file: string
  /** The line where the part begins, without the white space around it. */
  readonly line: string
  /** The part of the source that is changed, and what stands there then; white space is all one. */
  readonly from: string
  readonly to: string
}

/** A change after which the program does the same, so that no test can notice it. */
interface Equivalent extends Omit<Change, 'line'> {
  /** Left out where the same change means the same wherever it is made. */
  readonly line?: string
  readonly why: string
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ')

function changeOf({ fileName, location: { start, end }, replacement }: Mutant): Change {
  const lines = readFileSync(fileName, 'utf8')
    .split('\n')
    .slice(start.line - 1, end.line)
  const line = lines[0]?.trim() ?? ''
  const last = lines.pop()?.slice(0, end.column - 1) ?? ''
  const from = [...lines, last].join('\n').slice(start.column - 1)
  return { file: basename(fileName, '.ts'), line, from: oneLine(from), to: oneLine(replacement) }
}

const isSame = (one: Equivalent, other: Change) =>
  one.file === other.file &&
  (one.line ?? other.line) === other.line &&
  one.from === other.from &&
  one.to === other.to

function tell(mutants: readonly Mutant[], equivalents: readonly Equivalent[]): string[] {
  const problems: string[] = []
  for (const file of new Set(mutants.map(({ fileName }) => fileName))) {
    let noticed = 0
    let counted = 0
    for (const mutant of mutants.filter(({ fileName }) => fileName === file)) {
      const change = changeOf(mutant)
      const equivalent = equivalents.some((one) => isSame(one, change))
      const isNoticed = mutant.status === 'Killed' || mutant.status === 'Timeout'
      const where = `${relative(repositoryRoot, file)}:${mutant.location.start.line}`
      const what = `${change.from} → ${change.to}`
      if (equivalent && isNoticed) problems.push(`${where}: noticed after all: ${what}`)
      if (equivalent) continue
      counted++
      if (isNoticed) noticed++
      else console.log(`${where}: not noticed: ${what}`)
    }
    const percent = counted === 0 ? 100 : (noticed / counted) * 100
    console.log(`${basename(file)}: ${percent.toFixed(1)} %, ${noticed} of ${counted}`)
    if (percent < LEAST_PERCENT) problems.push(`${basename(file)}: less than ${LEAST_PERCENT} %`)
  }
  return problems
}

process.chdir(repositoryRoot)
const named = process.argv.slice(2)
const list = join(import.meta.dirname, 'mutation/equivalent.json')
const equivalents = JSON.parse(readFileSync(list, 'utf8')) as Equivalent[]
const mutants = await mutate(named.length > 0 ? named : DECISIONS)
report(tell(mutants, equivalents), `${mutants.length} changes tried`)
