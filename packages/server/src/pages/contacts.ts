/** Where a person is reached: the card on the account page, and the page for each way. */
import { html, raw } from 'hono/html'
import type { Channel, ContactView } from '@halfminute/engine'
import { layout } from './layout.ts'
import type { Frame, Html } from './layout.ts'
import { alert, backToAccount, codeField, hour, textField } from './parts.ts'
import type { FormProblem } from './parts.ts'
import { SMS_RISK } from './sent-codes.ts'

interface Words {
  readonly title: string
  readonly label: string
  readonly what: string
  readonly use: string
}

const WORDS: Readonly<Record<Channel, Words>> = {
  email: {
    title: 'E-mail address',
    label: 'E-mail address',
    what: 'e-mail address',
    use: 'Where you are told what happens to your account.',
  },
  sms: {
    title: 'Telephone number',
    label: 'Number',
    what: 'telephone number',
    use: 'For codes by SMS, should your authenticator not be at hand.',
  },
}

export function contactsCard(contacts: readonly ContactView[]): Html | string {
  if (contacts.length === 0) return ''
  return html`<section class="card" aria-labelledby="contacts">
    <h2 id="contacts">How you are reached</h2>
    <ul class="items">
      ${contacts.map(contactItem)}
    </ul>
  </section>`
}

function contactItem({ channel, address, confirmedAt }: ContactView): Html {
  const { label, what } = WORDS[channel]
  const action = address === null ? 'Add' : confirmedAt === null ? 'Confirm' : 'Change'
  return html`<li class="row apart">
    <div class="main">
      <strong>${address ?? label}</strong>
      ${address !== null && confirmedAt === null ? html`<span class="tag warn">not confirmed</span>` : ''}
      <div class="small soft">${address === null ? 'None yet' : label}</div>
    </div>
    <a class="button quiet" href="/account/contacts/${channel}"
      >${action}<span class="unseen"> your ${what}</span></a
    >
  </li>`
}

export interface ContactState {
  readonly problem?: FormProblem | undefined
  readonly contact: ContactView
  /** What was typed as the address, where that was refused. */
  readonly typed?: string | undefined
  /** May a code be sent there to sign in with? */
  readonly signsIn: boolean
}

export function contactPage(frame: Frame, state: ContactState): Html {
  const { contact, signsIn } = state
  const { channel, address, confirmedAt } = contact
  const { title, what, use } = WORDS[channel]
  return layout(frame, {
    title,
    narrow: true,
    body: html`<section class="card">
        <h1>${title}</h1>
        <p class="soft">${use}</p>
        ${
          address === null
            ? ''
            : html`<p class="wrap">
                Now: <strong>${address}</strong>
                ${confirmedAt === null ? html`<span class="tag warn">not confirmed</span>` : ''}
              </p>`
        }
        ${riskOf(channel, signsIn)} ${alert(state.problem)}
        ${contact.pending === null ? '' : confirmForm(state)}
      </section>
      <section class="card">${addressForm(state)}</section>
      ${
        address === null
          ? ''
          : html`<section class="card">
              <h2>Remove it</h2>
              <p class="soft">Nothing is sent there any more, and your other sessions end.</p>
              <form method="post" action="/account/contacts/${channel}/remove" data-once>
                <button class="danger">Remove<span class="unseen"> the ${what}</span></button>
              </form>
            </section>`
      }
      ${backToAccount()}`,
  })
}

/** What the person should know before the address opens anything. */
function riskOf(channel: Channel, signsIn: boolean): Html | string {
  if (channel === 'sms') return html`<div class="note warn"><p>${SMS_RISK}</p></div>`
  return signsIn
    ? html`<div class="note">
        <p>
          Once it is confirmed, a code that is sent there signs you in after your password. It is as
          safe as your mailbox.
        </p>
      </div>`
    : ''
}

function confirmForm({ contact, problem }: ContactState): Html {
  const { channel, pending } = contact
  if (pending === null) return raw('')
  return html`<p class="wrap">
      A code went to <strong>${pending.address}</strong>. It is good until
      ${hour(pending.expiresAt)}.
    </p>
    <form method="post" action="/account/contacts/${channel}/confirm" data-once>
      ${codeField({ problem, focus: true })}
      <button class="wide">Confirm</button>
    </form>`
}

function addressForm({ contact, problem, typed }: ContactState): Html {
  const { channel, address, confirmedAt, pending } = contact
  const { label } = WORDS[channel]
  const unconfirmed = confirmedAt === null ? (address ?? '') : ''
  return html`<h2>
      ${address === null ? 'Add one' : confirmedAt === null ? 'Confirm it, or take another one' : 'Take another one'}
    </h2>
    <p class="soft">
      A code is sent there. The present one counts until you give that code, and is then told.
    </p>
    <form method="post" action="/account/contacts/${channel}" data-once>
      ${textField({
        name: 'address',
        label,
        value: typed ?? pending?.address ?? unconfirmed,
        maxLength: 254,
        autocomplete: channel === 'email' ? 'email' : 'tel',
        problem,
        focus: pending === null,
        ...(channel === 'sms' && { hint: 'With + and the country, such as +49 1511 2345678.' }),
      })}
      <button class="wide">${pending === null ? 'Send a code' : 'Send another code'}</button>
    </form>`
}
