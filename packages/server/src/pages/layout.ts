/** The frame around every page: head, header with the way out, what just happened, footer. */
import { html, raw } from 'hono/html'
import { ICON, SCRIPT, STYLE } from './assets.ts'
import type { Asset } from './assets.ts'

/** Escaped HTML, as hono's tag makes it. */
export type Html = ReturnType<typeof html>

export interface Frame {
  readonly nonce: string
  readonly issuer: string
  /** Who is signed in, shown with the way out. */
  readonly login?: string | undefined
  /** Shows the way to the pages for administrators. */
  readonly admin?: boolean | undefined
  /** What the request before this one has done. */
  readonly notice?: string | undefined
}

export function layout(
  frame: Frame,
  page: {
    title: string
    narrow?: boolean
    /** Besides the one of every page. */
    scripts?: readonly Asset[]
    body: Html | Html[]
  },
): Html {
  const { nonce, issuer, login, admin = false, notice } = frame
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content="#f6f5f1" media="(prefers-color-scheme: light)" />
        <meta name="theme-color" content="#151614" media="(prefers-color-scheme: dark)" />
        <meta name="robots" content="noindex" />
        <title>${page.title} · ${issuer}</title>
        <link rel="icon" href="${ICON.path}" type="image/svg+xml" />
        <link rel="stylesheet" href="${STYLE.path}" nonce="${nonce}" />
        <script src="${SCRIPT.path}" nonce="${nonce}" type="module"></script>
        ${page.scripts?.map(
          ({ path }) => html`<script src="${path}" nonce="${nonce}" type="module"></script>`,
        )}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <a class="brand" href="/">${LOGO} <span>${issuer}</span></a>
          ${login === undefined ? '' : signedInAs(login, admin)}
        </header>
        <main id="main" tabindex="-1" class="${page.narrow === true ? 'narrow' : ''}">
          ${
            notice === undefined
              ? ''
              : html`<div class="note no-print" role="status"><p>${notice}</p></div>`
          }
          ${page.body}
        </main>
        <footer class="foot">Two-factor sign-in by Halfminute</footer>
      </body>
    </html>`
}

const LOGO = raw(
  '<svg aria-hidden="true" width="26" height="26" viewBox="0 0 32 32"><circle cx="16" cy="16" r="13" fill="none" stroke="currentColor" stroke-width="4"/><path fill="currentColor" d="M16 3a13 13 0 0 1 0 26z"/></svg>',
)

function signedInAs(login: string, admin: boolean): Html {
  return html`<div class="who">
    ${admin ? html`<a href="/admin">Administration</a>` : ''}
    <span>${login}</span>
    <form method="post" action="/logout" data-once>
      <button class="quiet small">Sign out</button>
    </form>
  </div>`
}
