/**
 * Passwords that are guessed first: those of known lists, and the names that stand on the form
 * (NIST SP 800-63B-4 §3.1.1.2). Letters that differ in case or look alike (NFKC) count as the same.
 *
 * The list is read at the first question, so it costs a start nothing: 170 kB of text, searched as it
 * is in about 0.1 ms. Its head says where it comes from; `tools/make-common-passwords.ts` makes it.
 */
import { readFileSync } from 'node:fs'

const LIST = new URL('./common-passwords.txt', import.meta.url)

/** What people add to a name so that it passes for a password: `acme2026!`. */
const TAIL = /^[\p{Nd}\p{P}\p{S}]{0,8}$/u

let list: string | undefined

/** Is it one of the list, in any case? */
export function isListed(password: string): boolean {
  list ??= readFileSync(LIST, 'utf8')
  const word = folded(password)
  return !word.includes('\n') && list.includes(`\n${word}\n`)
}

/**
 * Is it one of these names, or one followed by at most eight digits, punctuation marks and signs?
 * Case and spaces make no difference. Of a name with an @, the part before it is a name as well.
 */
export function isNamedAfter(password: string, names: readonly string[]): boolean {
  const word = unspaced(password)
  return names
    .map(unspaced)
    .flatMap((name) => [name, name.replace(/@.*$/s, '')])
    .some((name) => name !== '' && word.startsWith(name) && TAIL.test(word.slice(name.length)))
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

function unspaced(text: string): string {
  return folded(text).replaceAll(/\s/gu, '')
}
