/** The mails of a server that sends none, for its developer. */
import { html } from 'hono/html'
import type { ShownMail } from '../mail/development.ts'
import { layout } from './layout.ts'
import type { Frame, Html } from './layout.ts'
import { moment } from './parts.ts'

export function developmentMailPage(frame: Frame, mails: readonly ShownMail[]): Html {
  return layout(frame, {
    title: 'Mail',
    body: html`<h1>Mail</h1>
      <p class="soft">
        This server has no mail server, so it shows here what it would have sent: the newest fifty,
        until it stops.
      </p>
      ${mails.length === 0 ? html`<section class="card"><p>Nothing yet.</p></section>` : ''}
      ${mails.map(
        ({ recipient, at, subject, text, point }) =>
          html`<section class="card">
            <h2>${subject}</h2>
            <p class="small soft wrap">To ${recipient} · ${moment(at)}</p>
            <p class="letter wrap">${text}</p>
            ${point?.startsWith('http') === true ? html`<a class="button quiet" href="${point}">Open the link</a>` : ''}
          </section>`,
      )}`,
  })
}
