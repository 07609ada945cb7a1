/** Recovery codes: whether to make a new set, and the set itself, shown once. */
import { html } from 'hono/html'
import { layout } from './layout.ts'
import type { Frame, Html } from './layout.ts'
import { backToAccount, dayWords } from './parts.ts'

export function newRecoveryCodesPage(frame: Frame, left: number): Html {
  return layout(frame, {
    title: 'New recovery codes',
    narrow: true,
    body: html`<section class="card">
        <h1>Make new recovery codes?</h1>
        <p class="soft">
          You have ${left} of 10 left. Those stop working at once, and ten new ones take their
          place.
        </p>
        <form method="post" action="/account/recovery-codes" data-once>
          <button class="wide">Make a new set</button>
        </form>
      </section>
      ${backToAccount()}`,
  })
}

export function recoveryCodesPage(
  frame: Frame,
  state: { codes: readonly string[]; replaced: boolean; madeAt: number },
): Html {
  const { codes, replaced, madeAt } = state
  return layout(frame, {
    title: 'Your recovery codes',
    body: html`<section class="card">
      <h1>Keep these recovery codes</h1>
      <p class="no-print">
        ${replaced ? 'Your old codes no longer work. ' : ''}If you lose your phone, one of these
        lets you in after your password. <strong>They are shown only now.</strong> Put them where
        your phone is not: in a password manager, or on paper.
      </p>
      <p class="sheet">
        For ${frame.login} at ${frame.issuer}, made on ${dayWords(madeAt)}. Each works once, after
        the password; a newer set ends this one.
      </p>
      <ol class="codes" id="codes" data-text="${codes.join('\n')}">
        ${codes.map((code) => html`<li>${code}</li>`)}
      </ol>
      <div class="row no-print">
        <form method="post" action="/account/recovery-codes/file">
          <input type="hidden" name="codes" value="${codes.join(' ')}" />
          <button class="quiet">Download</button>
        </form>
        <button type="button" class="quiet script-only" data-copy="codes">Copy</button>
        <button type="button" class="quiet script-only" data-print>Print</button>
      </div>
      <p class="below no-print"><a class="button" href="/account">I have kept them</a></p>
    </section>`,
  })
}
