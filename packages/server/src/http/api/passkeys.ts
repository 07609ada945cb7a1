/** `/api/passkeys` and the passkey's part of signing in and re-authenticating. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { newcomer } from '../newcomer.ts'
import { Problem } from '../problems.ts'
import { route } from '../route.ts'
import * as shapes from '../shapes.ts'
import { bearerOf, FRESH_UNENROLLED, PASSKEY, signedInAnswer } from './shared.ts'

export function passkeyRoutes(app: OpenAPIHono<AppEnv>, { engine, cookies }: Face): void {
  const bearer = bearerOf(cookies)

  app.openapi(
    route({
      method: 'post',
      path: '/api/passkeys/options',
      summary:
        'Ask for a new passkey; five minutes, for this session, in the place of the one before',
      answer: {
        status: 200,
        shape: shapes.PasskeyOptions,
        text: 'For `navigator.credentials.create`.',
      },
      refusals: [...FRESH_UNENROLLED, 'PASSKEYS_OFF', 'AUTHENTICATOR_LIMIT'],
    }),
    async (c) => c.json({ options: await engine.self.passkeyRegistrationOptions(bearer(c)) }),
  )

  app.openapi(
    route({
      method: 'post',
      path: '/api/passkeys',
      summary: 'Add it; the other sessions end',
      body: shapes.PasskeyBody,
      answer: {
        status: 201,
        shape: shapes.PasskeyAdded,
        text: 'A second factor; a new cookie at aal 2; with the first factor ten recovery codes.',
      },
      refusals: [...FRESH_UNENROLLED, 'PASSKEYS_OFF', 'NAME_INVALID', 'BUSY', ...PASSKEY],
    }),
    async (c) => {
      const added = await engine.self.addPasskey({ ...c.req.valid('json'), ...bearer(c) })
      if (!added.ok) throw new Problem(added.code)
      cookies.admit(c, added.signedIn)
      const { id, recoveryCodes } = added
      return c.json({ id, ...(recoveryCodes && { recoveryCodes }) }, 201)
    },
  )

  app.openapi(
    route({
      method: 'post',
      path: '/api/login/passkey/options',
      summary: 'Ask for a passkey in the place of the code; five minutes, for this ticket',
      body: shapes.TicketBody,
      answer: {
        status: 200,
        shape: shapes.PasskeyOptions,
        text: 'For `navigator.credentials.get`.',
      },
      refusals: ['TICKET_REFUSED', 'PASSKEYS_OFF', 'PASSKEY_REFUSED'],
    }),
    async (c) => {
      // A page's ticket is a cookie, which its script cannot read.
      const ticket = c.req.valid('json').ticket ?? cookies.ticket.read(c)
      const question = await engine.login.passkeyOptions({ ticket, ...newcomer(c, cookies) })
      if (question.status === 'refused') throw new Problem(question.code)
      return c.json({ options: question.options })
    },
  )

  app.openapi(
    route({
      method: 'post',
      path: '/api/login/passkey',
      summary: 'Give what the browser answered',
      body: shapes.PasskeySignInBody,
      answer: { status: 200, shape: shapes.SignedIn, text: 'Signed in at aal 2; a new cookie.' },
      refusals: [...PASSKEY, 'TICKET_REFUSED', 'PASSKEYS_OFF', 'TOO_MANY_ATTEMPTS'],
    }),
    async (c) => {
      const { ticket, response } = c.req.valid('json')
      const outcome = await engine.login.passkey({ ticket, response, ...newcomer(c, cookies) })
      if (outcome.status === 'refused') throw new Problem(outcome.code, outcome)
      cookies.admit(c, outcome)
      return c.json(signedInAnswer(outcome))
    },
  )

  app.openapi(
    route({
      method: 'post',
      path: '/api/reauthenticate/passkey/options',
      summary: 'Ask for a passkey, before a change; five minutes, for this session',
      answer: {
        status: 200,
        shape: shapes.PasskeyOptions,
        text: 'For `navigator.credentials.get`.',
      },
      refusals: ['SESSION_REQUIRED', 'PASSKEYS_OFF', 'PASSKEY_REFUSED'],
    }),
    async (c) => {
      const options = await engine.self.passkeyReauthenticationOptions(bearer(c))
      if (options === undefined) throw new Problem('PASSKEY_REFUSED')
      return c.json({ options })
    },
  )
}
