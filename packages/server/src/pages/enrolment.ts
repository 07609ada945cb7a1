/** A new authenticator: name it, scan it, confirm it. */
import { html, raw } from 'hono/html'
import type { Enrolment } from '@halfminute/engine'
import { layout } from './layout.ts'
import type { Frame, Html } from './layout.ts'
import { alert, backToAccount, codeField, hour, textField } from './parts.ts'
import type { FormProblem } from './parts.ts'

export interface NewAuthenticatorState {
  readonly problem?: FormProblem | undefined
  readonly name: string
  /** The account has no active one yet. */
  readonly first: boolean
  /** There is nothing else to do before this. */
  readonly required: boolean
  /** Can one be added in its place? */
  readonly passkeys: boolean
}

export function newAuthenticatorPage(frame: Frame, state: NewAuthenticatorState): Html {
  const { problem, name, first, required, passkeys } = state
  return layout(frame, {
    title: first ? 'Protect your account' : 'Add an authenticator',
    narrow: true,
    body: html`<section class="card">
        <h1>${first ? 'Protect your account' : 'Add an authenticator'}</h1>
        <p class="soft">
          ${
            first
              ? 'From now on, signing in takes your password and a code from an app on your phone: Google Authenticator, Microsoft Authenticator, 2FAS, Aegis or any other.'
              : 'The ones you have keep working. The new one counts after its first right code.'
          }
        </p>
        ${alert(problem)}
        <form method="post" action="/account/authenticators/new" data-once>
          ${textField({
            name: 'name',
            label: 'Name',
            value: name,
            maxLength: 64,
            autocomplete: 'off',
            problem,
            hint: 'So that you know it again later.',
          })}
          ${rareChoices()}
          <button class="wide">Show the QR code</button>
        </form>
      </section>
      ${
        passkeys
          ? html`<p class="below">
              No app at hand? <a href="/account/passkeys/new">Add a passkey</a>
            </p>`
          : ''
      }
      ${required ? '' : backToAccount()}`,
  })
}

function rareChoices(): Html {
  return html`<details class="rare">
    <summary>For special apps and tokens</summary>
    <p class="hint">
      Leave this alone unless you know that your app can do it: most apps silently get anything else
      wrong.
    </p>
    <div class="field">
      <label for="kind">Its codes change</label>
      <select id="kind" name="kind">
        <option value="totp">with the time, as in every app</option>
        <option value="hotp">with each press of a button</option>
      </select>
    </div>
    <div class="field">
      <label for="periodSeconds">With the time, a code lives</label>
      <select id="periodSeconds" name="periodSeconds">
        <option value="30">30 seconds</option>
        <option value="60">60 seconds</option>
        <option value="120">2 minutes</option>
        <option value="240">4 minutes</option>
      </select>
    </div>
    <div class="field">
      <label for="digits">Digits</label>
      <select id="digits" name="digits">
        <option>6</option>
        <option>7</option>
        <option>8</option>
      </select>
    </div>
    <div class="field">
      <label for="algorithm">Algorithm</label>
      <select id="algorithm" name="algorithm">
        <option>SHA1</option>
        <option>SHA256</option>
        <option>SHA512</option>
      </select>
    </div>
  </details>`
}

export function scanPage(
  frame: Frame,
  state: { problem?: FormProblem | undefined; enrolment: Enrolment; required: boolean },
): Html {
  const { problem, enrolment, required } = state
  const { id, name, secret, uri, qr, expiresAt, warnings } = enrolment
  const grouped = (secret.match(/.{1,4}/g) ?? []).join(' ')
  const action = `/account/authenticators/${id}`
  return layout(frame, {
    title: 'Scan the QR code',
    body: html`<section class="card">
        <h1>Scan this with your app</h1>
        <p class="soft">
          Shown until ${hour(expiresAt)}, and never again after the first right code.
        </p>
        ${
          warnings.length === 0
            ? ''
            : html`<div class="note warn"><p>${warnings.join(' ')}</p></div>`
        }
        <div class="enrol">
          <div class="qr">${raw(qr.svg)}</div>
          <div>
            <ol class="steps">
              <li>Open your authenticator app and choose “add” or “+”.</li>
              <li>Scan the picture. On this device already? <a href="${uri}">Open the app</a></li>
              <li>
                No camera? Type this key:
                <code class="secret" id="secret" data-text="${secret}">${grouped}</code>
                <button type="button" class="link script-only" data-copy="secret">Copy key</button>
              </li>
            </ol>
            ${alert(problem)}
            <form method="post" action="${action}/confirm" data-once>
              ${codeField({ problem, label: 'The code your app shows now' })}
              <button class="wide">Confirm</button>
            </form>
          </div>
        </div>
      </section>
      <div class="below row">
        ${required ? '' : html`<a href="/account">Back to your account</a>`}
        <form method="post" action="${action}/remove" data-once>
          <button class="link">Give up on “${name}”</button>
        </form>
      </div>`,
  })
}
