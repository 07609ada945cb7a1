/** `/account/authenticators/…`: a new one, its picture, its first code; rename and remove. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { EngineError } from '@halfminute/engine'
import type { AuthenticatorView } from '@halfminute/engine'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem } from '../problems.ts'
import { authenticatorPage } from '../../pages/account.ts'
import { newAuthenticatorPage, recoveryCodesPage, scanPage } from '../../pages/enrolment.ts'
import { bearerOf, frameOf, readForm, refused } from './page.ts'
import type { Page } from './page.ts'

export function authenticatorPages(app: OpenAPIHono<AppEnv>, face: Face): void {
  const { engine, cookies } = face

  app.get('/account/authenticators/new', async (c) => {
    const session = await engine.self.session(bearerOf(c, face))
    const state = { name: 'My phone', first: session.aal === 1 }
    return c.html(newAuthenticatorPage(frameOf(c, face, session), state))
  })

  app.post('/account/authenticators/new', async (c) => {
    const field = await readForm(c)
    const session = await engine.self.session(bearerOf(c, face))
    const name = field('name')
    try {
      const { id } = await engine.self.enrol({
        kind: 'totp',
        name,
        periodSeconds: Number(field('periodSeconds') || 30),
        digits: Number(field('digits') || 6),
        algorithm: field('algorithm') || 'SHA1',
        ...bearerOf(c, face),
      })
      return c.redirect(`/account/authenticators/${id}`, 303)
    } catch (error) {
      const first = session.aal === 1
      return refused(c, error, (problem) =>
        newAuthenticatorPage(frameOf(c, face, session), { problem, name, first }),
      )
    }
  })

  app.get('/account/authenticators/:id', async (c) => {
    const session = await engine.self.session(bearerOf(c, face))
    const { authenticator, last } = await find(c, face)
    const frame = frameOf(c, face, session)
    if (authenticator.state === 'active') {
      return c.html(authenticatorPage(frame, { authenticator, last }))
    }
    const target = { authenticatorId: authenticator.id, ...bearerOf(c, face) }
    return c.html(scanPage(frame, { enrolment: await engine.self.pendingEnrolment(target) }))
  })

  app.post('/account/authenticators/:id/confirm', async (c) => {
    const field = await readForm(c)
    const authenticatorId = c.req.param('id')
    const session = await engine.self.session(bearerOf(c, face))
    const frame = frameOf(c, face, session)
    const target = { authenticatorId, ...bearerOf(c, face) }
    const outcome = await engine.self.confirmAuthenticator({ code: field('code'), ...target })
    if (!outcome.ok) {
      const enrolment = await engine.self.pendingEnrolment(target)
      const problem = new Problem(outcome.code, outcome)
      return refused(c, problem, (words) => scanPage(frame, { problem: words, enrolment }))
    }
    if (outcome.signedIn) cookies.session.write(c, outcome.signedIn.token)
    if (outcome.recoveryCodes === undefined) return c.redirect('/account', 303)
    return c.html(recoveryCodesPage(frame, { codes: outcome.recoveryCodes, replaced: false }))
  })

  app.post('/account/authenticators/:id/rename', async (c) => {
    const field = await readForm(c)
    const session = await engine.self.session(bearerOf(c, face))
    const { authenticator, last } = await find(c, face)
    try {
      const target = { authenticatorId: authenticator.id, ...bearerOf(c, face) }
      await engine.self.renameAuthenticator({ name: field('name'), ...target })
      return c.redirect('/account', 303)
    } catch (error) {
      return refused(c, error, (problem) =>
        authenticatorPage(frameOf(c, face, session), { problem, authenticator, last }),
      )
    }
  })

  app.post('/account/authenticators/:id/remove', async (c) => {
    const authenticatorId = c.req.param('id')
    await engine.self.removeAuthenticator({ authenticatorId, ...bearerOf(c, face) })
    return c.redirect('/account', 303)
  })
}

async function find(
  c: Page,
  face: Face,
): Promise<{ authenticator: AuthenticatorView; last: boolean }> {
  const all = await face.engine.self.listAuthenticators(bearerOf(c, face))
  const authenticator = all.find(({ id }) => id === c.req.param('id'))
  if (authenticator === undefined) throw new EngineError('AUTHENTICATOR_UNKNOWN')
  const last = all.filter(({ state }) => state === 'active').length === 1
  return { authenticator, last }
}
