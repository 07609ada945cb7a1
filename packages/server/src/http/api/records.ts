/** `/api/recovery-codes`, `/api/sessions`, `/api/events`. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Event, Session } from '@halfminute/engine'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { route } from '../route.ts'
import * as shapes from '../shapes.ts'
import { isoTime } from '../shapes.ts'
import { bearerOf, FRESH, SESSION } from './shared.ts'

export function recoveryCodeRoutes(app: OpenAPIHono<AppEnv>, { engine, cookies }: Face): void {
  const bearer = bearerOf(cookies)

  app.openapi(
    route({
      method: 'get',
      path: '/api/recovery-codes',
      summary: 'How many recovery codes are left',
      answer: { status: 200, shape: shapes.RecoveryCodesLeft, text: 'The number.' },
      refusals: SESSION,
    }),
    async (c) => c.json({ remaining: await engine.self.recoveryCodesLeft(bearer(c)) }),
  )

  app.openapi(
    route({
      method: 'post',
      path: '/api/recovery-codes',
      summary: 'Make a new set; the old one is void',
      answer: { status: 200, shape: shapes.RecoveryCodes, text: 'Ten codes, shown this once.' },
      refusals: [...FRESH, 'BUSY'],
    }),
    async (c) => c.json({ recoveryCodes: await engine.self.replaceRecoveryCodes(bearer(c)) }),
  )
}

export function recordRoutes(app: OpenAPIHono<AppEnv>, { engine, cookies }: Face): void {
  const bearer = bearerOf(cookies)

  app.openapi(
    route({
      method: 'get',
      path: '/api/sessions',
      summary: 'Where the account is signed in',
      answer: { status: 200, shape: shapes.Sessions, text: 'Newest first.' },
      refusals: SESSION,
    }),
    async (c) => {
      const all = await engine.self.listSessions(bearer(c))
      return c.json({ sessions: all.map(sessionAnswer) })
    },
  )

  app.openapi(
    route({
      method: 'delete',
      path: '/api/sessions/{id}',
      summary: 'End a session',
      params: shapes.IdParameter,
      answer: { status: 204, text: 'Ended.' },
      refusals: [...SESSION, 'SESSION_UNKNOWN'],
    }),
    async (c) => {
      await engine.self.endSession({ sessionId: c.req.valid('param').id, ...bearer(c) })
      return c.body(null, 204)
    },
  )

  app.openapi(
    route({
      method: 'get',
      path: '/api/events',
      summary: 'What happened to the account',
      answer: { status: 200, shape: shapes.Events, text: 'The newest hundred, newest first.' },
      refusals: SESSION,
    }),
    async (c) => {
      const all = await engine.self.events(bearer(c))
      return c.json({ events: all.map(eventAnswer) })
    },
  )
}

export function sessionAnswer<One extends Session>({
  accountId: _,
  trustedBrowserId,
  ...session
}: One) {
  return {
    ...session,
    trustedBrowser: trustedBrowserId !== null,
    authTime: isoTime(session.authTime),
    createdAt: isoTime(session.createdAt),
    lastSeenAt: isoTime(session.lastSeenAt),
    expiresAt: isoTime(session.expiresAt),
  }
}

export function eventAnswer({ accountId: _, at, ...event }: Event) {
  return { at: isoTime(at), ...event }
}
