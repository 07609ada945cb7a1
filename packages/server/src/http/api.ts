/**
 * The self-service API: each route reads its input, calls the engine once, and words the answer.
 * No rule of its own: what is allowed is decided in the engine, so that the pages cannot differ.
 */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { adminRoutes } from './api/admin.ts'
import { authenticatorRoutes } from './api/authenticators.ts'
import { passkeyRoutes } from './api/passkeys.ts'
import { contactRoutes } from './api/contacts.ts'
import { recordRoutes, recoveryCodeRoutes } from './api/records.ts'
import { passwordResetRoutes } from './api/password-reset.ts'
import { resynchroniseRoutes } from './api/resynchronise.ts'
import { sentCodeRoutes } from './api/sent-codes.ts'
import { sessionRoutes } from './api/session.ts'
import { requireJson } from './api/shared.ts'
import { signInRoutes } from './api/sign-in.ts'
import { trustedBrowserRoutes } from './api/trusted-browsers.ts'
import type { AppEnv } from './app-env.ts'
import type { Face } from './app.ts'

export function apiRoutes(app: OpenAPIHono<AppEnv>, face: Face): void {
  app.use('/api/*', requireJson)
  signInRoutes(app, face)
  sentCodeRoutes(app, face)
  sessionRoutes(app, face)
  authenticatorRoutes(app, face)
  passkeyRoutes(app, face)
  resynchroniseRoutes(app, face)
  recoveryCodeRoutes(app, face)
  recordRoutes(app, face)
  trustedBrowserRoutes(app, face)
  passwordResetRoutes(app, face)
  adminRoutes(app, face)
  contactRoutes(app, face)
}
