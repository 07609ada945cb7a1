/**
 * What a page may say about the request before it. The name travels in a cookie that the next page
 * takes away, so that no address makes a page claim something that never happened.
 */
export const NOTICES = {
  added: 'Your new authenticator works from now on.',
  'confirmed-before':
    'That authenticator is confirmed already. If you did not keep the recovery codes, make a new set.',
  'password-changed': 'Your password is changed. Every other session has ended.',
  'recovery-used':
    'You used up a recovery code. If your phone is gone, add a new authenticator and remove the old one.',
  removed: 'The authenticator is removed. Its codes no longer work.',
  renamed: 'The new name is kept.',
  'session-ended': 'That session has ended.',
  'session-over': 'Your session is over. Sign in again.',
  'signed-out': 'You are signed out.',
  'still-you': 'Thank you. You can go on where you were.',
} as const

export type Notice = keyof typeof NOTICES

export function isNotice(name: string | undefined): name is Notice {
  return name !== undefined && Object.hasOwn(NOTICES, name)
}
