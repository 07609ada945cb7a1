/**
 * Which files the tools look at. Paths are relative to a root that is handed in, with forward slashes,
 * sorted, and never inside installed, built or run-time folders. Reads names only, no contents.
 */
import { globSync } from 'node:fs'
import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repositoryRoot: string = fileURLToPath(new URL('../../', import.meta.url))

const NEVER = ['node_modules', '**/node_modules', 'build', 'data', 'coverage']

export function listFiles(root: string, patterns: readonly string[]): string[] {
  const found = globSync(patterns, { cwd: root, exclude: NEVER })
  return found.map((path) => path.replaceAll(sep, '/')).toSorted()
}

/** Where tests live. A file whose name ends in `.slow.test.ts` is left out of everyday runs. */
export const TEST_PATTERNS = [
  'packages/*/test/**/*.test.ts',
  'e2e/**/*.test.ts',
  'examples/**/*.test.ts',
  'tools/test/**/*.test.ts',
  'bench/**/*.test.ts',
] as const
