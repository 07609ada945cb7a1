/** `/register`, `/login`, `/login/code`, `/logout`, `/reauthenticate`. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { leastPasswordLength } from '@halfminute/engine'
import type { CodeMethod, Method } from '@halfminute/engine'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { newcomer } from '../newcomer.ts'
import { Problem } from '../problems.ts'
import type { FormProblem } from '../../pages/parts.ts'
import { passkeyPage } from '../../pages/passkeys.ts'
import { sentCodePage } from '../../pages/sent-codes.ts'
import { openMethod } from '../../pages/sign-in-methods.ts'
import type { PageMethod } from '../../pages/sign-in-methods.ts'
import { codePage, reauthenticationPage, registerPage, signInPage } from '../../pages/sign-in.ts'
import { CODE_WORDS, NO_PASSKEY, PASSKEY_WORDS, RECOVERY_WORDS } from './form-problem.ts'
import type { ProblemWords } from './form-problem.ts'
import {
  bearerOf,
  frameOf,
  isSignedIn,
  onTo,
  readAnswer,
  readForm,
  refused,
  safeNext,
} from './page.ts'
import type { Page } from './page.ts'
import { channelIn, SENT_CODE_WORDS } from './sent-codes.ts'

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

  app.get('/login/code', async (c) => {
    const ticket = cookies.ticket.read(c)
    if (ticket === undefined) return c.redirect('/login', 303)
    const methods = await engine.login.methods({ ticket, ...newcomer(c, cookies) })
    const method = openMethod(c.req.query('method'), methods)
    const frame = frameOf(c, face)
    const channel = channelIn(c.req.query('method'))
    if (channel !== undefined && methods.includes(channel)) {
      return c.html(sentCodePage(frame, { channel, methods }))
    }
    if (method === 'passkey') return c.html(passkeyPage(frame, { methods }))
    return c.html(codePage(frame, { method, methods, trustDays }))
  })

  app.post('/login/code', async (c) => {
    const field = await readForm(c)
    const channel = channelIn(field('method'))
    const method = channel ?? readMethod(field('method'))
    const trustBrowser = field('trust') === 'yes'
    const ticket = cookies.ticket.read(c)
    try {
      const code = field('code')
      const given = { ticket, method, code, trustBrowser }
      const outcome = await engine.login.code({ ...given, ...newcomer(c, cookies) })
      if (outcome.status === 'refused') throw new Problem(outcome.code, outcome)
      cookies.ticket.clear(c)
      cookies.admit(c, outcome)
      return toAccount(c, face, outcome.recoveryCodesLeft, method)
    } catch (error) {
      const over = await ticketOver(c, face, error)
      if (over !== undefined) return over
      const methods = await engine.login.methods({ ticket, ...newcomer(c, cookies) })
      if (channel !== undefined) {
        const page = (problem: FormProblem) =>
          sentCodePage(frameOf(c, face), { problem, channel, methods })
        return refused(c, error, page, SENT_CODE_WORDS)
      }
      const way = readMethod(field('method'))
      const state = { method: way, methods, trustDays, trust: trustBrowser }
      const page = (problem: FormProblem) => codePage(frameOf(c, face), { problem, ...state })
      return refused(c, error, page, { ...wordsFor(way), TOO_MANY_ATTEMPTS: otherWay(way) })
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
    const methods = await engine.self.secondFactorMethods(bearerOf(c, face))
    const best = openMethod(c.req.query('method'), methods)
    const method = session.hasSecondFactor ? best : undefined
    return c.html(reauthenticationPage(frameOf(c, face, session), { next, method, methods }))
  })

  app.post('/reauthenticate', async (c) => {
    const field = await readForm(c)
    const next = safeNext(field('next'))
    const session = await engine.self.session(bearerOf(c, face))
    const methods = await engine.self.secondFactorMethods(bearerOf(c, face))
    const sent: PageMethod = field('method') === 'passkey' ? 'passkey' : readMethod(field('method'))
    const method = session.hasSecondFactor ? sent : undefined
    try {
      const code = field('code') === '' ? undefined : field('code')
      const response = readAnswer(field('response'))
      const proof = { password: field('password'), method, code, response }
      const outcome = await engine.self.reauthenticate({ ...proof, ...bearerOf(c, face) })
      if (outcome.status === 'refused') throw new Problem(outcome.code, outcome)
      cookies.admit(c, outcome)
      const left = outcome.recoveryCodesLeft
      if (method === 'recovery') return onTo(c, face, next, 'recovery-used', left)
      return onTo(c, face, next, 'still-you')
    } catch (error) {
      const page = (problem: FormProblem) =>
        reauthenticationPage(frameOf(c, face, session), { problem, next, method, methods })
      return refused(c, error, page, {
        ...wordsFor(method),
        LOGIN_REFUSED: 'That password is not right.',
        CODE_REQUIRED: method === 'passkey' ? NO_PASSKEY : 'The code is missing.',
      })
    }
  })
}

/** The number is there when the page should tell it. */
function toAccount(
  c: Page,
  face: Face,
  codesLeft: number | undefined,
  method?: CodeMethod,
): Response {
  if (codesLeft === undefined) return onTo(c, face, '/account')
  const notice = method === 'recovery' ? 'recovery-used' : 'recovery-few'
  return onTo(c, face, '/account', notice, codesLeft)
}

function readMethod(text: string | undefined): Method {
  return text === 'recovery' ? 'recovery' : 'totp'
}

function wordsFor(method: PageMethod | undefined): ProblemWords {
  if (method === 'passkey') return PASSKEY_WORDS
  return method === 'recovery' ? RECOVERY_WORDS : CODE_WORDS
}

/** Back to the password, where the ticket is over. */
export async function ticketOver(c: Page, face: Face, error: unknown) {
  if (!(error instanceof Problem && error.code === 'TICKET_REFUSED')) return undefined
  face.cookies.ticket.clear(c)
  // The second click of two: the first one has signed in.
  if (await isSignedIn(c, face)) return c.redirect('/account', 303)
  return refused(c, error, (problem) => signInPage(frameOf(c, face), { problem }))
}

/** Each of the two has a budget of its own. */
export function otherWay(method: Method): string {
  return method === 'recovery' ? '' : 'A recovery code still works.'
}
