/** `/account/passkeys/new` and `/login/passkey`. Asking is the API's part, as only a script can do it. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { SessionView } from '@halfminute/engine'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { newcomer } from '../newcomer.ts'
import { Problem } from '../problems.ts'
import type { FormProblem } from '../../pages/parts.ts'
import { newPasskeyPage, passkeyPage } from '../../pages/passkeys.ts'
import { recoveryCodesPage } from '../../pages/recovery-codes.ts'
import { PASSKEY_WORDS } from './form-problem.ts'
import { bearerOf, frameOf, onTo, readAnswer, readForm, refused } from './page.ts'
import type { Page } from './page.ts'
import { otherWay, ticketOver } from './sign-in.ts'

export function passkeyPages(app: OpenAPIHono<AppEnv>, face: Face): void {
  const { engine, cookies } = face

  app.get('/account/passkeys/new', async (c) => {
    if (!engine.hasPasskeys) throw new Problem('PASSKEYS_OFF')
    const session = await engine.self.session(bearerOf(c, face))
    const state = { name: 'My passkey', ...(await stateOf(c, face, session)) }
    return c.html(newPasskeyPage(frameOf(c, face, session), state))
  })

  app.post('/account/passkeys/new', async (c) => {
    const field = await readForm(c)
    const session = await engine.self.session(bearerOf(c, face))
    const name = field('name')
    try {
      const response = readAnswer(field('response'))
      const added = await engine.self.addPasskey({ name, response, ...bearerOf(c, face) })
      if (!added.ok) throw new Problem(added.code)
      cookies.admit(c, added.signedIn)
      if (added.recoveryCodes === undefined) return onTo(c, face, '/account', 'passkey-added')
      const state = { codes: added.recoveryCodes, replaced: false, madeAt: face.nowSeconds() }
      return await c.html(recoveryCodesPage(frameOf(c, face, session), state))
    } catch (error) {
      const state = { name, ...(await stateOf(c, face, session)) }
      const page = (problem: FormProblem) =>
        newPasskeyPage(frameOf(c, face, session), { problem, ...state })
      return refused(c, error, page, PASSKEY_WORDS)
    }
  })

  app.post('/login/passkey', async (c) => {
    const field = await readForm(c)
    const ticket = cookies.ticket.read(c)
    try {
      const response = readAnswer(field('response'))
      const outcome = await engine.login.passkey({ ticket, response, ...newcomer(c, cookies) })
      if (outcome.status === 'refused') throw new Problem(outcome.code, outcome)
      cookies.ticket.clear(c)
      cookies.admit(c, outcome)
      const left = outcome.recoveryCodesLeft
      return left === undefined
        ? onTo(c, face, '/account')
        : onTo(c, face, '/account', 'recovery-few', left)
    } catch (error) {
      const over = await ticketOver(c, face, error)
      if (over !== undefined) return over
      const methods = await engine.login.methods({ ticket, ...newcomer(c, cookies) })
      const page = (problem: FormProblem) => passkeyPage(frameOf(c, face), { problem, methods })
      return refused(c, error, page, { ...PASSKEY_WORDS, TOO_MANY_ATTEMPTS: otherWay('totp') })
    }
  })
  app.get('/login/passkey', (c) => c.redirect('/login/code', 303))
}

async function stateOf(c: Page, face: Face, session: SessionView) {
  const all = await face.engine.self.listAuthenticators(bearerOf(c, face))
  const first = all.every(({ state }) => state === 'pending')
  return { first, required: session.enrolmentRequired }
}
