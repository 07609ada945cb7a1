/**
 * Takes one defence out of a process, for `node --import`: the sources of ours that
 * `removed-defences.ts` names are edited while they are loaded, so that nothing shipped knows of it.
 *
 * Promises: an edit that does not fit its source exactly once ends the process, so the table cannot rot.
 */
import { registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { isDefence, REMOVED_DEFENCES } from '../removed-defences.ts'
import type { Edit } from '../removed/edit.ts'

/** The environment variable that names the defence. */
export const REMOVED = 'HALFMINUTE_TEST_REMOVED_DEFENCE'

const ROOT = join(import.meta.dirname, '../../..')

/** @throws Error when the text to be replaced is not there exactly once */
export function edited(source: string, { file, find, replace }: Edit): string {
  const [before, after, ...more] = source.split(find)
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`removed-defences.ts: not exactly once in ${file}:\n${find}`)
  }
  return before + replace + after
}

function remove(edits: readonly Edit[]): void {
  const files = new Set(edits.map(({ file }) => pathToFileURL(join(ROOT, file)).href))
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      if (!files.has(url) || loaded.source === undefined || loaded.source === null) return loaded
      const own = edits.filter(({ file }) => fileURLToPath(url) === join(ROOT, file))
      const { source } = loaded
      const text = typeof source === 'string' ? source : new TextDecoder().decode(source)
      return { ...loaded, source: own.reduce(edited, text) }
    },
  })
}

const name = process.env[REMOVED]
if (name !== undefined) {
  if (!isDefence(name)) throw new Error(`removed-defences.ts: no defence is called "${name}"`)
  remove(REMOVED_DEFENCES[name])
}
