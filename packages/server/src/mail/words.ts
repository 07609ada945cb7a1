/**
 * What each kind of message says: what happened, and what to do if it was somebody else.
 *
 * Promises: no notice holds anything that opens anything, and no link signs anybody in. What others may have
 * chosen, the name of an authenticator, is quoted only where it cannot pass for a link of ours. Leaves to
 * `letter.ts`: when, from where, and the form.
 */
import type { Message, MessageKind } from '@halfminute/engine'

export interface Words {
  readonly subject: string
  readonly happened: string
  /** Where to go, as a path of the server, and what stands on it. */
  readonly link?: { readonly path: string; readonly label: string }
  /** What a page asks for: the code itself, or what is to be pasted where the link lost it. */
  readonly code?: { readonly hint: string; readonly text: string }
  /** What to do if it was not them. */
  readonly otherwise: string
}

export interface Site {
  readonly issuer: string
  /** Without a trailing slash. */
  readonly baseUrl: string
}

type Writer = (message: Message, site: Site) => Words

const ACCOUNT = { path: '/account', label: 'Your account' }
const SIGN_IN = { path: '/login', label: 'Sign in' }
const FORGOTTEN = { path: '/password/forgot', label: 'Set a new password' }

/** Whoever is in has both factors, so the owner has to be faster with everything. */
const SOMEBODY_IS_IN =
  'If it was not you, somebody is in your account. Sign in, change your password, remove what you do not know and end the other sessions.'
const ASK_THE_ADMINISTRATOR =
  'If you did not ask for it, tell the administrator at once, and be the first to sign in: whoever else has your password may be waiting for this.'
const SOMEBODY_HAS_THE_PASSWORD =
  'If it was not you, somebody has your password. They were stopped by the code. Sign in and change your password now, and anywhere else where you use it.'

