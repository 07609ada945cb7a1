/** Runs the programs of `fixtures/` beside each other, to see what two processes make of one file. */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

function start(program: URL): ChildProcess {
  return fork(program, { stdio: 'inherit' })
}

async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const gone = once(child, 'exit').then(([status]) => {
    throw new Error(`the child process ended with ${status}`)
  })
  const [message] = (await Promise.race([once(child, 'message'), gone])) as [Message]
  return message
}

/**
 * One process for each input: all say when they are open, then all begin.
 * @returns what each of them answered
 */
export async function runTogether<Answer>(
  program: URL,
  inputs: readonly object[],
): Promise<Answer[]> {
  const children = inputs.map(() => start(program))
  await Promise.all(
    children.map(async (child, at) => {
      child.send(inputs[at] ?? {})
      await nextMessage(child)
    }),
  )
  return Promise.all(
    children.map(async (child) => {
      child.send('go')
      const answer = await nextMessage<Answer>(child)
      child.disconnect()
      return answer
    }),
  )
}

/** Starts one process, waits for its first message and kills it as a power cut would. */
export async function runAndKill(program: URL, input: object): Promise<void> {
  const child = start(program)
  child.send(input)
  await nextMessage(child)
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
