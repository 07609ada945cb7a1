/**
 * The names of all tests, read from the sources without running them: the first argument of `test`, `it`,
 * `describe` and their `.only`, and of `attack` and `ownAttack` of e2e/attacks. Skipped and planned tests prove nothing and are left out; so is a name that
 * is not written as a string where it is used.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { listFiles, TEST_PATTERNS } from '../lib/files.ts'
import { lineOf, scan } from '../lib/source.ts'

export interface NamedTest {
  readonly file: string
  readonly line: number
  /** Without the ids; `…` stands for what a template fills in. */
  readonly name: string
  readonly ids: readonly string[]
}

/** Suites that a package exports for its users hold tests as well. */
const PATTERNS = [...TEST_PATTERNS, 'packages/*/src/testing/**/*.ts']
const CALL =
  /(?<![\w$.])(?:t\.)?(?:test|it|describe|suite|attack|ownAttack)(?:\.only)?\s*\(\s*(?=['"`])/g
const IDS = /\s*\[((?:R\d+[\s,]*)+)\]\s*$/

export function testNamesIn(file: string, source: string): NamedTest[] {
  const { code, strings } = scan(source)
  return [...code.matchAll(CALL)].flatMap((match) => {
    const literal = strings.get(match.index + match[0].length)
    if (!literal) return []
    const text = literal.raw
      .replaceAll(/\$\{[^}]*\}/g, '…')
      .replaceAll(/\\(.)/g, '$1')
      .trim()
    const ids = IDS.exec(text)?.[1]?.match(/R\d+/g) ?? []
    return [{ file, line: lineOf(source, match.index), name: text.replace(IDS, ''), ids: [...ids] }]
  })
}

export function namedTests(root: string): NamedTest[] {
  return listFiles(root, PATTERNS).flatMap((file) =>
    testNamesIn(file, readFileSync(join(root, file), 'utf8')),
  )
}
