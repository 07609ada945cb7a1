/** `/register`, `/login`, `/login/code`, `/logout`, `/reauthenticate`. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { leastPasswordLength } from '@halfminute/engine'
import type { Method, SessionView } from '@halfminute/engine'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { newcomer } from '../newcomer.ts'
import { Problem } from '../problems.ts'
import type { FormProblem } from '../../pages/parts.ts'
import { codePage, reauthenticationPage, registerPage, signInPage } from '../../pages/sign-in.ts'
import { CODE_WORDS, RECOVERY_WORDS } from './form-problem.ts'
import type { ProblemWords } from './form-problem.ts'
import { bearerOf, frameOf, isSignedIn, onTo, readForm, refused, safeNext } from './page.ts'
import type { Page } from './page.ts'

export function signInPages(app: OpenAPIHono<AppEnv>, face: Face): void {
  const { engine, cookies } = face
  const leastLength = leastPasswordLength(face.secondFactor)
  const trustDays = engine.trustedBrowserDays

  app.get('/register', async (c) => {
    if (await isSignedIn(c, face)) return c.redirect('/account', 303)
    return c.html(registerPage(frameOf(c, face), {}, leastLength))
  })

  app.post('/register', async (c) => {
    const field = await readForm(c)
    const login = field('login')
    try {
      const password = field('password')
      const signedIn = await engine.login.register({ login, password, ...newcomer(c, cookies) })
      cookies.admit(c, signedIn)
      return c.redirect('/account', 303)
    } catch (error) {
      return refused(c, error, (problem) =>
        registerPage(frameOf(c, face), { problem, login }, leastLength),
      )
    }
  })

  app.get('/login', async (c) => {
    if (await isSignedIn(c, face)) return c.redirect('/account', 303)
    return c.html(signInPage(frameOf(c, face), {}))
  })

  app.post('/login', async (c) => {
    const field = await readForm(c)
    const login = field('login')
    try {
      const password = field('password')
      const outcome = await engine.login.password({ login, password, ...newcomer(c, cookies) })
      if (outcome.status === 'refused') throw new Problem(outcome.code)
      if (outcome.status === 'second_factor') {
        cookies.ticket.write(c, outcome.ticket)
        return c.redirect('/login/code', 303)
      }
      cookies.admit(c, outcome)
      return toAccount(c, face, outcome.recoveryCodesLeft)
    } catch (error) {
      return refused(c, error, (problem) => signInPage(frameOf(c, face), { problem, login }))
    }
  })

  app.get('/login/code', (c) => {
    if (cookies.ticket.read(c) === undefined) return c.redirect('/login', 303)
    const method = readMethod(c.req.query('method'))
    return c.html(codePage(frameOf(c, face), { method, trustDays }))
  })

  app.post('/login/code', async (c) => {
    const field = await readForm(c)
    const method = readMethod(field('method'))
    const trustBrowser = field('trust') === 'yes'
    try {
      const ticket = cookies.ticket.read(c)
      const code = field('code')
      const given = { ticket, method, code, trustBrowser }
      const outcome = await engine.login.code({ ...given, ...newcomer(c, cookies) })
      if (outcome.status === 'refused') throw new Problem(outcome.code, outcome)
      cookies.ticket.clear(c)
      cookies.admit(c, outcome)
      return toAccount(c, face, outcome.recoveryCodesLeft, method)
    } catch (error) {
      if (error instanceof Problem && error.code === 'TICKET_REFUSED') {
        cookies.ticket.clear(c)
        // The second click of two: the first one has signed in.
        if (await isSignedIn(c, face)) return c.redirect('/account', 303)
        return refused(c, error, (problem) => signInPage(frameOf(c, face), { problem }))
      }
      const page = (problem: FormProblem) =>
        codePage(frameOf(c, face), { problem, method, trustDays, trust: trustBrowser })
      return refused(c, error, page, { ...wordsFor(method), TOO_MANY_ATTEMPTS: otherWay(method) })
    }
  })

  app.post('/logout', async (c) => {
    await engine.self.logout(bearerOf(c, face))
    cookies.session.clear(c)
    return onTo(c, face, '/login', 'signed-out')
  })
  app.get('/logout', (c) => c.redirect('/', 303))

  app.get('/reauthenticate', async (c) => {
    const session = await engine.self.session(bearerOf(c, face))
    const next = safeNext(c.req.query('next') ?? '')
    const method = methodHere(session, c.req.query('method'))
    return c.html(reauthenticationPage(frameOf(c, face, session), { next, method }))
  })

  app.post('/reauthenticate', async (c) => {
    const field = await readForm(c)
    const next = safeNext(field('next'))
    const session = await engine.self.session(bearerOf(c, face))
    const method = methodHere(session, field('method'))
    try {
      const code = field('code') === '' ? undefined : field('code')
      const proof = { password: field('password'), method, code }
      const outcome = await engine.self.reauthenticate({ ...proof, ...bearerOf(c, face) })
      if (outcome.status === 'refused') throw new Problem(outcome.code, outcome)
      cookies.admit(c, outcome)
      const left = outcome.recoveryCodesLeft
      if (method === 'recovery') return onTo(c, face, next, 'recovery-used', left)
      return onTo(c, face, next, 'still-you')
    } catch (error) {
      const page = (problem: FormProblem) =>
        reauthenticationPage(frameOf(c, face, session), { problem, next, method })
      return refused(c, error, page, {
        ...wordsFor(method),
        LOGIN_REFUSED: 'That password is not right.',
        CODE_REQUIRED: 'The code is missing.',
      })
    }
  })
}

/** The number is there when the page should tell it. */
function toAccount(c: Page, face: Face, codesLeft: number | undefined, method?: Method): Response {
  if (codesLeft === undefined) return onTo(c, face, '/account')
  const notice = method === 'recovery' ? 'recovery-used' : 'recovery-few'
  return onTo(c, face, '/account', notice, codesLeft)
}

function readMethod(text: string | undefined): Method {
  return text === 'recovery' ? 'recovery' : 'totp'
}

/** How a signed-in person shows the second factor; undefined where the account has none. */
function methodHere(session: SessionView, text: string | undefined): Method | undefined {
  return session.hasSecondFactor ? readMethod(text) : undefined
}

function wordsFor(method: Method | undefined): ProblemWords {
  return method === 'recovery' ? RECOVERY_WORDS : CODE_WORDS
}

/** Each of the two has a budget of its own. */
function otherWay(method: Method): string {
  return method === 'recovery' ? '' : 'A recovery code still works.'
}
