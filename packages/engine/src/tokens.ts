/**
 * Ids and bearer tokens. Promises: 256 random bits per token; the store sees only its SHA-256 (R30).
 * A token ends with its account's id, so that one lookup touches one account's rows.
 */
import { createHash } from 'node:crypto'
import type { Random } from './ports.ts'
import type { TokenReference } from './store.ts'

/** 128 random bits as 32 hexadecimal characters. */
export function newId(random: Random): string {
  return Buffer.from(random(16)).toString('hex')
}

export function newToken(
  random: Random,
  accountId: string,
): TokenReference & { readonly token: string } {
  const token = `${Buffer.from(random(32)).toString('base64url')}.${accountId}`
  return { token, accountId, tokenHash: hash(token) }
}

/** What somebody handed in as a token; undefined when it cannot be one. */
export function readToken(token: unknown): TokenReference | undefined {
  if (typeof token !== 'string' || token.length > 512) return undefined
  const accountId = /^[\w-]{43}\.(.+)$/.exec(token)?.[1]
  return accountId === undefined ? undefined : { accountId, tokenHash: hash(token) }
}

/** A token of two halves: the first names a row as long as it lives, the second is another one each time. */
export interface RotatingToken extends TokenReference {
  readonly token: string
  /** Of the row; says nothing of the half that it is made from. */
  readonly id: string
  readonly lasting: string
}

/** @param lasting the first half of the token that this one follows */
export function newRotatingToken(
  random: Random,
  accountId: string,
  lasting = Buffer.from(random(32)).toString('base64url'),
): RotatingToken {
  const token = `${lasting}${Buffer.from(random(32)).toString('base64url')}.${accountId}`
  return { token, accountId, lasting, id: hashOf(lasting), tokenHash: hash(token) }
}

/** @returns undefined when it cannot be one */
export function readRotatingToken(token: unknown): RotatingToken | undefined {
  if (typeof token !== 'string' || token.length > 512) return undefined
  const [, lasting, accountId] = /^([\w-]{43})[\w-]{43}\.(.+)$/.exec(token) ?? []
  if (lasting === undefined || accountId === undefined) return undefined
  return { token, accountId, lasting, id: hashOf(lasting), tokenHash: hash(token) }
}

function hash(token: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(token).digest())
}

/** A name for something that should not stand there itself, such as a login in a counter's name. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Of a token and a code together: who has only the database cannot find the code by trying them all. */
export function boundHash(token: string, code: string): Uint8Array {
  return hash(`${token}/${code}`)
}

/** Tells a counted try from the others of its pool and second. */
export function newMark(random: Random): string {
  return Buffer.from(random(4)).toString('hex')
}
