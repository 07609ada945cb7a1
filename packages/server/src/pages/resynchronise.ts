/** Two codes in a row, for an authenticator whose clock or count is off. */
import { html } from 'hono/html'
import type { AuthenticatorView } from '@halfminute/engine'
import { layout } from './layout.ts'
import type { Frame, Html } from './layout.ts'
import { alert, codeField, minutesWords } from './parts.ts'
import type { FormProblem } from './parts.ts'

export interface ResynchroniseState {
  readonly problem?: FormProblem | undefined
  readonly authenticator: AuthenticatorView
}

export function resynchronisePage(frame: Frame, state: ResynchroniseState): Html {
  const { problem, authenticator } = state
  const { id, kind, name } = authenticator
  return layout(frame, {
    title: `Resynchronise “${name}”`,
    narrow: true,
    body: html`<section class="card">
        <h1>Resynchronise “${name}”</h1>
        <p class="soft">
          ${
            kind === 'hotp'
              ? 'For a token whose button was pressed too often. Press it twice, and type both codes in that order.'
              : 'For a token whose clock nobody can set. Type the code that it shows, wait for the next one, and type that too. A phone had better set its clock by itself: then its codes work everywhere.'
          }
        </p>
        ${alert(problem)}
        <form method="post" action="/account/authenticators/${id}/resynchronise" data-once>
          ${codeField({ problem, label: 'First code' })}
          ${codeField({ problem, label: 'The code after it', name: 'secondCode', focus: false })}
          <button class="wide">Resynchronise</button>
        </form>
      </section>
      <p class="below"><a href="/account/authenticators/${id}">Back to the authenticator</a></p>`,
  })
}

/** On the page of the authenticator: what is known of its clock, and the way here. */
export function resynchroniseCard(authenticator: AuthenticatorView): Html | string {
  const { id, kind, state, phoneBehindSeconds, phoneAheadSeconds } = authenticator
  if (state !== 'active' || kind === 'passkey') return ''
  const off = phoneBehindSeconds ?? phoneAheadSeconds
  const direction = phoneBehindSeconds === undefined ? 'ahead' : 'behind'
  return html`<section class="card">
    <h2>Its codes are refused?</h2>
    ${
      off === undefined
        ? ''
        : html`<p>
            Its codes are read by a clock that is about ${minutesWords(off)} ${direction}.
          </p>`
    }
    <p class="soft">
      ${
        kind === 'hotp'
          ? 'Where its button was pressed too often, two codes in a row set it right.'
          : 'Let it set its time by itself. Where that cannot be done, two codes in a row set it right.'
      }
    </p>
    <a class="button quiet" href="/account/authenticators/${id}/resynchronise">Resynchronise</a>
  </section>`
}
