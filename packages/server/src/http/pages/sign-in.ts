/** `/register`, `/login`, `/login/code`, `/logout`, `/reauthenticate`. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { leastPasswordLength } from '@halfminute/engine'
import type { Method } from '@halfminute/engine'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem } from '../problems.ts'
import { codePage, reauthenticationPage, registerPage, signInPage } from '../../pages/sign-in.ts'
import { bearerOf, frameOf, readForm, refused, safeNext } from './page.ts'

export function signInPages(app: OpenAPIHono<AppEnv>, face: Face): void {
  const { engine, cookies } = face
  const leastLength = leastPasswordLength(face.secondFactor)

  app.get('/register', (c) => c.html(registerPage(frameOf(c, face), {}, leastLength)))

  app.post('/register', async (c) => {
    const field = await readForm(c)
    const login = field('login')
    try {
      const password = field('password')
      const signedIn = await engine.login.register({ login, password, ...c.get('client') })
      cookies.session.write(c, signedIn.token)
      return c.redirect('/account', 303)
    } catch (error) {
      return refused(c, error, (problem) =>
        registerPage(frameOf(c, face), { problem, login }, leastLength),
      )
    }
  })

  app.get('/login', (c) => c.html(signInPage(frameOf(c, face), {})))

  app.post('/login', async (c) => {
    const field = await readForm(c)
    const login = field('login')
    try {
      const password = field('password')
      const outcome = await engine.login.password({ login, password, ...c.get('client') })
      if (outcome.status === 'refused') throw new Problem(outcome.code)
      if (outcome.status === 'second_factor') {
        cookies.ticket.write(c, outcome.ticket)
        return c.redirect('/login/code', 303)
      }
      cookies.session.write(c, outcome.token)
      return c.redirect('/account', 303)
    } catch (error) {
      return refused(c, error, (problem) => signInPage(frameOf(c, face), { problem, login }))
    }
  })

  app.get('/login/code', (c) => {
    if (cookies.ticket.read(c) === undefined) return c.redirect('/login', 303)
    const method = readMethod(c.req.query('method'))
    return c.html(codePage(frameOf(c, face), { method }))
  })

  app.post('/login/code', async (c) => {
    const field = await readForm(c)
    const method = readMethod(field('method'))
    try {
      const ticket = cookies.ticket.read(c)
      const code = field('code')
      const outcome = await engine.login.code({ ticket, method, code, ...c.get('client') })
      if (outcome.status === 'refused') throw new Problem(outcome.code, outcome)
      cookies.ticket.clear(c)
      cookies.session.write(c, outcome.token)
      return c.redirect('/account', 303)
    } catch (error) {
      if (error instanceof Problem && error.code === 'TICKET_REFUSED') {
        cookies.ticket.clear(c)
        return refused(c, error, (problem) => signInPage(frameOf(c, face), { problem }))
      }
      return refused(c, error, (problem) => codePage(frameOf(c, face), { problem, method }))
    }
  })

  app.post('/logout', async (c) => {
    await engine.self.logout(bearerOf(c, face))
    cookies.session.clear(c)
    const notice = 'You are signed out.'
    return c.html(signInPage(frameOf(c, face), { notice }))
  })

  app.get('/reauthenticate', async (c) => {
    const session = await engine.self.session(bearerOf(c, face))
    const next = safeNext(c.req.query('next') ?? '')
    const hasSecondFactor = session.aal === 2
    return c.html(reauthenticationPage(frameOf(c, face, session), { next, hasSecondFactor }))
  })

  app.post('/reauthenticate', async (c) => {
    const field = await readForm(c)
    const next = safeNext(field('next'))
    const session = await engine.self.session(bearerOf(c, face))
    try {
      const code = field('code') === '' ? undefined : field('code')
      const password = field('password')
      const outcome = await engine.self.reauthenticate({ password, code, ...bearerOf(c, face) })
      if (outcome.status === 'refused') throw new Problem(outcome.code, outcome)
      cookies.session.write(c, outcome.token)
      return c.redirect(next, 303)
    } catch (error) {
      const hasSecondFactor = session.aal === 2
      return refused(c, error, (problem) =>
        reauthenticationPage(frameOf(c, face, session), { problem, next, hasSecondFactor }),
      )
    }
  })
}

function readMethod(text: string | undefined): Method {
  return text === 'recovery' ? 'recovery' : 'totp'
}