const WRITERS: Readonly<Record<MessageKind, Writer>> = {
  'admin-claimed': (message, site) => ({
    subject: 'Your account is an administrator now',
    happened: `With an invitation ${accountAt(message, site)} has become an administrator. It can reset the second factor of others.`,
    link: ACCOUNT,
    otherwise: SOMEBODY_IS_IN,
  }),
  'admin-ended-sessions': (message, site) => ({
    subject: 'An administrator has signed you out',
    happened: `An administrator has ended a session of ${accountAt(message, site)}, or all of them. Sign in again where you need to.`,
    link: SIGN_IN,
    otherwise: 'If you did not ask for it, ask the administrator why.',
  }),
  'admin-invitation-used': (message, site) => ({
    subject: 'Your invitation was used',
    happened: `With an invitation that was made in ${accountAt(message, site)} somebody has become an administrator.`,
    link: ACCOUNT,
    otherwise:
      'If you did not invite them, somebody is in your account. Change your password, and have whoever runs this service look at once who its administrators are.',
  }),
  'admin-removed-factor': (message, site) => ({
    subject: 'An administrator removed a way to sign in',
    happened: `${named(message)} was removed from ${accountAt(message, site)} by an administrator. It no longer signs in, and every session has ended. If it was the only one, sign in now and set up another.`,
    link: SIGN_IN,
    otherwise: ASK_THE_ADMINISTRATOR,
  }),
  'admin-reset': (message, site) => ({
    subject: 'Your second factor was reset',
    happened: `An administrator has reset the second factor of ${accountAt(message, site)}. Nothing that you had set up signs in any more, and every session has ended. Sign in with your password now and set up a new one: until somebody does, and for a limited time, the password alone is enough.`,
    link: SIGN_IN,
    otherwise: ASK_THE_ADMINISTRATOR,
  }),
  'admin-revoked': (message, site) => ({
    subject: 'Your account is no administrator any more',
    happened: `Whoever runs this service has decided that ${accountAt(message, site)} is no administrator any more. Everything else of it stays as it is.`,
    link: ACCOUNT,
    otherwise: 'If you did not expect it, ask them why.',
  }),
  'authenticator-resynchronised': (message, site) => ({
    subject: 'An authenticator was set right',
    happened: `${named(message)} of ${accountAt(message, site)} was set right with two of its codes in a row, because its clock or its counter had moved on. Its codes are accepted again.`,
    link: ACCOUNT,
    otherwise: SOMEBODY_IS_IN,
  }),
  'browser-trusted': (message, site) => ({
    subject: 'A browser is asked for no code',
    happened: `Somebody signed in to ${accountAt(message, site)} and had the browser trusted. For some days the password alone signs in there.`,
    link: ACCOUNT,
    otherwise: SOMEBODY_IS_IN,
  }),
  'codes-closed': (message, site) => ({
    subject: 'Somebody has your password and tries codes',
    happened: `After the right password for ${accountAt(message, site)} came many wrong codes. Browsers that you have not used before are shut out for a while. Those you know still work, and so do your recovery codes.`,
    link: ACCOUNT,
    otherwise: `${SOMEBODY_HAS_THE_PASSWORD} You will be asked for a new one at your next sign-in.`,
  }),
  'contact-changed': (message, site) => ({
    subject: `Your ${contactWords(message)} was changed`,
    happened: `Another ${contactWords(message)} has taken the place of the one that ${accountAt(message, site)} had. Messages and codes go there from now on, and the other sessions have ended.`,
    link: ACCOUNT,
    otherwise: SOMEBODY_IS_IN,
  }),
  'contact-code': (message, site) => ({
    subject: 'Your code to confirm this address',
    happened: `This address was given as the one of ${strangersAccountAt(message, site)}. To confirm it, type this code on the page that asks for it. It is good for ten minutes and works once, in that browser alone.`,
    link: ACCOUNT,
    code: { hint: 'The code:', text: message.secret ?? '' },
    otherwise:
      'If it was not you, leave it at that: without the code nothing changes. Give it to nobody.',
  }),
  'contact-confirmed': (message, site) => ({
    subject: `Your ${contactWords(message)} was confirmed`,
    happened: `The ${contactWords(message)} of ${accountAt(message, site)} was confirmed with a code. Messages and codes may go there from now on, and the other sessions have ended.`,
    link: ACCOUNT,
    otherwise: SOMEBODY_IS_IN,
  }),
  'contact-removed': (message, site) => ({
    subject: `Your ${contactWords(message)} was removed`,
    happened: `The ${contactWords(message)} of ${accountAt(message, site)} was removed. Nothing is sent there from now on, and the other sessions have ended.`,
    link: ACCOUNT,
    otherwise: SOMEBODY_IS_IN,
  }),
  'email-code-used': (message, site) => ({
    subject: 'A code by e-mail was used to sign in',
    happened: `Somebody signed in to ${accountAt(message, site)} with the password and a code that was sent to this address, in place of an authenticator.`,
    link: ACCOUNT,
    otherwise:
      'If it was not you, somebody has your password and reads your mail. Secure your mailbox first, then change your password and end the other sessions.',
  }),
  'factor-added': (message, site) => ({
    subject: 'A way to sign in was added',
    happened: `${named(message)} was added to ${accountAt(message, site)}. It counts as a second factor from now on.`,
    link: ACCOUNT,
    otherwise: SOMEBODY_IS_IN,
  }),
  'factor-disabled': (message, site) => ({
    subject: 'A way to sign in was switched off',
    happened: `${named(message)} of ${accountAt(message, site)} was switched off, after too many wrong codes in a row or because it seems to have been copied. It has to be set up anew.`,
    link: ACCOUNT,
    otherwise:
      'If you did not give those codes, somebody has your password. Sign in with a recovery code, change your password, and set up a new authenticator.',
  }),
  'factor-removed': (message, site) => ({
    subject: 'A way to sign in was removed',
    happened: `${named(message)} was removed from ${accountAt(message, site)}. It no longer signs in.`,
    link: ACCOUNT,
    otherwise: SOMEBODY_IS_IN,
  }),
  'login-taken': (message, site) => ({
    subject: 'You have an account already',
    happened: `Somebody tried to create an account with the login of ${accountAt(message, site)}. There is one already, and it stays as it is.`,
    link: SIGN_IN,
    otherwise: 'If it was not you, there is nothing to do: nobody has got in.',
  }),
  'new-browser': (message, site) => ({
    subject: 'A sign-in from a new browser',
    happened: `Somebody signed in to ${accountAt(message, site)} from a browser that it did not know, with the password and a second factor.`,
    link: ACCOUNT,
    otherwise: SOMEBODY_IS_IN,
  }),
  'password-changed': (message, site) => ({
    subject: 'Your password was changed',
    happened: `The password of ${accountAt(message, site)} was changed. Every other session has ended.`,
    link: FORGOTTEN,
    otherwise:
      'If it was not you, somebody is in your account. Set a new password by mail, sign in, and remove what you do not know.',
  }),
  'password-reset': (message, site) => ({
    subject: 'A new password was set by mail',
    happened: `A new password was set for ${accountAt(message, site)}, by a link that was sent to this address. Every session has ended. Signing in still asks for the second factor.`,
    link: FORGOTTEN,
    otherwise:
      'If it was not you, somebody reads your mail. Secure your mailbox first, then set a new password.',
  }),
  'password-reset-link': (message, site) => ({
    subject: 'Set a new password',
    happened: `Somebody asked for a new password for ${accountAt(message, site)}. If it was you, open the link within an hour of asking. It works once, and only the newest one works. Your second factor is still asked for when you sign in.`,
    link: {
      // Behind the #: what stands there is sent to no server, so no log has it.
      path: `/password/reset#${message.secret ?? ''}`,
      label: 'Set a new password',
    },
    code: {
      hint: 'If the page asks for the code from this mail, copy this one:',
      text: message.secret ?? '',
    },
    otherwise:
      'If it was not you, leave it at that: nothing has changed, and without this mail nobody can go on. Pass neither the link nor the code to anybody.',
  }),
  'recovery-code-used': (message, site) => ({
    subject: 'A recovery code was used',
    happened: `A recovery code of ${accountAt(message, site)} was used in place of an authenticator. It does not work again.`,
    link: ACCOUNT,
    otherwise: `${SOMEBODY_IS_IN} Make a new set of recovery codes as well.`,
  }),
  'recovery-codes-replaced': (message, site) => ({
    subject: 'New recovery codes were made',
    happened: `A new set of recovery codes was made for ${accountAt(message, site)}. The old ones no longer work.`,
    link: ACCOUNT,
    otherwise: SOMEBODY_IS_IN,
  }),
  'sign-in-code': (message, site) => ({
    subject: 'Your code to sign in',
    happened: `Somebody gave the password of ${accountAt(message, site)} and asked for a code. It is good for ten minutes and works once, in the browser that asked for it alone; a newer one voids it.`,
    link: ACCOUNT,
    code: { hint: 'The code:', text: message.secret ?? '' },
    otherwise:
      'If it was not you, somebody has your password. Give the code to nobody, whoever asks. Sign in and change your password now, and anywhere else where you use it.',
  }),
  'trust-abused': (message, site) => ({
    subject: 'A trusted browser may have been copied',
    happened: `Somebody gave the right password for ${accountAt(message, site)} and an older copy of what makes a browser trusted. That browser is trusted no longer, and its sessions have ended.`,
    link: ACCOUNT,
    otherwise:
      'If it was not you, in two tabs at once, somebody has your password and a copy of what was in your browser. Change your password and end the other sessions.',
  }),
  'wrong-code': (message, site) => ({
    subject: 'The right password with a wrong code',
    happened: `Somebody gave the right password for ${accountAt(message, site)}, and then a wrong code. You are told once an hour, however many there were.`,
    link: ACCOUNT,
    otherwise: SOMEBODY_HAS_THE_PASSWORD,
  }),
}

export function wordsOf(message: Message, site: Site): Words {
  return WRITERS[message.kind](message, site)
}

function contactWords({ data }: Message): string {
  return data['about'] === 'sms' ? 'telephone number' : 'e-mail address'
}

function accountAt({ login }: Message, { issuer }: Site): string {
  return login === null ? `your account at ${issuer}` : `the account ${login} at ${issuer}`
}

/** For an address that may be anybody's: a login is any text, and must not send them somewhere. */
function strangersAccountAt(message: Message, site: Site): string {
  const isAddress = /^[^\s:/\\]{1,64}@[^\s:/\\]{1,190}$/.test(message.login ?? '')
  return isAddress ? accountAt(message, site) : `an account at ${site.issuer}`
}

/** A name like `log in at evil.example` would be made a link by many a mail program. */
function named({ data }: Message): string {
  const { about } = data
  const isPlain = typeof about === 'string' && !/[:/@\\]|\.\S/.test(about)
  return isPlain ? `“${about}”` : 'An authenticator or passkey'
}
