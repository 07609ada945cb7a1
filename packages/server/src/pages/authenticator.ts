/** One confirmed authenticator: its name, and the way to be rid of it. */
import { html } from 'hono/html'
import type { AuthenticatorView } from '@halfminute/engine'
import { layout } from './layout.ts'
import type { Frame, Html } from './layout.ts'
import { alert, backToAccount, moment, textField } from './parts.ts'
import type { FormProblem } from './parts.ts'
import { resynchroniseCard } from './resynchronise.ts'

export interface AuthenticatorState {
  readonly problem?: FormProblem | undefined
  readonly authenticator: AuthenticatorView
  /** No other confirmed one is left. */
  readonly last: boolean
  /** No other one is left that works. */
  readonly lastWorking: boolean
  /** What was typed as its name, where that was refused. */
  readonly typed?: string | undefined
}

export function authenticatorPage(frame: Frame, state: AuthenticatorState): Html {
  const { problem, authenticator, last, lastWorking, typed } = state
  const { id, name, createdAt, lastUsedAt } = authenticator
  const action = `/account/authenticators/${id}`
  const passkey = authenticator.kind === 'passkey'
  return layout(frame, {
    title: `${passkey ? 'Passkey' : 'Authenticator'} “${name}”`,
    narrow: true,
    body: html`<section class="card">
        <h1>${name}</h1>
        <p class="soft">
          Added
          ${moment(createdAt)}${lastUsedAt === null ? '' : html`, last used ${moment(lastUsedAt)}`}.
        </p>
        ${
          authenticator.state === 'disabled'
            ? html`<div class="note warn">
                <p>
                  ${
                    passkey
                      ? 'It is switched off, because it seems to have been copied: one of its answers was older than the last one.'
                      : 'It is switched off, because too many wrong codes were given in a row. Its codes are refused.'
                  }
                  Add another one, then remove this one.
                </p>
                <p><a href="/account/authenticators/new">Add another authenticator</a></p>
              </div>`
            : ''
        }
        ${alert(problem)}
        <form method="post" action="${action}/rename" data-once>
          ${textField({
            name: 'name',
            label: 'Name',
            value: typed ?? name,
            maxLength: 64,
            autocomplete: 'off',
            problem,
          })}
          <button class="wide">Rename</button>
        </form>
      </section>
      ${resynchroniseCard(authenticator)}
      <section class="card">
        <h2>Remove it</h2>
        <p class="soft">
          ${
            last
              ? 'It is your only one. Without it your recovery codes stop working too, and only the password protects your account. Better add another one first.'
              : `${passkey ? 'It stops' : 'Its codes stop'} working at once, and your other sessions end.${
                  lastWorking ? ' No other one works: better add another one first.' : ''
                }`
          }
        </p>
        <div class="row">
          ${
            lastWorking
              ? html`<a class="button quiet" href="/account/authenticators/new">Add another</a>`
              : ''
          }
          <form method="post" action="${action}/remove" data-once>
            <button class="danger">Remove<span class="unseen"> ${name}</span></button>
          </form>
        </div>
      </section>
      ${backToAccount()}`,
  })
}
