/**
 * Passkeys: adding one, and signing in with one. The only pages that need JavaScript, as browsers hand out
 * passkeys to scripts alone; without it they say so.
 */
import { html } from 'hono/html'
import type { SignInMethod } from '@halfminute/engine'
import { PASSKEY_SCRIPTS } from './assets.ts'
import { layout } from './layout.ts'
import type { Frame, Html } from './layout.ts'
import { alert, backToAccount, textField } from './parts.ts'
import type { FormProblem } from './parts.ts'
import { waysToSend } from './sent-codes.ts'
import { otherWays } from './sign-in-methods.ts'

export interface PasskeyFormOptions {
  readonly action: string
  /** Which way the browser is asked. */
  readonly ask: 'create' | 'get'
  /** Where the script gets the options. */
  readonly options: string
  readonly button: string
  readonly fields?: Html
  readonly focus?: boolean
}

/** Sent by `passkeys.js` once the browser has answered. */
export function passkeyForm(form: PasskeyFormOptions): Html {
  const { action, ask, options, button, fields = '', focus = false } = form
  return html`<form
      method="post"
      action="${action}"
      data-passkey="${ask}"
      data-options="${options}"
      data-once
    >
      ${fields}
      <input type="hidden" name="response" />
      <div role="alert"></div>
      <button class="wide script-only" ${focus ? 'autofocus' : ''}>${button}</button>
    </form>
    <div class="note warn script-missing">
      <p>Browsers hand out passkeys to JavaScript only, and here it is switched off.</p>
    </div>`
}

export function newPasskeyPage(
  frame: Frame,
  state: {
    problem?: FormProblem | undefined
    name: string
    /** The account has no second factor yet. */
    first: boolean
    /** There is nothing else to do before this. */
    required: boolean
  },
): Html {
  const { problem, name, first, required } = state
  return layout(frame, {
    title: 'Add a passkey',
    narrow: true,
    scripts: PASSKEY_SCRIPTS,
    body: html`<section class="card">
        <h1>Add a passkey</h1>
        <p class="soft">
          Kept by this device, a phone, a password manager or a security key. It answers this site
          only, so no other one can trick you out of it.
          ${first ? 'From now on, signing in takes your password and the passkey.' : ''}
        </p>
        ${alert(problem)}
        ${passkeyForm({
          action: '/account/passkeys/new',
          ask: 'create',
          options: '/api/passkeys/options',
          button: 'Add a passkey',
          fields: textField({
            name: 'name',
            label: 'Name',
            value: name,
            maxLength: 64,
            autocomplete: 'off',
            problem,
            hint: 'So that you know it again later.',
          }),
        })}
      </section>
      <p class="below"><a href="/account/authenticators/new">Use an authenticator app</a></p>
      ${required ? '' : backToAccount()}`,
  })
}

/** In the place of a code, after the password. */
export function passkeyPage(
  frame: Frame,
  state: { problem?: FormProblem | undefined; methods: readonly SignInMethod[] },
): Html {
  const { problem, methods } = state
  return layout(frame, {
    title: 'Use a passkey',
    narrow: true,
    scripts: PASSKEY_SCRIPTS,
    body: html`<section class="card">
        <h1>Use a passkey</h1>
        <p class="soft">Your browser asks for it as you set it up: by touch, look, PIN or key.</p>
        ${alert(problem)}
        ${passkeyForm({
          action: '/login/passkey',
          ask: 'get',
          options: '/api/login/passkey/options',
          button: 'Use a passkey',
          focus: true,
        })}
      </section>
      ${otherWays('/login/code?', methods, 'passkey')} ${waysToSend(methods)}
      <p>Not you? <a href="/login">Start over</a></p>`,
  })
}
