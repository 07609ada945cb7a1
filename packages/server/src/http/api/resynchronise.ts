/** `/api/authenticators/{id}/resynchronise`: two codes in a row for a clock or a count that is off. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem } from '../problems.ts'
import { route } from '../route.ts'
import * as shapes from '../shapes.ts'
import { bearerOf, CODE, FRESH } from './shared.ts'

export function resynchroniseRoutes(app: OpenAPIHono<AppEnv>, { engine, cookies }: Face): void {
  const bearer = bearerOf(cookies)

  app.openapi(
    route({
      method: 'post',
      path: '/api/authenticators/{id}/resynchronise',
      summary: 'Give two codes that it shows one after the other, so that its codes work again',
      params: shapes.IdParameter,
      body: shapes.ResynchronisationBody,
      answer: {
        status: 200,
        shape: shapes.Resynchronised,
        text: 'Both are used up; how far its clock is off is remembered from now on.',
      },
      refusals: [...FRESH, 'AUTHENTICATOR_UNKNOWN', ...CODE],
    }),
    async (c) => {
      const outcome = await engine.self.resynchroniseAuthenticator({
        authenticatorId: c.req.valid('param').id,
        codes: c.req.valid('json').codes,
        ...bearer(c),
      })
      if (!outcome.ok) throw new Problem(outcome.code, outcome)
      const { ok: _, ...clock } = outcome
      return c.json(clock)
    },
  )
}
