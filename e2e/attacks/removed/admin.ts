/** Defences of administration: who may help, how one becomes an administrator, and what a reset leaves. */
import { engine, rows } from './edit.ts'
import type { Removals } from './edit.ts'

export const ADMIN = {
  'administration is for administrators': [
    {
      file: engine('admin'),
      find: 'if (account.adminSince === null || !account.hasSecondFactor) {',
      replace: 'if (!account.hasSecondFactor) {',
    },
  ],
  'an administrator keeps a second factor': [
    {
      file: rows('admin'),
      find: "  if (row !== undefined) throw new EngineError('ADMIN_LAST_FACTOR')\n",
      replace: '',
    },
    {
      file: engine('authorize'),
      find: '  if (account.adminSince !== null) mustHaveShownFactor(session)\n',
      replace: '',
    },
  ],
  'an administrator leaves the own account alone': [
    {
      file: engine('admin'),
      find: "  if (account.id === input.accountId) throw new EngineError('ADMIN_SELF')\n",
      replace: '',
    },
  ],
  'an invitation works once': [
    {
      file: rows('invitations'),
      find: "const used = await db\n    .deleteFrom('admin_invitations')",
      replace:
        "const used = await db\n    .updateTable('admin_invitations').set({ account_id: inviter })",
    },
    {
      file: rows('invitations'),
      find: 'mustWin(used.numDeletedRows === 1n)',
      replace: 'mustWin(used.numUpdatedRows === 1n)',
    },
  ],
  'an invitation lives an hour': [
    {
      file: rows('invitations'),
      find: "\n    .where('token_hash', '=', tokenHash)\n    .where('expires_at', '>', now)",
      replace: "\n    .where('token_hash', '=', tokenHash)",
    },
  ],
  'the inviter must still be an administrator': [
    {
      file: rows('invitations'),
      find: '\n    .where(mayInvite(inviter))',
      replace: '',
    },
    {
      file: rows('admin'),
      find: '  await deleteInvitations(db, accountId)\n',
      replace: '',
    },
  ],
  'a reset of the factors ends the sessions': [
    { file: rows('admin'), find: '    await deleteSessions(db, accountId)\n', replace: '' },
  ],
  'a reset ends the sign-ins under way': [
    {
      file: rows('admin'),
      find: "    await db.deleteFrom('tickets').where('account_id', '=', accountId).execute()\n",
      replace: '',
    },
  ],
  'a reset voids the recovery codes': [
    { file: rows('factors'), find: '  await deleteRecoveryCodes(db, accountId)\n', replace: '' },
  ],
  'a reset waits for its person a day only': [
    {
      file: engine('login'),
      find: 'matches && !resetLapsed(ports, account)',
      replace: 'matches',
    },
    {
      file: rows('sessions'),
      find: 'enrol_until is null or enrol_until > ${session.createdAt}',
      replace: '1 = 1',
    },
  ],
  'after a reset everybody enrols anew': [
    {
      file: engine('sessions'),
      find: "(ports.secondFactor === 'always' || account.enrolUntil !== null)",
      replace: "ports.secondFactor === 'always'",
    },
  ],
  'an administrator who was reset is none any more': [
    {
      file: rows('admin'),
      find: '.set({ enrol_until: enrolUntil, admin_since: null })',
      replace: '.set({ enrol_until: enrolUntil })',
    },
    {
      file: engine('authorize'),
      find: '  if (account.adminSince !== null) mustHaveShownFactor(session)\n',
      replace: '',
    },
  ],
} as const satisfies Removals
