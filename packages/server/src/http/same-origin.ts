/**
 * Cross-site requests change nothing (R40). Promises: a state change from a browser must come from
 * this very site; a caller with neither `Origin` nor `Sec-Fetch-Site` is no browser and may send JSON,
 * but no form, because a form is what a hostile page can send without asking.
 */
import { isIP } from 'node:net'
import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from './app-env.ts'
import { Problem } from './problems.ts'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])
const FORM_TYPES = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/i

/** @param baseUrl the public address */
export function sameOrigin(baseUrl: string): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (!SAFE_METHODS.has(c.req.method) && !isOwn(c.req.raw.headers, baseUrl)) {
      throw new Problem('CROSS_ORIGIN')
    }
    await next()
  }
}

function isOwn(headers: Headers, baseUrl: string): boolean {
  const site = headers.get('sec-fetch-site')
  const origin = headers.get('origin')
  if (site !== null && site !== 'same-origin' && site !== 'none') return false
  if (origin !== null) return isOwnOrigin(origin, headers.get('host'), baseUrl)
  return site !== null || !FORM_TYPES.test(headers.get('content-type') ?? '')
}

function isOwnOrigin(origin: string, host: string | null, baseUrl: string): boolean {
  if (origin === baseUrl) return true
  // On the machine itself people use localhost, 127.0.0.1 and its addresses alike. A name that is none
  // of these may have been pointed here by somebody else.
  if (!baseUrl.startsWith('http://') || !URL.canParse(origin)) return false
  const { host: asked, hostname } = new URL(origin)
  const local = hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
  return local && asked === host
}
