/** `/api/trusted-browsers`. Trust is given with a code, at `/api/login/code`. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { route } from '../route.ts'
import * as shapes from '../shapes.ts'
import { isoTime } from '../shapes.ts'
import { bearerOf, SESSION } from './shared.ts'

export function trustedBrowserRoutes(app: OpenAPIHono<AppEnv>, { engine, cookies }: Face): void {
  const bearer = bearerOf(cookies)

  app.openapi(
    route({
      method: 'get',
      path: '/api/trusted-browsers',
      summary: 'Browsers that are asked for no code',
      answer: { status: 200, shape: shapes.TrustedBrowsers, text: 'The one used last first.' },
      refusals: SESSION,
    }),
    async (c) => {
      const all = await engine.self.listTrustedBrowsers(bearer(c))
      const trustedBrowsers = all.map(({ accountId: _, ...one }) => ({
        ...one,
        createdAt: isoTime(one.createdAt),
        lastUsedAt: isoTime(one.lastUsedAt),
        expiresAt: isoTime(one.expiresAt),
      }))
      return c.json({ trustedBrowsers })
    },
  )

  app.openapi(
    route({
      method: 'delete',
      path: '/api/trusted-browsers/{id}',
      summary: 'Ask it for a code again; the sessions that it opened without one end',
      params: shapes.IdParameter,
      answer: { status: 204, text: 'Forgotten.' },
      refusals: [...SESSION, 'TRUSTED_BROWSER_UNKNOWN'],
    }),
    async (c) => {
      const trustedBrowserId = c.req.valid('param').id
      await engine.self.forgetTrustedBrowser({ trustedBrowserId, ...bearer(c) })
      return c.body(null, 204)
    },
  )
}
