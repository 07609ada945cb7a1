/**
 * `/password/forgot`, `/password/reset`.
 *
 * The token comes in a mail, behind the # of its link, which browsers send to no server; a script puts it
 * into the form, and people without one paste it. After a password that will not do it waits in a cookie, so
 * that no page has to repeat it.
 */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { leastPasswordLength } from '@halfminute/engine'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem } from '../problems.ts'
import { forgottenPage, noMailPage, resetPage } from '../../pages/password-reset.ts'
import { frameOf, onTo, readForm, refused } from './page.ts'

export function passwordResetPages(app: OpenAPIHono<AppEnv>, face: Face): void {
  const { engine, cookies } = face
  const leastLength = leastPasswordLength(face.secondFactor)

  app.get('/password/forgot', (c) => {
    const frame = frameOf(c, face)
    return c.html(face.sendsMail ? forgottenPage(frame) : noMailPage(frame))
  })

  app.post('/password/forgot', async (c) => {
    const login = (await readForm(c))('login')
    await engine.passwordReset.ask({ login, ...c.get('client') })
    if (!face.sendsMail) return c.redirect('/password/forgot', 303)
    cookies.reset.clear(c)
    return onTo(c, face, '/password/reset', 'reset-asked')
  })

  app.get('/password/reset', (c) => {
    const waiting = cookies.reset.read(c) !== undefined
    return c.html(resetPage(frameOf(c, face), { waiting }, leastLength))
  })

  app.post('/password/reset', async (c) => {
    const field = await readForm(c)
    const typed = field('token').replaceAll(/\s/g, '')
    const token = typed === '' ? cookies.reset.read(c) : typed
    try {
      const newPassword = field('newPassword')
      const outcome = await engine.passwordReset.set({ token, newPassword, ...c.get('client') })
      if (outcome.status === 'refused') throw new Problem(outcome.code)
      cookies.reset.clear(c)
      return onTo(c, face, '/login', 'password-reset')
    } catch (error) {
      const over = error instanceof Problem && error.code === 'RESET_REFUSED'
      if (over || token === undefined) cookies.reset.clear(c)
      else cookies.reset.write(c, token)
      return refused(c, error, (problem) =>
        resetPage(frameOf(c, face), { problem, waiting: !over }, leastLength),
      )
    }
  })
}
