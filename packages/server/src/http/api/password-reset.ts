/** `/api/password/forgot`, `/api/password/reset`. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem } from '../problems.ts'
import { route } from '../route.ts'
import * as shapes from '../shapes.ts'

export function passwordResetRoutes(app: OpenAPIHono<AppEnv>, { engine }: Face): void {
  app.openapi(
    route({
      method: 'post',
      path: '/api/password/forgot',
      summary: 'Ask for a new password; a link goes to the address of the account',
      body: shapes.ForgottenBody,
      answer: { status: 202, text: 'The same, whether or not there is such an account.' },
    }),
    async (c) => {
      await engine.passwordReset.ask({ ...c.req.valid('json'), ...c.get('client') })
      return c.body(null, 202)
    },
  )

  app.openapi(
    route({
      method: 'post',
      path: '/api/password/reset',
      summary: 'Set a new password by the token that was mailed; every session ends',
      body: shapes.PasswordResetBody,
      answer: { status: 204, text: 'Set. Nobody is signed in by it.' },
      refusals: [
        'RESET_REFUSED',
        'PASSWORD_TOO_SHORT',
        'PASSWORD_TOO_LONG',
        'PASSWORD_COMMON',
        'PASSWORD_UNCHANGED',
        'BUSY',
      ],
    }),
    async (c) => {
      const { token, newPassword } = c.req.valid('json')
      const outcome = await engine.passwordReset.set({ token, newPassword, ...c.get('client') })
      if (outcome.status === 'refused') throw new Problem(outcome.code)
      return c.body(null, 204)
    },
  )
}
