/**
 * `halfminute keys new|rotate|retire`: the key file, made, given a new key, and freed of old ones.
 * Promises: an existing file is never written over by `new`. Leaves to `key-rotation.ts`: the other two.
 */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Command } from './command.ts'
import { refused, usage } from './errors.ts'
import type { Io } from './io.ts'
import { serverSetting } from './server-setting.ts'

export const keys: Command = {
  name: 'keys',
  summary: 'Makes, rotates and retires the keys that encrypt the secrets.',
  notes: [
    'The action new makes the key file. It is readable by its owner alone and never overwritten. Keep a copy of it, apart from the database.',
    'The action rotate puts a new key into the file and encrypts every secret anew with it, while the server runs. Interrupted, it is finished by running it again.',
    'The action retire takes the keys that encrypt nothing any more out of the file. Backups of the database from before then need the file from before then.',
  ],
  operands: ['new|rotate|retire'],
  options: {
    'key-file': {
      value: 'FILE',
      help: 'The key file. Default: the setting of the server, HALFMINUTE_KEY_FILE.',
    },
    database: {
      value: 'FILE',
      help: 'The database, for rotate and retire. Default: the setting HALFMINUTE_DATABASE.',
    },
  },
  async run({ operands: [action], options }, io) {
    const keyFile = options.get('key-file') ?? (await serverSetting('KEY_FILE', io))
    if (action === 'new') {
      if (options.has('database')) throw usage('--database: not for keys new')
      return makeKeyFile(keyFile, io)
    }
    if (action !== 'rotate' && action !== 'retire') {
      throw usage('unknown action', 'halfminute keys new, rotate or retire')
    }
    const database = options.get('database') ?? (await serverSetting('DATABASE', io))
    const rotation = await import('./key-rotation.ts')
    return rotation[action]({ keyFile, database }, io)
  },
}

async function makeKeyFile(path: string, io: Io): Promise<number> {
  if (existsSync(path)) {
    throw refused('the key file exists already and was left alone', 'name another with --key-file')
  }
  const [{ generateKeyring }, { writeKeyFile }, { makeFolder }] = await Promise.all([
    import('@halfminute/engine'),
    import('../key-file.ts'),
    import('../folders.ts'),
  ])
  try {
    makeFolder(dirname(resolve(path)))
    writeKeyFile(
      path,
      generateKeyring((length) => io.randomBytes(length)),
    )
  } catch {
    throw refused(
      'the key file cannot be written',
      'check the path and its rights, or name another with --key-file',
    )
  }
  io.out(`${path}\n`)
  return 0
}
