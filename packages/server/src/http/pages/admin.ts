/** `/admin` and what lies below it. What is allowed, the engine says; what is looked for is in no address. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { EngineError } from '@halfminute/engine'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem } from '../problems.ts'
import { adminAccountPage, resetPage } from '../../pages/admin-account.ts'
import { accountsPage, adminPage, claimPage, invitationPage } from '../../pages/admin.ts'
import type { Notice } from '../../pages/notices.ts'
import { bearerOf, frameOf, onTo, readForm, refused } from './page.ts'
import type { Page } from './page.ts'

type App = OpenAPIHono<AppEnv>

const PAGE = 100

export function adminPages(app: App, face: Face): void {
  claimPages(app, face)
  listPages(app, face)
  accountPages(app, face)
}

/** The frame for somebody who may be here at all; the engine asks for more at each step. */
async function framed(c: Page, face: Face) {
  const session = await face.engine.self.enrolledSession(bearerOf(c, face))
  if (session.passwordChangeRequired) throw new EngineError('PASSWORD_CHANGE_REQUIRED')
  return { session, frame: () => frameOf(c, face, session) }
}

function claimPages(app: App, face: Face): void {
  const { engine } = face

  app.get('/admin/claim', async (c) => {
    const { session, frame } = await framed(c, face)
    return session.admin ? c.redirect('/admin', 303) : c.html(claimPage(frame(), {}))
  })

  app.post('/admin/claim', async (c) => {
    const field = await readForm(c)
    const { frame } = await framed(c, face)
    const bearer = bearerOf(c, face)
    const outcome = await engine.admin.claim({ ...bearer, invitation: field('invitation') })
    if (outcome.status === 'claimed') return onTo(c, face, '/admin', 'admin-claimed')
    const problem = new Problem(outcome.code, outcome)
    return refused(c, problem, (words) => claimPage(frame(), { problem: words }))
  })

  app.post('/admin/invitations', async (c) => {
    const { frame } = await framed(c, face)
    const made = await engine.admin.invite(bearerOf(c, face))
    return c.html(invitationPage(frame(), made))
  })
  app.get('/admin/invitations', (c) => c.redirect('/admin', 303))
}

function listPages(app: App, face: Face): void {
  const { engine } = face

  app.get('/admin', async (c) => {
    const { frame } = await framed(c, face)
    const atRisk = await engine.admin.list({ ...bearerOf(c, face), atRisk: true })
    return c.html(adminPage(frame(), { atRisk, moreAtRisk: atRisk.length === PAGE }))
  })

  app.get('/admin/accounts', async (c) => {
    const { frame } = await framed(c, face)
    const after = c.req.query('after')
    const accounts = await engine.admin.list({ ...bearerOf(c, face), after })
    const next = accounts.length === PAGE ? accounts.at(-1)?.id : undefined
    return c.html(accountsPage(frame(), { accounts, login: undefined, next }))
  })

  app.post('/admin/accounts', async (c) => {
    const login = (await readForm(c))('login')
    const { frame } = await framed(c, face)
    const accounts = await engine.admin.search({ ...bearerOf(c, face), login })
    return c.html(accountsPage(frame(), { accounts, login, next: undefined }))
  })
}

function accountPages(app: App, face: Face): void {
  const { engine } = face
  const pathOf = (c: Page) => `/admin/accounts/${encodeURIComponent(c.req.param('id') ?? '')}`
  const targetOf = (c: Page) => ({ ...bearerOf(c, face), accountId: c.req.param('id') ?? '' })
  const done = (c: Page, notice: Notice) => onTo(c, face, pathOf(c), notice)

  app.get('/admin/accounts/:id', async (c) => {
    const { session, frame } = await framed(c, face)
    const details = await engine.admin.show(targetOf(c))
    const own = details.account.id === session.account.id
    return c.html(adminAccountPage(frame(), { details, own }))
  })

  app.get('/admin/accounts/:id/reset-second-factor', async (c) => {
    const { frame } = await framed(c, face)
    const details = await engine.admin.show(targetOf(c))
    return c.html(resetPage(frame(), details))
  })

  app.post('/admin/accounts/:id/reset-second-factor', async (c) => {
    await engine.admin.resetSecondFactor(targetOf(c))
    return done(c, 'admin-reset')
  })

  app.post('/admin/accounts/:id/authenticators/:authenticatorId/remove', async (c) => {
    const authenticatorId = c.req.param('authenticatorId')
    await engine.admin.removeAuthenticator({ ...targetOf(c), authenticatorId })
    return done(c, 'admin-removed')
  })

  app.post('/admin/accounts/:id/sessions/end', async (c) => {
    await engine.admin.endSessions(targetOf(c))
    return done(c, 'admin-sessions-ended')
  })

  app.post('/admin/accounts/:id/sessions/:sessionId/end', async (c) => {
    const sessionId = c.req.param('sessionId')
    await engine.admin.endSession({ ...targetOf(c), sessionId })
    return done(c, 'admin-session-ended')
  })

  // Somebody who reloads from the address bar, or reopens a tab, comes to where the button is.
  app.get('/admin/accounts/:id/:below{(authenticators|sessions)/.+}', (c) =>
    c.redirect(pathOf(c), 303),
  )
}
