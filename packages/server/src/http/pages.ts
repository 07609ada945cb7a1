/**
 * The pages' routes: forms in, pages and redirects out, working without JavaScript.
 *
 * Promises: no rule of their own, only the engine's; nothing changes on GET; after a change the browser
 * is sent on, so that a reload repeats nothing. Recovery codes are the exception: they are shown once, in
 * the answer to the change itself.
 */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from './app-env.ts'
import type { Face } from './app.ts'
import { accountPages } from './pages/account.ts'
import { adminPages } from './pages/admin.ts'
import { authenticatorPages } from './pages/authenticators.ts'
import { contactPages } from './pages/contacts.ts'
import { passwordResetPages } from './pages/password-reset.ts'
import { isSignedIn } from './pages/page.ts'
import { passkeyPages } from './pages/passkeys.ts'
import { resynchronisePages } from './pages/resynchronise.ts'
import { sentCodePages } from './pages/sent-codes.ts'
import { signInPages } from './pages/sign-in.ts'
import { trustedBrowserPages } from './pages/trusted-browsers.ts'
import { ICON, PASSKEY_SCRIPTS, SCRIPT, STYLE } from '../pages/assets.ts'

type App = OpenAPIHono<AppEnv>

export function pageRoutes(app: App, face: Face): void {
  for (const { path, type, body } of [STYLE, SCRIPT, ICON, ...PASSKEY_SCRIPTS]) {
    app.get(path, (c) => {
      c.header('cache-control', 'public, max-age=31536000, immutable')
      return c.body(body, 200, { 'content-type': type })
    })
  }
  app.get('/', async (c) => c.redirect((await isSignedIn(c, face)) ? '/account' : '/login', 303))
  signInPages(app, face)
  sentCodePages(app, face)
  passwordResetPages(app, face)
  accountPages(app, face)
  authenticatorPages(app, face)
  resynchronisePages(app, face)
  contactPages(app, face)
  trustedBrowserPages(app, face)
  passkeyPages(app, face)
  adminPages(app, face)
}
