/**
 * `node tools/make-common-passwords.ts`: writes the list of refused passwords that the engine ships. Stops
 * this rot: a list that nobody can tell the origin of, or bring up to date. A test holds the file against
 * the pinned package; after an update of it, run this once more.
 *
 * Out of 49,000 it keeps those of at least 8 characters, which are the ones that the length rules let
 * through, folded as the engine compares them, once each and sorted.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dictionary } from '@zxcvbn-ts/language-common'
import { repositoryRoot } from './lib/files.ts'

const PACKAGE = 'node_modules/@zxcvbn-ts/language-common'
const SHORTEST = 8

export const COMMON_PASSWORDS = 'packages/engine/src/common-passwords.txt'

export function commonPasswords(root: string): string {
  const words = dictionary['passwords-common']
    .map((word) => word.normalize('NFKC').toLowerCase())
    .filter((word) => Array.from(word).length >= SHORTEST)
  return [...headOf(root), ...[...new Set(words)].toSorted(), ''].join('\n')
}

/** The licence asks to travel with every copy. */
function headOf(root: string): string[] {
  const { name, version } = JSON.parse(
    readFileSync(join(root, PACKAGE, 'package.json'), 'utf8'),
  ) as {
    name: string
    version: string
  }
  const licence = readFileSync(join(root, PACKAGE, 'LICENSE.txt'), 'utf8')
    .trim()
    .split(/\r?\n/)
  return [
    `Common and breached passwords of ${SHORTEST} characters and more, from ${name} ${version} (MIT).`,
    'Made by tools/make-common-passwords.ts.',
    '',
    ...licence,
  ].map((line) => `# ${line}`.trimEnd())
}

if (import.meta.main) {
  writeFileSync(join(repositoryRoot, COMMON_PASSWORDS), commonPasswords(repositoryRoot))
}
