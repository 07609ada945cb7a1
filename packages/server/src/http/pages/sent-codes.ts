/** `/login/send`: asks for a code by mail or SMS; `/login/code` takes it. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Channel } from '@halfminute/engine'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem } from '../problems.ts'
import type { FormProblem } from '../../pages/parts.ts'
import { sentCodePage } from '../../pages/sent-codes.ts'
import type { ProblemWords } from './form-problem.ts'
import { frameOf, onTo, readForm, refused } from './page.ts'
import { ticketOver } from './sign-in.ts'

export const SENT_CODE_WORDS: ProblemWords = {
  CODE_MALFORMED: 'Type all six digits of the code, and nothing else.',
  CODE_REFUSED:
    'That code was not accepted. Each works once and for ten minutes, and only the newest one does.',
}

const SEND_WORDS: ProblemWords = {
  METHOD_UNAVAILABLE: 'No code can be sent that way. Use your authenticator app.',
  TOO_MANY_ATTEMPTS: 'Until then no more codes are sent. Your authenticator app still works.',
}

export function sentCodePages(app: OpenAPIHono<AppEnv>, face: Face): void {
  const { engine, cookies } = face

  app.post('/login/send', async (c) => {
    const field = await readForm(c)
    const channel = channelIn(field('method')) ?? 'email'
    const ticket = cookies.ticket.read(c)
    try {
      const asked = { ticket, method: channel, ...c.get('client') }
      const outcome = await engine.login.send(asked)
      if (outcome.status === 'refused') throw new Problem(outcome.code, outcome)
      return onTo(c, face, `/login/code?method=${channel}`, 'code-sent')
    } catch (error) {
      const over = await ticketOver(c, face, error)
      if (over !== undefined) return over
      const methods = await engine.login.methods({ ticket, ...c.get('client') })
      const page = (problem: FormProblem) =>
        sentCodePage(frameOf(c, face), { problem, channel, methods })
      return refused(c, error, page, SEND_WORDS)
    }
  })
  app.get('/login/send', (c) => c.redirect('/login/code', 303))
}

/** The way that is named, where it is one of these. */
export function channelIn(text: string | undefined): Channel | undefined {
  return text === 'email' || text === 'sms' ? text : undefined
}
