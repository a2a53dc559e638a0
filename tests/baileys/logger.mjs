// Baileys' logger: lines on standard error, none unless asked for.

import { plain } from './lines.mjs'

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent']

/** Logs what is at least as grave as `level`; `bound` goes with every line. */
export function makeLogger(level, bound = {}) {
  const lowest = LEVELS.indexOf(level)
  if (lowest < 0) throw new Error(`--log is one of ${LEVELS.join(', ')}`)
  const write = name => (given, text) => {
    const what = typeof given === 'object' ? { ...given, ...(text && { text }) } : { text: given }
    process.stderr.write(`${name} ${JSON.stringify(plain({ ...bound, ...what }))}\n`)
  }
  const methods = LEVELS.slice(0, -1).map((name, grade) => [name, grade < lowest ? () => {} : write(name)])
  return { ...Object.fromEntries(methods), level, child: more => makeLogger(level, { ...bound, ...more }) }
}

/** Libsignal speaks through the console, keys included: never on standard output, and only what it deems a fault. */
export function muteConsole(level) {
  const quiet = new console.Console(process.stderr, process.stderr)
  quiet.log = quiet.info = quiet.debug = () => {}
  if (level === 'silent') quiet.warn = quiet.error = () => {}
  globalThis.console = quiet
}
