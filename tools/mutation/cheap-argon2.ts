/**
 * Stands in for `@node-rs/argon2` where time matters and strength does not: the same strings, made with one
 * SHA-256, and after a turn of the event loop, as the real one answers from another thread.
 */
import { createHash, randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'

interface Cost {
  readonly memoryCost?: number
  readonly timeCost?: number
  readonly parallelism?: number
}

const PHC = /^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$([^$]+)\$([^$]+)$/
const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
const digest = (salt: string, text: string) =>
  base64(createHash('sha256').update(salt).update(text).digest())

export async function hash(text: string, cost: Cost = {}): Promise<string> {
  const { memoryCost = 4_096, timeCost = 3, parallelism = 1 } = cost
  await setImmediate()
  const salt = base64(randomBytes(16))
  const parameters = `m=${memoryCost},t=${timeCost},p=${parallelism}`
  return `$argon2id$v=19$${parameters}$${salt}$${digest(salt, text)}`
}

export async function verify(phc: string, text: string): Promise<boolean> {
  await setImmediate()
  const [, salt, wanted] = PHC.exec(phc) ?? []
  if (salt === undefined) throw new Error('not a PHC string')
  return digest(salt, text) === wanted
}
