/** What the page routes share: reading forms, the frame, and where a refusal sends people. */
import type { Context } from 'hono'
import { EngineError } from '@halfminute/engine'
import type { Bearer, SessionView } from '@halfminute/engine'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem, problemHeaders, PROBLEMS, toProblem } from '../problems.ts'
import { formProblem } from './form-problem.ts'
import type { ProblemWords } from './form-problem.ts'
import type { Frame, Html } from '../../pages/layout.ts'
import { nameNotice, noticeWords } from '../../pages/notices.ts'
import type { Notice } from '../../pages/notices.ts'
import type { FormProblem } from '../../pages/parts.ts'

export type Page = Context<AppEnv>

/** Takes the waiting notice along: it is told once. */
export function frameOf(c: Page, { issuer, cookies }: Face, session?: SessionView): Frame {
  const waiting = cookies.notice.read(c)
  if (waiting !== undefined) cookies.notice.clear(c)
  const notice = waiting === undefined ? undefined : noticeWords(waiting)
  const who = { login: session?.account.login, admin: session?.admin }
  return { nonce: c.get('nonce'), issuer, ...who, notice }
}

export function bearerOf(c: Page, { cookies }: Face): Bearer {
  return { token: cookies.session.read(c), client: c.get('client') }
}

export async function isSignedIn(c: Page, face: Face): Promise<boolean> {
  const bearer = bearerOf(c, face)
  if (bearer.token === undefined) return false
  try {
    await face.engine.self.session(bearer)
    return true
  } catch (error) {
    if (error instanceof EngineError && error.code === 'SESSION_REQUIRED') return false
    throw error
  }
}

/** On to the next page, which tells what was done. */
export function onTo(c: Page, face: Face, path: string, notice?: Notice, count?: number): Response {
  if (notice !== undefined) face.cookies.notice.write(c, nameNotice(notice, count))
  return c.redirect(path, 303)
}

/** The fields of a form; a file or a repeated field is no text and reads as ''. */
export async function readForm(c: Page): Promise<(name: string) => string> {
  const form = await c.req.parseBody({ all: true }).catch(() => {
    throw new Problem('REQUEST_INVALID')
  })
  return (name) => {
    const value = form[name]
    return typeof value === 'string' ? value : ''
  }
}

/** What a browser answered for a passkey, as the script wrote it; undefined where it did not. */
export function readAnswer(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The page again, with what went wrong, in its own words where it has any. */
export function refused(
  c: Page,
  error: unknown,
  page: (problem: FormProblem) => Html,
  words?: ProblemWords,
) {
  const problem = pageProblem(c, error)
  for (const [name, value] of Object.entries(problemHeaders(problem))) c.header(name, value)
  return c.html(page(formProblem(problem, words)), PROBLEMS[problem.code].status)
}

/** Errors that the form's own page can tell; others go where they belong. */
function pageProblem(c: Page, error: unknown): Problem {
  const known = error instanceof EngineError || error instanceof Problem
  if (!known || elsewhere(error.code)) throw error
  c.set('failure', { code: error.code })
  return toProblem(error)
}

function elsewhere(code: string): boolean {
  return [
    'SESSION_REQUIRED',
    'ENROLMENT_REQUIRED',
    'PASSWORD_CHANGE_REQUIRED',
    'REAUTHENTICATION_REQUIRED',
  ].includes(code)
}

/** A way on where one page's refusal is another page's business. */
export function detour(c: Page, face: Face, error: unknown): Response | undefined {
  if (!(error instanceof EngineError)) return undefined
  const { code } = error
  if (code === 'SESSION_REQUIRED') {
    const hadOne = face.cookies.session.read(c) !== undefined
    if (hadOne) face.cookies.session.clear(c)
    return onTo(c, face, '/login', hadOne ? 'session-over' : undefined)
  }
  if (code === 'ENROLMENT_REQUIRED') return c.redirect('/account/authenticators/new', 303)
  if (code === 'PASSWORD_CHANGE_REQUIRED') return c.redirect('/account/password', 303)
  if (code === 'REAUTHENTICATION_REQUIRED') {
    return c.redirect(`/reauthenticate?next=${encodeURIComponent(wayBack(c))}`, 303)
  }
  return undefined
}

const WITH_A_FORM: readonly RegExp[] = [
  /^\/account\/(password|recovery-codes|contacts\/(email|sms)|authenticators\/[\w-]+(\/resynchronise)?|passkeys\/new)/,
  /^\/admin(\/(claim|accounts\/[^/]+(\/reset-second-factor)?))?/,
]

/** After proving who they are people come back to the page with the button, never to a POST. */
function wayBack(c: Page): string {
  const found = WITH_A_FORM.map((form) => form.exec(c.req.path)?.[0])
  return found.find((path) => path !== undefined) ?? '/account'
}

/** Only pages for signed-in people, so that a link cannot send them away from this site. */
export function safeNext(next: string): string {
  return /^\/(account|admin)(\/[\w%~.-]+)*$/.test(next) ? next : '/account'
}
