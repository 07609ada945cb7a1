/** `/api/register`, `/api/login`, `/api/login/code`. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { newcomer } from '../newcomer.ts'
import { Problem } from '../problems.ts'
import { route } from '../route.ts'
import * as shapes from '../shapes.ts'
import { CODE, signedInAnswer } from './shared.ts'

export function signInRoutes(app: OpenAPIHono<AppEnv>, { engine, cookies }: Face): void {
  app.openapi(
    route({
      method: 'post',
      path: '/api/register',
      summary: 'Make an account and sign in to it at aal 1',
      body: shapes.LoginBody,
      answer: { status: 201, shape: shapes.Registered, text: 'The account, and a session cookie.' },
      refusals: [
        'LOGIN_INVALID',
        'PASSWORD_TOO_SHORT',
        'PASSWORD_TOO_LONG',
        'PASSWORD_COMMON',
        'LOGIN_TAKEN',
        'BUSY',
      ],
    }),
    async (c) => {
      const signedIn = await engine.login.register({
        ...c.req.valid('json'),
        ...newcomer(c, cookies),
      })
      cookies.admit(c, signedIn)
      return c.json({ account: signedIn.session.account }, 201)
    },
  )

  app.openapi(
    route({
      method: 'post',
      path: '/api/login',
      summary: 'Give the password',
      body: shapes.LoginBody,
      answer: {
        status: 200,
        shape: shapes.SignInAnswer,
        text: 'A ticket for the code; or signed in, where there is no second factor or the browser is trusted.',
      },
      refusals: ['LOGIN_REFUSED', 'BUSY'],
    }),
    async (c) => {
      const outcome = await engine.login.password({
        ...c.req.valid('json'),
        ...newcomer(c, cookies),
      })
      if (outcome.status === 'refused') throw new Problem(outcome.code)
      if (outcome.status === 'second_factor') {
        const { expiresAt: _, ...answer } = outcome
        return c.json(answer)
      }
      cookies.admit(c, outcome)
      return c.json(signedInAnswer(outcome))
    },
  )

  app.openapi(
    route({
      method: 'post',
      path: '/api/login/code',
      summary: 'Give the code',
      body: shapes.CodeBody,
      answer: { status: 200, shape: shapes.SignedIn, text: 'Signed in at aal 2; a new cookie.' },
      refusals: [...CODE, 'TICKET_REFUSED', 'METHOD_UNAVAILABLE', 'BUSY'],
    }),
    async (c) => {
      const outcome = await engine.login.code({ ...c.req.valid('json'), ...newcomer(c, cookies) })
      if (outcome.status === 'refused') throw new Problem(outcome.code, outcome)
      cookies.admit(c, outcome)
      const browserTrusted = outcome.trust !== undefined && { browserTrusted: true }
      return c.json({ ...signedInAnswer(outcome), ...browserTrusted })
    },
  )
}
