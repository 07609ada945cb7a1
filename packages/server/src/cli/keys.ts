/**
 * `halfminute keys new`: the key file that a server in production starts with.
 * Promises: never over an existing file; what an old key sealed, a new one cannot open.
 */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Command } from './command.ts'
import { refused, usage } from './errors.ts'
import type { Io } from './io.ts'

export const keys: Command = {
  name: 'keys',
  summary: 'Makes the file of keys that encrypt the secrets: halfminute keys new.',
  notes: [
    'The file is readable by its owner alone and is never overwritten. Keep a copy of it, apart from the database.',
  ],
  operands: ['new'],
  options: {
    'key-file': {
      value: 'FILE',
      help: 'Where to write it. Default: the setting of the server, HALFMINUTE_KEY_FILE.',
    },
  },
  async run({ operands: [action], options }, io) {
    if (action !== 'new') throw usage('unknown action', 'halfminute keys new')
    const path = options.get('key-file') ?? (await serverKeyFile(io))
    if (existsSync(path)) {
      throw refused(
        'the key file exists already and was left alone',
        'name another with --key-file',
      )
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
  },
}

/** Where the server of this folder looks for its keys. */
async function serverKeyFile({ env }: Io): Promise<string> {
  const [{ readSetting, SettingsProblem }, { readConfigFile }] = await Promise.all([
    import('../settings.ts'),
    import('./config-file.ts'),
  ])
  try {
    return readSetting('KEY_FILE', { env, file: readConfigFile() })
  } catch (error) {
    if (error instanceof SettingsProblem) throw usage(error.message)
    throw error
  }
}
