/**
 * Cross-site requests change nothing (R40). Promises: a state change from a browser must come from
 * this very site; a caller with neither `Origin` nor `Sec-Fetch-Site` is no browser and may send JSON,
 * but no form, because a form is what a hostile page can send without asking.
 */
import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from './app-env.ts'
import { Problem } from './problems.ts'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])
const FORM_TYPES = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/i

/** @param baseUrl the public address; where it is not set, the Host header stands for it */
export function sameOrigin(baseUrl: string | undefined): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (!SAFE_METHODS.has(c.req.method) && !isOwn(c.req.raw.headers, baseUrl)) {
      throw new Problem('CROSS_ORIGIN')
    }
    await next()
  }
}

function isOwn(headers: Headers, baseUrl: string | undefined): boolean {
  const site = headers.get('sec-fetch-site')
  const origin = headers.get('origin')
  if (site !== null && site !== 'same-origin' && site !== 'none') return false
  if (origin !== null) return isOwnOrigin(origin, headers.get('host'), baseUrl)
  return site !== null || !FORM_TYPES.test(headers.get('content-type') ?? '')
}

function isOwnOrigin(origin: string, host: string | null, baseUrl: string | undefined): boolean {
  if (baseUrl !== undefined && origin === baseUrl) return true
  // On the machine itself people use localhost, 127.0.0.1 and tunnels alike.
  const local = baseUrl === undefined || baseUrl.startsWith('http://')
  return local && host !== null && URL.canParse(origin) && new URL(origin).host === host
}
