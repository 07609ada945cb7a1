/** `/api/contacts` and what lies below it: where a person is reached. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem } from '../problems.ts'
import { route } from '../route.ts'
import * as shapes from '../shapes.ts'
import { isoTime, isoTimeOrNull } from '../shapes.ts'
import { bearerOf, CODE, FRESH, SESSION } from './shared.ts'

export function contactRoutes(app: OpenAPIHono<AppEnv>, { engine, cookies }: Face): void {
  const bearer = bearerOf(cookies)

  app.openapi(
    route({
      method: 'get',
      path: '/api/contacts',
      summary: 'Where the account is reached',
      answer: { status: 200, shape: shapes.Contacts, text: 'One for each way that there is here.' },
      refusals: SESSION,
    }),
    async (c) => {
      const all = await engine.self.contacts(bearer(c))
      const contacts = all.map(({ confirmedAt, pending, ...contact }) => ({
        ...contact,
        confirmedAt: isoTimeOrNull(confirmedAt),
        pending: pending && { address: pending.address, expiresAt: isoTime(pending.expiresAt) },
      }))
      return c.json({ contacts })
    },
  )

  app.openapi(
    route({
      method: 'put',
      path: '/api/contacts/{channel}',
      summary: 'Send a code to another address; the present one counts until it is confirmed',
      params: shapes.ChannelParameter,
      body: shapes.AddressBody,
      answer: { status: 202, shape: shapes.CodeSent, text: 'On its way.' },
      refusals: [...FRESH, 'CONTACT_INVALID', 'METHOD_UNAVAILABLE', 'TOO_MANY_ATTEMPTS'],
    }),
    async (c) => {
      const { channel } = c.req.valid('param')
      const { address } = c.req.valid('json')
      const outcome = await engine.self.setContact({ channel, address, ...bearer(c) })
      if (outcome.status === 'refused') throw new Problem(outcome.code, outcome)
      return c.json({ expiresAt: isoTime(outcome.expiresAt) }, 202)
    },
  )

  app.openapi(
    route({
      method: 'post',
      path: '/api/contacts/{channel}/confirm',
      summary: 'Give that code, in the same session; the other sessions end',
      params: shapes.ChannelParameter,
      body: shapes.ConfirmationBody,
      answer: { status: 204, text: 'The address counts.' },
      refusals: [...FRESH, ...CODE],
    }),
    async (c) => {
      const { channel } = c.req.valid('param')
      const { code } = c.req.valid('json')
      const outcome = await engine.self.confirmContact({ channel, code, ...bearer(c) })
      if (!outcome.ok) throw new Problem(outcome.code, outcome)
      return c.body(null, 204)
    },
  )

  app.openapi(
    route({
      method: 'delete',
      path: '/api/contacts/{channel}',
      summary: 'Have no address there; the other sessions end',
      params: shapes.ChannelParameter,
      answer: { status: 204, text: 'Removed.' },
      refusals: [...FRESH, 'CONTACT_UNKNOWN'],
    }),
    async (c) => {
      const { channel } = c.req.valid('param')
      await engine.self.removeContact({ channel, ...bearer(c) })
      return c.body(null, 204)
    },
  )
}
