/** `/api/authenticators` and what lies below it. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { qrPng } from '@halfminute/engine'
import type { AuthenticatorView } from '@halfminute/engine'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem } from '../problems.ts'
import { route } from '../route.ts'
import * as shapes from '../shapes.ts'
import { isoTime, isoTimeOrNull } from '../shapes.ts'
import { bearerOf, CODE, FRESH_UNENROLLED, SESSION } from './shared.ts'

export function authenticatorRoutes(app: OpenAPIHono<AppEnv>, { engine, cookies }: Face): void {
  const bearer = bearerOf(cookies)

  app.openapi(
    route({
      method: 'get',
      path: '/api/authenticators',
      summary: 'The authenticators of the account',
      answer: { status: 200, shape: shapes.Authenticators, text: 'Oldest first.' },
      refusals: ['SESSION_REQUIRED', 'PASSWORD_CHANGE_REQUIRED'],
    }),
    async (c) => {
      const all = await engine.self.listAuthenticators(bearer(c))
      return c.json({ authenticators: all.map(authenticatorAnswer) })
    },
  )

  app.openapi(
    route({
      method: 'post',
      path: '/api/authenticators',
      summary: 'Begin with a new authenticator; it counts after its first right code',
      body: shapes.EnrolmentBody,
      answer: { status: 201, shape: shapes.Enrolment, text: 'The secret and its picture.' },
      refusals: [
        ...FRESH_UNENROLLED,
        'AUTHENTICATOR_INVALID',
        'AUTHENTICATOR_LIMIT',
        'NAME_INVALID',
      ],
    }),
    async (c) => {
      const enrolment = await engine.self.enrol({ ...c.req.valid('json'), ...bearer(c) })
      const { id, secret, uri, qr, expiresAt, warnings } = enrolment
      return c.json({ id, secret, uri, qr, expiresAt: isoTime(expiresAt), warnings }, 201)
    },
  )

  app.openapi(
    route({
      method: 'get',
      path: '/api/authenticators/{id}/qr.png',
      summary: 'The QR picture, while the authenticator is pending',
      params: shapes.IdParameter,
      answer: { status: 200, picture: true, text: 'A PNG picture.' },
      refusals: [...FRESH_UNENROLLED, 'AUTHENTICATOR_UNKNOWN'],
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      const { uri } = await engine.self.pendingEnrolment({ authenticatorId: id, ...bearer(c) })
      return c.body(new Uint8Array(qrPng(uri)), 200, { 'content-type': 'image/png' })
    },
  )

  app.openapi(
    route({
      method: 'post',
      path: '/api/authenticators/{id}/confirm',
      summary: 'Give its first code; the other sessions end',
      params: shapes.IdParameter,
      body: shapes.ConfirmationBody,
      answer: {
        status: 200,
        shape: shapes.Confirmed,
        text: 'Active; a new cookie at aal 2; with the first authenticator ten recovery codes.',
      },
      refusals: [...FRESH_UNENROLLED, 'AUTHENTICATOR_UNKNOWN', 'BUSY', ...CODE],
    }),
    async (c) => {
      const outcome = await engine.self.confirmAuthenticator({
        authenticatorId: c.req.valid('param').id,
        code: c.req.valid('json').code,
        ...bearer(c),
      })
      if (!outcome.ok) throw new Problem(outcome.code, outcome)
      if (outcome.signedIn) cookies.admit(c, outcome.signedIn)
      const { recoveryCodes } = outcome
      return c.json(recoveryCodes ? { recoveryCodes } : {})
    },
  )

  app.openapi(
    route({
      method: 'patch',
      path: '/api/authenticators/{id}',
      summary: 'Give it another name',
      params: shapes.IdParameter,
      body: shapes.NameBody,
      answer: { status: 200, shape: shapes.Authenticator, text: 'Renamed.' },
      refusals: [...SESSION, 'AUTHENTICATOR_UNKNOWN', 'NAME_INVALID'],
    }),
    async (c) => {
      const renamed = await engine.self.renameAuthenticator({
        authenticatorId: c.req.valid('param').id,
        name: c.req.valid('json').name,
        ...bearer(c),
      })
      return c.json(authenticatorAnswer(renamed))
    },
  )

  app.openapi(
    route({
      method: 'delete',
      path: '/api/authenticators/{id}',
      summary: 'Remove it; the other sessions end, and with the last one the recovery codes go',
      params: shapes.IdParameter,
      answer: { status: 204, text: 'Removed.' },
      refusals: [...FRESH_UNENROLLED, 'AUTHENTICATOR_UNKNOWN', 'ADMIN_LAST_FACTOR'],
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      await engine.self.removeAuthenticator({ authenticatorId: id, ...bearer(c) })
      return c.body(null, 204)
    },
  )
}

export function authenticatorAnswer(authenticator: AuthenticatorView) {
  return {
    ...authenticator,
    createdAt: isoTime(authenticator.createdAt),
    lastUsedAt: isoTimeOrNull(authenticator.lastUsedAt),
  }
}
