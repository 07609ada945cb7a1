/**
 * The hash that ties an event to the one before it. Pure, and a contract: whoever holds a copy of the
 * rows can compute the same 32 bytes without this program.
 *
 *     hash = SHA-256( UTF-8( "halfminute event 1\n" + JSON ) )
 *     JSON = [previous, accountId, sequence, at, kind, result, factor, source], without white space
 *
 * `previous` is the hash of the same account's event before, as 64 lower-case hexadecimal digits; 64
 * zeros for the first one. Numbers are whole and decimal, what is absent is `null`, and a text that is
 * not well-formed Unicode is taken as a database keeps it, with U+FFFD for each half of a pair.
 * The encoding never changes; another one would say `event 2`.
 */
import { hash } from 'node:crypto'
import type { Event } from './store.ts'

const DOMAIN = 'halfminute event 1\n'
const NOTHING_BEFORE = new Uint8Array(32)

/** @param previous hash of the account's event before this one; undefined for the first */
export function eventHash(previous: Uint8Array | undefined, event: Event): Uint8Array {
  const { accountId, sequence, at, kind, result, factor, source } = event
  const before = Buffer.from(previous ?? NOTHING_BEFORE).toString('hex')
  const fields = [before, accountId, sequence, at, kind, result, factor, source]
  const json = JSON.stringify(fields.map((value) => wellFormed(value)))
  return new Uint8Array(hash('sha256', DOMAIN + json, 'buffer'))
}

function wellFormed(value: string | number | null): string | number | null {
  return typeof value === 'string' ? value.toWellFormed() : value
}
