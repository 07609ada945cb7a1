/** Folders for our own files: made for this user alone. */
import { mkdirSync, rmdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder, level by level: a recursive `mkdir` of Node never ends below /proc.
 * @returns steps that take away again what was not there before, the innermost last
 */
export function makeFolder(path: string): (() => void)[] {
  if (statSync(path, { throwIfNoEntry: false })) return []
  const steps = makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
  const takeAway = () => {
    rmdirSync(path)
  }
  return [...steps, takeAway]
}
