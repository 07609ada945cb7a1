/**
 * The headers that every answer carries (R41). Promises: only this site's own marked scripts and
 * styles run, nothing frames it, and nothing of it is kept in a cache unless a route says otherwise.
 */
import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from './app-env.ts'

export function securityHeaders(newNonce: () => string): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const nonce = newNonce()
    c.set('nonce', nonce)
    await next()
    const headers = c.res.headers
    headers.set('content-security-policy', contentSecurityPolicy(nonce))
    headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains')
    headers.set('x-content-type-options', 'nosniff')
    headers.set('referrer-policy', 'same-origin')
    headers.set('cross-origin-opener-policy', 'same-origin')
    headers.set('cross-origin-resource-policy', 'same-origin')
    headers.set('permissions-policy', 'camera=(), geolocation=(), microphone=()')
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  }
}

function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ')
}
