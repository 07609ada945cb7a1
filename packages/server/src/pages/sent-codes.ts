/** Codes by mail and SMS at sign-in: the ways to ask for one, and the page that takes it. */
import { html } from 'hono/html'
import type { Channel, SignInMethod } from '@halfminute/engine'
import { layout } from './layout.ts'
import type { Frame, Html } from './layout.ts'
import { alert, codeField } from './parts.ts'
import type { FormProblem } from './parts.ts'
import { otherWays } from './sign-in-methods.ts'

/** Said wherever SMS is offered (63B §3.1.3.3). */
export const SMS_RISK =
  'An SMS can be read by others on its way, and a number can be taken over. An authenticator app is safer.'

const TITLES: Readonly<Record<Channel, string>> = {
  email: 'Enter the code from your e-mail',
  sms: 'Enter the code from the SMS',
}

const ASK: Readonly<Record<Channel, string>> = {
  email: 'Send a code by e-mail',
  sms: 'Send a code by SMS',
}

/** A button for each way, beside the authenticator. */
export function waysToSend(methods: readonly SignInMethod[]): Html | string {
  const channels = methods.filter((method) => method === 'email' || method === 'sms')
  if (channels.length === 0) return ''
  return html`<div class="below">
    ${channels.map((channel) => sendForm(channel, ASK[channel]))}
    ${channels.includes('sms') ? html`<p class="small soft">${SMS_RISK}</p>` : ''}
  </div>`
}

function sendForm(channel: Channel, words: string): Html {
  return html`<form method="post" action="/login/send" data-once>
    <input type="hidden" name="method" value="${channel}" />
    <button class="quiet">${words}</button>
  </form>`
}

export function sentCodePage(
  frame: Frame,
  state: {
    problem?: FormProblem | undefined
    channel: Channel
    methods: readonly SignInMethod[]
  },
): Html {
  const { problem, channel, methods } = state
  return layout(frame, {
    title: TITLES[channel],
    narrow: true,
    body: html`<section class="card">
        <h1>${TITLES[channel]}</h1>
        <p class="soft">
          Six digits, sent to the ${channel === 'email' ? 'address' : 'number'} that you confirmed.
          They are good for ten minutes, in this browser. Nobody of this service ever asks you for
          them.
        </p>
        ${alert(problem)}
        <form method="post" action="/login/code" data-once>
          <input type="hidden" name="method" value="${channel}" />
          ${codeField({ problem })}
          <button class="wide">Sign in</button>
        </form>
        ${channel === 'sms' ? html`<p class="small soft">${SMS_RISK}</p>` : ''}
      </section>
      <div class="below">${sendForm(channel, 'Send another code')}</div>
      ${otherWays('/login/code?', methods)}
      <p>Not you? <a href="/login">Start over</a></p>`,
  })
}
