/** `/account/authenticators/…`: a new one, its picture, its first code; rename and remove. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { EngineError } from '@halfminute/engine'
import type { AuthenticatorView } from '@halfminute/engine'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem } from '../problems.ts'
import { authenticatorPage } from '../../pages/authenticator.ts'
import type { AuthenticatorState } from '../../pages/authenticator.ts'
import { newAuthenticatorPage, scanPage } from '../../pages/enrolment.ts'
import type { FormProblem } from '../../pages/parts.ts'
import { recoveryCodesPage } from '../../pages/recovery-codes.ts'
import { CODE_WORDS } from './form-problem.ts'
import { bearerOf, frameOf, onTo, readForm, refused } from './page.ts'
import type { Page } from './page.ts'

const CONFIRM_WORDS = {
  ...CODE_WORDS,
  CODE_REFUSED:
    'That code does not fit. Type the one your app shows now, and let your phone set its clock by itself.',
}

type Found = Pick<AuthenticatorState, 'authenticator' | 'last' | 'lastWorking'>

export function authenticatorPages(app: OpenAPIHono<AppEnv>, face: Face): void {
  const { engine, cookies } = face

  app.get('/account/authenticators/new', async (c) => {
    const session = await engine.self.session(bearerOf(c, face))
    const first = !(await confirmedOnes(c, face)).length
    const { enrolmentRequired: required } = session
    const state = { name: 'My phone', first, required, passkeys: engine.hasPasskeys }
    return c.html(newAuthenticatorPage(frameOf(c, face, session), state))
  })

  app.post('/account/authenticators/new', async (c) => {
    const field = await readForm(c)
    const session = await engine.self.session(bearerOf(c, face))
    const name = field('name')
    try {
      const { id } = await engine.self.enrol({
        name,
        ...(field('kind') === 'hotp'
          ? { kind: 'hotp' }
          : { kind: 'totp', periodSeconds: Number(field('periodSeconds') || 30) }),
        digits: Number(field('digits') || 6),
        algorithm: field('algorithm') || 'SHA1',
        ...bearerOf(c, face),
      })
      return c.redirect(`/account/authenticators/${id}`, 303)
    } catch (error) {
      const first = !(await confirmedOnes(c, face)).length
      const { enrolmentRequired: required } = session
      const state = { name, first, required, passkeys: engine.hasPasskeys }
      return refused(c, error, (problem) =>
        newAuthenticatorPage(frameOf(c, face, session), { problem, ...state }),
      )
    }
  })

  app.get('/account/authenticators/:id', async (c) => {
    const session = await engine.self.session(bearerOf(c, face))
    const { authenticator, ...rest } = await find(c, face)
    if (authenticator.state !== 'pending') {
      return c.html(authenticatorPage(frameOf(c, face, session), { authenticator, ...rest }))
    }
    const target = { authenticatorId: authenticator.id, ...bearerOf(c, face) }
    const enrolment = await engine.self.pendingEnrolment(target)
    const state = { enrolment, required: session.enrolmentRequired }
    return c.html(scanPage(frameOf(c, face, session), state))
  })

  app.post('/account/authenticators/:id/confirm', async (c) => {
    const field = await readForm(c)
    const session = await engine.self.session(bearerOf(c, face))
    const { authenticator } = await find(c, face)
    if (authenticator.state !== 'pending') return onTo(c, face, '/account', 'confirmed-before')
    const target = { authenticatorId: authenticator.id, ...bearerOf(c, face) }
    const outcome = await engine.self.confirmAuthenticator({ code: field('code'), ...target })
    if (!outcome.ok) {
      const enrolment = await engine.self.pendingEnrolment(target)
      const state = { enrolment, required: session.enrolmentRequired }
      const page = (problem: FormProblem) =>
        scanPage(frameOf(c, face, session), { problem, ...state })
      const words = authenticator.kind === 'hotp' ? CODE_WORDS : CONFIRM_WORDS
      return refused(c, new Problem(outcome.code, outcome), page, words)
    }
    if (outcome.signedIn) cookies.admit(c, outcome.signedIn)
    if (outcome.recoveryCodes === undefined) return onTo(c, face, '/account', 'added')
    const state = { codes: outcome.recoveryCodes, replaced: false, madeAt: face.nowSeconds() }
    return c.html(recoveryCodesPage(frameOf(c, face, session), state))
  })

  app.post('/account/authenticators/:id/rename', async (c) => {
    const field = await readForm(c)
    const session = await engine.self.session(bearerOf(c, face))
    const found = await find(c, face)
    const { authenticator } = found
    const name = field('name')
    try {
      const target = { authenticatorId: authenticator.id, ...bearerOf(c, face) }
      await engine.self.renameAuthenticator({ name, ...target })
      return onTo(c, face, '/account', 'renamed')
    } catch (error) {
      const state = { ...found, typed: name }
      return refused(c, error, (problem) =>
        authenticatorPage(frameOf(c, face, session), { problem, ...state }),
      )
    }
  })

  app.post('/account/authenticators/:id/remove', async (c) => {
    const authenticatorId = c.req.param('id')
    await engine.self.removeAuthenticator({ authenticatorId, ...bearerOf(c, face) })
    return onTo(c, face, '/account', 'removed')
  })

  // Somebody who reloads from the address bar, or reopens a tab, comes to where the button is.
  app.get('/account/authenticators/:id/:action{confirm|rename|remove}', (c) =>
    c.redirect(`/account/authenticators/${encodeURIComponent(c.req.param('id'))}`, 303),
  )
}

async function confirmedOnes(c: Page, face: Face): Promise<AuthenticatorView[]> {
  const all = await face.engine.self.listAuthenticators(bearerOf(c, face))
  return all.filter(({ state }) => state !== 'pending')
}

async function find(c: Page, face: Face): Promise<Found> {
  const all = await face.engine.self.listAuthenticators(bearerOf(c, face))
  const authenticator = all.find(({ id }) => id === c.req.param('id'))
  if (authenticator === undefined) throw new EngineError('AUTHENTICATOR_UNKNOWN')
  const others = all.filter((one) => one !== authenticator && one.state !== 'pending')
  const lastWorking = !others.some(({ state }) => state === 'active')
  return { authenticator, last: others.length === 0, lastWorking }
}
