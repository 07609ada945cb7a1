/**
 * One line for each request. Promises: a line holds the fields named here and nothing else; no query
 * string, no header, no body; so no secret can reach it (R44).
 */
import type { MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import type { AppEnv } from './app-env.ts'

export interface RequestLine {
  readonly requestId: string
  readonly method: string
  /** The route's pattern, not the address that was asked. */
  readonly route: string
  readonly status: number
  readonly milliseconds: number
  readonly source: string | undefined
  readonly code?: string
  readonly detail?: string | undefined
  readonly cause?: unknown
}

export type Log = (line: RequestLine) => void

export function requestLog(
  log: Log,
  milliseconds: () => number,
  newRequestId: () => string,
): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const started = milliseconds()
    const requestId = newRequestId()
    c.set('requestId', requestId)
    await next()
    c.res.headers.set('x-request-id', requestId)
    const failure = c.get('failure')
    log({
      requestId,
      method: c.req.method,
      route: routePath(c, -1),
      status: c.res.status,
      milliseconds: Math.round((milliseconds() - started) * 10) / 10,
      source: c.get('client')?.source,
      ...failure,
    })
  }
}
