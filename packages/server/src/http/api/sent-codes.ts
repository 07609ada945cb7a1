/** `/api/login/send`. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem } from '../problems.ts'
import { route } from '../route.ts'
import * as shapes from '../shapes.ts'
import { isoTime } from '../shapes.ts'

export function sentCodeRoutes(app: OpenAPIHono<AppEnv>, { engine }: Face): void {
  app.openapi(
    route({
      method: 'post',
      path: '/api/login/send',
      summary: 'Have a code sent to the confirmed address; the one before it is void',
      body: shapes.SendBody,
      answer: { status: 202, shape: shapes.CodeSent, text: 'On its way; for this ticket only.' },
      refusals: ['TICKET_REFUSED', 'METHOD_UNAVAILABLE', 'TOO_MANY_ATTEMPTS'],
    }),
    async (c) => {
      const outcome = await engine.login.send({ ...c.req.valid('json'), ...c.get('client') })
      if (outcome.status === 'refused') throw new Problem(outcome.code, outcome)
      return c.json({ expiresAt: isoTime(outcome.expiresAt) }, 202)
    },
  )
}
