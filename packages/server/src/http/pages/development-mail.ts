/**
 * `/dev/mail/…`: what would have been sent, for whoever develops on this very machine.
 * Promises: it answers at the address that the terminal was told, requests that name this machine and came
 * through no proxy, and no others. A proxy that says nothing of itself passes for this machine.
 */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem } from '../problems.ts'
import type { ShownMails } from '../../mail/mail.ts'
import { developmentMailPage } from '../../pages/development-mail.ts'
import { frameOf } from './page.ts'
import type { Page } from './page.ts'

export function developmentMailPages(
  app: OpenAPIHono<AppEnv>,
  face: Face,
  { path, newest }: ShownMails,
): void {
  app.get(path, (c) => {
    if (!isFromHere(c)) throw new Problem('NOT_FOUND')
    return c.html(developmentMailPage(frameOf(c, face), newest()))
  })
}

/** A name that somebody else pointed at this machine is their page's, and would read along. */
function isFromHere(c: Page): boolean {
  const passedOn = ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'via'].some(
    (name) => c.req.header(name) !== undefined,
  )
  const host = c.req.header('host') ?? ''
  return !passedOn && /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host)
}
