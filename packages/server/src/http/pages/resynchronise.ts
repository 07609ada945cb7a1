/** `/account/authenticators/…/resynchronise`: two codes in a row. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { EngineError } from '@halfminute/engine'
import type { AuthenticatorView } from '@halfminute/engine'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem } from '../problems.ts'
import type { FormProblem } from '../../pages/parts.ts'
import { resynchronisePage } from '../../pages/resynchronise.ts'
import { bearerOf, frameOf, onTo, readForm, refused } from './page.ts'
import type { Page } from './page.ts'

const PATH = '/account/authenticators/:id/resynchronise'

const WORDS = {
  CODE_MALFORMED: 'Type all digits of both codes, and nothing else.',
  CODE_REFUSED:
    'Those two codes do not fit. Type two that it shows one right after the other and that were not used before.',
}

export function resynchronisePages(app: OpenAPIHono<AppEnv>, face: Face): void {
  const { engine } = face

  // A code lives half a minute: whether it is still the same person is asked before two are typed.
  app.get(PATH, async (c) => {
    const session = await engine.self.freshSession(bearerOf(c, face))
    const authenticator = await findActive(c, face)
    return c.html(resynchronisePage(frameOf(c, face, session), { authenticator }))
  })

  app.post(PATH, async (c) => {
    const field = await readForm(c)
    const session = await engine.self.freshSession(bearerOf(c, face))
    const authenticator = await findActive(c, face)
    try {
      const outcome = await engine.self.resynchroniseAuthenticator({
        authenticatorId: authenticator.id,
        codes: [field('code'), field('secondCode')],
        ...bearerOf(c, face),
      })
      if (!outcome.ok) throw new Problem(outcome.code, outcome)
      return onTo(c, face, `/account/authenticators/${authenticator.id}`, 'resynchronised')
    } catch (error) {
      const page = (problem: FormProblem) =>
        resynchronisePage(frameOf(c, face, session), { problem, authenticator })
      return refused(c, error, page, WORDS)
    }
  })
}

async function findActive(c: Page, face: Face): Promise<AuthenticatorView> {
  const all = await face.engine.self.listAuthenticators(bearerOf(c, face))
  const found = all.find(
    ({ id, kind, state }) => id === c.req.param('id') && kind !== 'passkey' && state === 'active',
  )
  if (found === undefined) throw new EngineError('AUTHENTICATOR_UNKNOWN')
  return found
}
