/**
 * What a page may say about the request before it. The name travels in a cookie that the next page
 * takes away, so that no address makes a page claim something that never happened. A number may follow it,
 * as in `recovery-used.9`.
 */
const NOTICES = {
  added: 'Your new authenticator works from now on.',
  'browser-forgotten': 'That browser is asked for a code again.',
  'admin-claimed': 'You are an administrator now.',
  'admin-removed': 'The authenticator is removed, and every session has ended.',
  'admin-reset': 'The second factor is reset, and every session has ended.',
  'admin-session-ended': 'The session has ended.',
  'admin-sessions-ended': 'Every session has ended.',
  'code-sent': 'A code is on its way. It can take a minute.',
  'contact-confirmed': 'It is confirmed, and counts from now on. Your other sessions have ended.',
  'contact-removed':
    'It is removed. Nothing is sent there any more, and your other sessions have ended.',
  'confirmed-before':
    'That authenticator is confirmed already. If you did not keep the recovery codes, make a new set.',
  'passkey-added': 'Your new passkey works from now on.',
  'password-changed': 'Your password is changed. Every other session has ended.',
  'password-reset': 'Your new password is set. Sign in with it.',
  'recovery-few': (left) =>
    `${leftWords(left)} Make a new set, so that a lost phone does not shut you out.`,
  'recovery-used': (left) =>
    `You used up a recovery code. ${leftWords(left)} If your phone is gone, add a new authenticator and remove the old one.`,
  removed: 'The authenticator is removed. It no longer signs you in.',
  renamed: 'The new name is kept.',
  'reset-asked':
    'If there is such an account, a link is on its way to its address. It works for an hour.',
  resynchronised: 'Both codes fit. Its codes work from now on.',
  'session-ended': 'That session has ended.',
  'session-over': 'Your session is over. Sign in again.',
  'signed-out': 'You are signed out.',
  'still-you': 'Thank you. You can go on where you were.',
} as const satisfies Record<string, string | ((count: number) => string)>

export type Notice = keyof typeof NOTICES

/** Both in one text, as the cookie holds them. */
export function nameNotice(notice: Notice, count?: number): string {
  return count === undefined ? notice : `${notice}.${count}`
}

/** @returns undefined for what is no notice of ours */
export function noticeWords(text: string): string | undefined {
  const [, name = '', count] = /^([a-z-]+)(?:\.(\d{1,2}))?$/.exec(text) ?? []
  if (!Object.hasOwn(NOTICES, name)) return undefined
  const words = NOTICES[name as Notice]
  if (typeof words === 'string') return words
  return count === undefined ? undefined : words(Number(count))
}

function leftWords(left: number): string {
  if (left === 0) return 'No recovery codes are left.'
  return left === 1 ? 'One recovery code is left.' : `${left} recovery codes are left.`
}
