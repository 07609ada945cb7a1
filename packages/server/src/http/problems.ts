/**
 * Failures as RFC 9457 problem details. One table: the engine's errors and those of HTTP alone.
 * Promises: `code` is stable, the words are fit for a stranger, and nothing of the cause goes out.
 */
import { EngineError, ERRORS } from '@halfminute/engine'
import type { ClockHelp, ErrorCode } from '@halfminute/engine'

export const HTTP_ERRORS = {
  BODY_TOO_LARGE: { status: 413, text: 'That is more than this service takes.' },
  CROSS_ORIGIN: { status: 403, text: 'This request came from another site.' },
  HEADERS_TOO_LARGE: { status: 431, text: 'The headers are more than this service takes.' },
  METHOD_NOT_ALLOWED: { status: 405, text: 'This address does not take that method.' },
  NOT_FOUND: { status: 404, text: 'There is nothing at this address.' },
  REQUEST_INVALID: { status: 400, text: 'The request is not of the expected form.' },
  REQUEST_TOO_SLOW: { status: 408, text: 'The request took too long to arrive.' },
  UNEXPECTED: { status: 500, text: 'Something went wrong on our side.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, text: 'The body must be JSON (application/json).' },
} as const satisfies Record<string, { status: number; text: string }>

export const PROBLEMS = { ...ERRORS, ...HTTP_ERRORS }

export type ProblemCode = ErrorCode | keyof typeof HTTP_ERRORS

/** `phone…Seconds`: with CODE_REFUSED, by how much the phone's clock is off. */
export interface ProblemExtras extends ClockHelp {
  readonly retryAfterSeconds?: number | undefined
  /** Which members of the request are wrong, and how; never their values. */
  readonly errors?: readonly { readonly member: string; readonly text: string }[]
  readonly allow?: readonly string[]
}

/** A failure on its way out. Thrown by the faces, turned into an answer in one place. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly extras: ProblemExtras

  constructor(code: ProblemCode, extras: ProblemExtras = {}) {
    super(PROBLEMS[code].text)
    this.code = code
    this.extras = extras
  }
}

/** Seconds after which a busy service is worth another try. */
const BUSY_SECONDS = 2

/** What of an error may be told; the log gets the rest. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof EngineError) {
    const retry = PROBLEMS[error.code].status === 503 ? { retryAfterSeconds: BUSY_SECONDS } : {}
    return new Problem(error.code, retry)
  }
  return new Problem('UNEXPECTED')
}

export function problemHeaders({ extras }: Problem): Record<string, string> {
  return {
    ...(extras.retryAfterSeconds !== undefined && {
      'retry-after': String(extras.retryAfterSeconds),
    }),
    ...(extras.allow && { allow: extras.allow.join(', ') }),
  }
}

export function problemBody(code: ProblemCode) {
  const { status, text } = PROBLEMS[code]
  return { type: 'about:blank', title: text, status, code }
}

export function problemResponse(problem: Problem): Response {
  const { code, extras } = problem
  const { errors, phoneBehindSeconds, phoneAheadSeconds } = extras
  const body = { ...problemBody(code), errors, phoneBehindSeconds, phoneAheadSeconds }
  return new Response(JSON.stringify(body), {
    status: PROBLEMS[code].status,
    headers: { 'content-type': 'application/problem+json', ...problemHeaders(problem) },
  })
}
