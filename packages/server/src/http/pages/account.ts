/** `/account` and what hangs on it: recovery codes, sessions, the password. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { leastPasswordLength } from '@halfminute/engine'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem } from '../problems.ts'
import { accountPage } from '../../pages/account.ts'
import { dayWords } from '../../pages/parts.ts'
import { newRecoveryCodesPage, recoveryCodesPage } from '../../pages/recovery-codes.ts'
import { passwordPage } from '../../pages/sign-in.ts'
import { bearerOf, frameOf, onTo, readForm, refused } from './page.ts'

const RECOVERY_CODES = /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}( [0-9A-Z]{4}(-[0-9A-Z]{4}){3}){9}$/

export function accountPages(app: OpenAPIHono<AppEnv>, face: Face): void {
  const { engine, cookies, nowSeconds } = face
  const leastLength = leastPasswordLength(face.secondFactor)

  app.get('/account', async (c) => {
    const bearer = bearerOf(c, face)
    const session = await engine.self.enrolledSession(bearer)
    const [authenticators, recoveryCodesLeft, contacts, trustedBrowsers, sessions, events] =
      await Promise.all([
        engine.self.listAuthenticators(bearer),
        engine.self.recoveryCodesLeft(bearer),
        engine.self.contacts(bearer),
        engine.self.listTrustedBrowsers(bearer),
        engine.self.listSessions(bearer),
        engine.self.events(bearer),
      ])
    const factors = { authenticators, recoveryCodesLeft, contacts, trustedBrowsers }
    return c.html(accountPage(frameOf(c, face, session), { ...factors, sessions, events }))
  })

  app.get('/account/recovery-codes', async (c) => {
    const bearer = bearerOf(c, face)
    const session = await engine.self.enrolledSession(bearer)
    const left = await engine.self.recoveryCodesLeft(bearer)
    return c.html(newRecoveryCodesPage(frameOf(c, face, session), left))
  })

  app.post('/account/recovery-codes', async (c) => {
    const bearer = bearerOf(c, face)
    const session = await engine.self.enrolledSession(bearer)
    const codes = await engine.self.replaceRecoveryCodes(bearer)
    return c.html(
      recoveryCodesPage(frameOf(c, face, session), { codes, replaced: true, madeAt: nowSeconds() }),
    )
  })

  // The codes are not kept, so the page that shows them hands them in to get them back as a file:
  // this way the download works without scripts and no code is ever part of an address.
  app.post('/account/recovery-codes/file', async (c) => {
    const session = await engine.self.enrolledSession(bearerOf(c, face))
    const codes = (await readForm(c))('codes')
    if (!RECOVERY_CODES.test(codes)) throw new Problem('REQUEST_INVALID')
    const lines = [
      `Recovery codes for ${session.account.login} at ${face.issuer}, ${dayWords(nowSeconds())}`,
      'Each works once, after your password. Keep them where your phone is not.',
      '',
      ...codes.split(' '),
      '',
    ]
    return c.body(lines.join('\r\n'), 200, {
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': 'attachment; filename="recovery-codes.txt"',
    })
  })

  app.post('/account/sessions/:id/end', async (c) => {
    await engine.self.endSession({ sessionId: c.req.param('id'), ...bearerOf(c, face) })
    return onTo(c, face, '/account', 'session-ended')
  })

  app.get('/account/password', async (c) => {
    const session = await engine.self.enrolledSession(bearerOf(c, face))
    const required = session.passwordChangeRequired
    return c.html(passwordPage(frameOf(c, face, session), { required }, leastLength))
  })

  app.post('/account/password', async (c) => {
    const field = await readForm(c)
    const session = await engine.self.enrolledSession(bearerOf(c, face))
    const required = session.passwordChangeRequired
    try {
      const newPassword = field('newPassword')
      const changed = await engine.self.changePassword({ newPassword, ...bearerOf(c, face) })
      cookies.admit(c, changed)
      return onTo(c, face, '/account', 'password-changed')
    } catch (error) {
      return refused(c, error, (problem) =>
        passwordPage(frameOf(c, face, session), { problem, required }, leastLength),
      )
    }
  })

  // Somebody who reloads from the address bar, or reopens a tab, comes to where the button is.
  app.get('/account/recovery-codes/file', (c) => c.redirect('/account', 303))
  app.get('/account/sessions/:id/end', (c) => c.redirect('/account', 303))
}
