/** `/api/logout`, `/api/session`, `/api/reauthenticate`, `/api/password`. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem } from '../problems.ts'
import { route } from '../route.ts'
import * as shapes from '../shapes.ts'
import { isoTime } from '../shapes.ts'
import { bearerOf, CODE, signedInAnswer } from './shared.ts'

export function sessionRoutes(app: OpenAPIHono<AppEnv>, { engine, cookies }: Face): void {
  const bearer = bearerOf(cookies)

  app.openapi(
    route({
      method: 'post',
      path: '/api/logout',
      summary: 'End this session',
      answer: { status: 204, text: 'Signed out.' },
      refusals: ['SESSION_REQUIRED'],
    }),
    async (c) => {
      await engine.self.logout(bearer(c))
      cookies.session.clear(c)
      return c.body(null, 204)
    },
  )

  app.openapi(
    route({
      method: 'get',
      path: '/api/session',
      summary: 'Who is signed in, and how surely',
      answer: { status: 200, shape: shapes.Session, text: 'The session.' },
      refusals: ['SESSION_REQUIRED'],
    }),
    async (c) => {
      const session = await engine.self.session(bearer(c))
      return c.json({
        account: session.account,
        aal: session.aal,
        amr: session.amr,
        authTime: isoTime(session.authTime),
        expiresAt: isoTime(session.expiresAt),
        ...(session.admin && { admin: true }),
        ...(session.enrolmentRequired && { enrolmentRequired: true }),
        ...(session.passwordChangeRequired && { passwordChangeRequired: true }),
        ...(session.trustedBrowser && { trustedBrowser: true }),
      })
    },
  )

  app.openapi(
    route({
      method: 'post',
      path: '/api/reauthenticate',
      summary: 'Prove again who you are, before a change',
      body: shapes.ReauthenticationBody,
      answer: { status: 200, shape: shapes.SignedIn, text: 'Proven; a new cookie.' },
      refusals: [
        'SESSION_REQUIRED',
        'LOGIN_REFUSED',
        'CODE_REQUIRED',
        'PASSKEY_REFUSED',
        'BUSY',
        ...CODE,
      ],
    }),
    async (c) => {
      const outcome = await engine.self.reauthenticate({ ...c.req.valid('json'), ...bearer(c) })
      if (outcome.status === 'refused') throw new Problem(outcome.code, outcome)
      cookies.admit(c, outcome)
      return c.json(signedInAnswer(outcome))
    },
  )

  app.openapi(
    route({
      method: 'post',
      path: '/api/password',
      summary: 'Change the password; every other session ends',
      body: shapes.PasswordBody,
      answer: { status: 204, text: 'Changed; a new cookie.' },
      refusals: [
        'SESSION_REQUIRED',
        'ENROLMENT_REQUIRED',
        'REAUTHENTICATION_REQUIRED',
        'PASSWORD_TOO_SHORT',
        'PASSWORD_TOO_LONG',
        'PASSWORD_COMMON',
        'PASSWORD_UNCHANGED',
        'BUSY',
      ],
    }),
    async (c) => {
      const changed = await engine.self.changePassword({ ...c.req.valid('json'), ...bearer(c) })
      cookies.admit(c, changed)
      return c.body(null, 204)
    },
  )
}
