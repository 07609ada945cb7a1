/**
 * One request to whoever sends SMS for us.
 *
 * Promises: over within ten seconds; no redirect is followed, since the secrets are for one address; what
 * is thrown says the status and when to come back, and nothing of what was sent or answered.
 */
import { codeOf } from '../opening.ts'

export const MOST_MILLISECONDS = 10_000
/** More than any answer of theirs; the rest is not read. */
const MOST_ANSWER_BYTES = 65_536

/** It was not sent now. The outbox tries again. */
export class SmsProblem extends Error {
  override readonly name = 'SmsProblem'
  /** For the log. */
  readonly code: string
  readonly responseCode: number | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: string,
    answer: { status?: number; retryAfterSeconds?: number | undefined } = {},
  ) {
    super(`SMS: ${code}`)
    this.code = code
    this.responseCode = answer.status
    this.retryAfterSeconds = answer.retryAfterSeconds
  }
}

export interface Answer {
  readonly status: number
  /** Of a body that is JSON; undefined where it is none. */
  readonly json: unknown
  /** What to throw where the status means that it is to be tried again. */
  readonly problem: SmsProblem
}

/** @throws SmsProblem where there was no answer, or none in time */
export async function post(
  url: string,
  request: { headers: Readonly<Record<string, string>>; body: string; mostMilliseconds: number },
): Promise<Answer> {
  const { headers, body, mostMilliseconds } = request
  try {
    const signal = AbortSignal.timeout(mostMilliseconds)
    const sent = { method: 'POST', headers, body, signal, redirect: 'manual' } as const
    const response = await fetch(url, sent)
    const { status } = response
    const retryAfterSeconds = secondsOf(response.headers.get('retry-after'))
    const json = parsed(await textOf(response))
    return { status, json, problem: new SmsProblem('HTTP', { status, retryAfterSeconds }) }
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError'
    const below = error instanceof Error && error.cause !== undefined ? error.cause : error
    throw new SmsProblem(timedOut ? 'ETIMEDOUT' : codeOf(below))
  }
}

/** Dates are not read: nobody in this trade sends them. */
function secondsOf(retryAfter: string | null): number | undefined {
  return retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  const body = response.body as AsyncIterable<Uint8Array> | null
  for await (const chunk of body ?? []) {
    chunks.push(chunk)
    length += chunk.length
    if (length > MOST_ANSWER_BYTES) break
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
