/** `/account/trusted-browsers`: the buttons of the card on the account page. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { bearerOf, onTo } from './page.ts'

export function trustedBrowserPages(app: OpenAPIHono<AppEnv>, face: Face): void {
  app.post('/account/trusted-browsers/:id/forget', async (c) => {
    const trustedBrowserId = c.req.param('id')
    await face.engine.self.forgetTrustedBrowser({ trustedBrowserId, ...bearerOf(c, face) })
    return onTo(c, face, '/account', 'browser-forgotten')
  })

  // Somebody who reloads from the address bar, or reopens a tab, comes to where the button is.
  app.get('/account/trusted-browsers/:id/forget', (c) => c.redirect('/account', 303))
}
