/** Writes files that hold a secret: readable by their owner alone, and never over another by accident. */
import { open } from 'node:fs/promises'
import { refused } from './errors.ts'

const OWNER_ONLY = 0o600

/**
 * @param what names the file in errors, such as `--png`; the path itself is not shown
 * @param replace whether a file that exists is overwritten (and closed to others) or refused
 * @throws CliError with exit status 1
 */
export async function writePrivateFile(
  path: string,
  bytes: Uint8Array,
  { what, replace }: { readonly what: string; readonly replace: boolean },
): Promise<void> {
  try {
    await using file = await open(path, replace ? 'w' : 'wx', OWNER_ONLY)
    // The mode above is for new files only. What is no file, such as /dev/null, keeps its rights.
    if (replace && (await file.stat()).isFile()) await file.chmod(OWNER_ONLY)
    await file.writeFile(bytes)
  } catch (error) {
    throw refusalOf(error, what)
  }
}

function refusalOf(error: unknown, what: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'EEXIST':
      return refused(`${what}: the file exists`, '--force overwrites it')
    case 'ENOENT':
    case 'ENOTDIR':
      return refused(`${what}: the folder does not exist`)
    case 'EISDIR':
      return refused(`${what}: that is a folder`)
    default:
      return typeof code === 'string' ? refused(`${what}: cannot be written (${code})`) : error
  }
}
