/** `/account/contacts/…`: another address, the code that confirms it, and having none. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Channel } from '@halfminute/engine'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem } from '../problems.ts'
import { contactPage } from '../../pages/contacts.ts'
import type { ContactState } from '../../pages/contacts.ts'
import type { ProblemWords } from './form-problem.ts'
import { bearerOf, frameOf, onTo, readForm, refused } from './page.ts'
import type { Page } from './page.ts'
import { SENT_CODE_WORDS } from './sent-codes.ts'

// In a group of its own, or the first of them would match whatever goes on behind it.
const PATH = '/account/contacts/:channel{(?:email|sms)}'

const WORDS: ProblemWords = {
  ...SENT_CODE_WORDS,
  METHOD_UNAVAILABLE: 'This service sends nothing that way.',
}

export function contactPages(app: OpenAPIHono<AppEnv>, face: Face): void {
  const { engine } = face

  app.get(PATH, async (c) => {
    const state = await stateOf(c, face)
    return c.html(contactPage(await frame(c, face), state))
  })

  app.post(PATH, async (c) => {
    const address = (await readForm(c))('address')
    const channel = channelOf(c)
    try {
      const outcome = await engine.self.setContact({ channel, address, ...bearerOf(c, face) })
      if (outcome.status === 'refused') throw new Problem(outcome.code, outcome)
      return onTo(c, face, `/account/contacts/${channel}`, 'code-sent')
    } catch (error) {
      return again(c, face, error, { typed: address })
    }
  })

  app.post(`${PATH}/confirm`, async (c) => {
    const code = (await readForm(c))('code')
    const channel = channelOf(c)
    try {
      const outcome = await engine.self.confirmContact({ channel, code, ...bearerOf(c, face) })
      if (!outcome.ok) throw new Problem(outcome.code, outcome)
      return onTo(c, face, '/account', 'contact-confirmed')
    } catch (error) {
      return again(c, face, error)
    }
  })

  app.post(`${PATH}/remove`, async (c) => {
    await engine.self.removeContact({ channel: channelOf(c), ...bearerOf(c, face) })
    return onTo(c, face, '/account', 'contact-removed')
  })

  // Somebody who reloads from the address bar, or reopens a tab, comes to where the button is.
  app.get(`${PATH}/:action{confirm|remove}`, (c) =>
    c.redirect(`/account/contacts/${channelOf(c)}`, 303),
  )
}

function channelOf(c: Page): Channel {
  return c.req.param('channel') === 'sms' ? 'sms' : 'email'
}

async function frame(c: Page, face: Face) {
  return frameOf(c, face, await face.engine.self.enrolledSession(bearerOf(c, face)))
}

/** @throws Problem NOT_FOUND: nothing is sent that way here, and there is no address */
async function stateOf(c: Page, face: Face): Promise<ContactState> {
  const all = await face.engine.self.contacts(bearerOf(c, face))
  const contact = all.find((one) => one.channel === channelOf(c))
  if (contact === undefined) throw new Problem('NOT_FOUND')
  return { contact, signsIn: face.engine.sentCodes[contact.channel] }
}

async function again(c: Page, face: Face, error: unknown, typed: { typed?: string } = {}) {
  const [state, around] = await Promise.all([stateOf(c, face), frame(c, face)])
  return refused(c, error, (problem) => contactPage(around, { problem, ...state, ...typed }), WORDS)
}
