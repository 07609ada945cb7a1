/** `/api/admin`: how an administrator helps somebody. What is allowed, the engine says. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem } from '../problems.ts'
import type { ProblemCode } from '../problems.ts'
import { route } from '../route.ts'
import { Events, isoTime } from '../shapes.ts'
import * as shapes from './admin-shapes.ts'
import { eventAnswer } from './records.ts'
import { bearerOf, FRESH } from './shared.ts'

/** In a trusted browser everything asks for the second factor first. */
const ADMIN: readonly ProblemCode[] = [...FRESH, 'ADMIN_REQUIRED']
/** On one account, that is not the administrator's own where something is changed. */
const ONE: readonly ProblemCode[] = [...ADMIN, 'ACCOUNT_UNKNOWN']
const CHANGE: readonly ProblemCode[] = [...ONE, 'ADMIN_SELF']

const PAGE = 100

export function adminRoutes(app: OpenAPIHono<AppEnv>, face: Face): void {
  lookingRoutes(app, face)
  changingRoutes(app, face)
  invitationRoutes(app, face)
}

function lookingRoutes(app: OpenAPIHono<AppEnv>, { engine, cookies }: Face): void {
  const bearer = bearerOf(cookies)

  app.openapi(
    route({
      method: 'get',
      path: '/api/admin/accounts',
      summary: 'All accounts, or those at risk, for an administrator',
      query: shapes.ListQuery,
      answer: { status: 200, shape: shapes.Accounts, text: 'At most a hundred, by id.' },
      refusals: [...ADMIN, 'REQUEST_INVALID'],
    }),
    async (c) => {
      const { atRisk, after } = c.req.valid('query')
      const found = await engine.admin.list({ ...bearer(c), atRisk: atRisk === 'true', after })
      const next = found.length === PAGE ? found.at(-1)?.id : undefined
      return c.json({ accounts: found.map(shapes.summaryAnswer), ...(next && { next }) })
    },
  )

  app.openapi(
    route({
      method: 'post',
      path: '/api/admin/accounts/search',
      summary: 'Find accounts by login, its beginning, or id',
      body: shapes.SearchBody,
      answer: { status: 200, shape: shapes.Accounts, text: 'The one with that login first.' },
      refusals: ADMIN,
    }),
    async (c) => {
      const found = await engine.admin.search({ ...bearer(c), login: c.req.valid('json').login })
      return c.json({ accounts: found.map(shapes.summaryAnswer) })
    },
  )

  app.openapi(
    route({
      method: 'get',
      path: '/api/admin/accounts/{id}',
      summary: 'One account: authenticators and sessions, without anything secret',
      params: shapes.AccountParameter,
      answer: { status: 200, shape: shapes.Details, text: 'The account.' },
      refusals: ONE,
    }),
    async (c) => {
      const accountId = c.req.valid('param').id
      return c.json(shapes.detailsAnswer(await engine.admin.show({ ...bearer(c), accountId })))
    },
  )

  app.openapi(
    route({
      method: 'get',
      path: '/api/admin/accounts/{id}/events',
      summary: 'What happened to the account',
      params: shapes.AccountParameter,
      answer: { status: 200, shape: Events, text: 'The newest hundred, newest first.' },
      refusals: ONE,
    }),
    async (c) => {
      const accountId = c.req.valid('param').id
      const events = await engine.admin.events({ ...bearer(c), accountId })
      return c.json({ events: events.map(eventAnswer) })
    },
  )
}

function changingRoutes(app: OpenAPIHono<AppEnv>, { engine, cookies }: Face): void {
  const bearer = bearerOf(cookies)

  app.openapi(
    route({
      method: 'delete',
      path: '/api/admin/accounts/{id}/authenticators/{authenticatorId}',
      summary: 'Remove an authenticator or passkey; with the last one it is a reset',
      params: shapes.AuthenticatorParameters,
      answer: { status: 204, text: 'Removed; every session has ended.' },
      refusals: [...CHANGE, 'AUTHENTICATOR_UNKNOWN'],
    }),
    async (c) => {
      const { id: accountId, authenticatorId } = c.req.valid('param')
      await engine.admin.removeAuthenticator({ ...bearer(c), accountId, authenticatorId })
      return c.body(null, 204)
    },
  )

  app.openapi(
    route({
      method: 'post',
      path: '/api/admin/accounts/{id}/reset-second-factor',
      summary: 'Remove every factor; for a time the password alone signs in, to enrol anew',
      params: shapes.AccountParameter,
      answer: { status: 204, text: 'Reset; every session has ended.' },
      refusals: [...CHANGE, 'RESET_NEEDLESS'],
    }),
    async (c) => {
      const accountId = c.req.valid('param').id
      await engine.admin.resetSecondFactor({ ...bearer(c), accountId })
      return c.body(null, 204)
    },
  )

  app.openapi(
    route({
      method: 'delete',
      path: '/api/admin/accounts/{id}/sessions',
      summary: 'End every session of the account',
      params: shapes.AccountParameter,
      answer: { status: 204, text: 'Ended.' },
      refusals: CHANGE,
    }),
    async (c) => {
      await engine.admin.endSessions({ ...bearer(c), accountId: c.req.valid('param').id })
      return c.body(null, 204)
    },
  )

  app.openapi(
    route({
      method: 'delete',
      path: '/api/admin/accounts/{id}/sessions/{sessionId}',
      summary: 'End one session of the account',
      params: shapes.SessionParameters,
      answer: { status: 204, text: 'Ended.' },
      refusals: [...CHANGE, 'SESSION_UNKNOWN'],
    }),
    async (c) => {
      const { id: accountId, sessionId } = c.req.valid('param')
      await engine.admin.endSession({ ...bearer(c), accountId, sessionId })
      return c.body(null, 204)
    },
  )
}

function invitationRoutes(app: OpenAPIHono<AppEnv>, { engine, cookies }: Face): void {
  const bearer = bearerOf(cookies)

  app.openapi(
    route({
      method: 'post',
      path: '/api/admin/invitations',
      summary: 'Invite another administrator; an earlier invitation of the same one is void',
      answer: { status: 201, shape: shapes.Invitation, text: 'Works once, within an hour.' },
      refusals: ADMIN,
    }),
    async (c) => {
      const { invitation, expiresAt } = await engine.admin.invite(bearer(c))
      return c.json({ invitation, expiresAt: isoTime(expiresAt) }, 201)
    },
  )

  app.openapi(
    route({
      method: 'post',
      path: '/api/admin/claim',
      summary: 'Become an administrator, by an invitation',
      body: shapes.ClaimBody,
      answer: { status: 204, text: 'From now on.' },
      refusals: [...FRESH, 'INVITATION_REFUSED', 'TOO_MANY_ATTEMPTS'],
    }),
    async (c) => {
      const outcome = await engine.admin.claim({ ...c.req.valid('json'), ...bearer(c) })
      if (outcome.status === 'refused') throw new Problem(outcome.code, outcome)
      return c.body(null, 204)
    },
  )
}
